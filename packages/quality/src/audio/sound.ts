/** Mono sound, full scale at ±1. */
export interface Sound {
  readonly samples: Float32Array;
  readonly sampleRateHz: number;
}

/** Sound of 16-bit samples as they come from files and decoders. */
export function soundOf(samples: Int16Array, sampleRateHz: number): Sound {
  const scaled = new Float32Array(samples.length);
  for (let i = 0; i < samples.length; i++) scaled[i] = (samples[i] as number) / 32_768;
  return { samples: scaled, sampleRateHz };
}

export function durationMs({ samples, sampleRateHz }: Sound): number {
  return (1000 * samples.length) / sampleRateHz;
}

/** The part between two times, sharing the samples. */
export function partOf({ samples, sampleRateHz }: Sound, fromMs: number, toMs: number): Sound {
  const at = (ms: number): number => Math.max(0, Math.round((ms * sampleRateHz) / 1000));
  return { samples: samples.subarray(at(fromMs), at(toMs)), sampleRateHz };
}

/** Mean square of each whole block; of the whole sound where it is shorter than one. */
export function blockPowers(samples: Float32Array, blockLength: number): Float64Array {
  const length = Math.max(1, Math.min(blockLength, samples.length));
  const powers = new Float64Array(Math.floor(samples.length / length));
  for (let block = 0; block < powers.length; block++) {
    let sum = 0;
    for (let i = block * length; i < (block + 1) * length; i++) sum += (samples[i] as number) ** 2;
    powers[block] = sum / length;
  }
  return powers;
}

export function decibelsOfPower(power: number): number {
  return 10 * Math.log10(power);
}
