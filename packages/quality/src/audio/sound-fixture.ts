import type { Sound } from './sound.ts';

/** White Gaussian noise of one standard deviation from a seed, for tests only. */
export function gaussianNoise(length: number, seed: number, deviation = 1): Float32Array {
  let state = seed | 1;
  const random = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return ((state >>> 0) + 0.5) / 2 ** 32;
  };
  return Float32Array.from(
    { length },
    () => deviation * Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random()),
  );
}

export function sine(hz: number, amplitude: number, seconds: number, sampleRateHz = 48_000): Sound {
  const samples = Float32Array.from(
    { length: Math.round(seconds * sampleRateHz) },
    (_, i) => amplitude * Math.sin((2 * Math.PI * hz * i) / sampleRateHz),
  );
  return { samples, sampleRateHz };
}

/** Noise in syllables: 4 a second with silence between them, coloured like a voice (falling 6 dB an octave). */
export function babble(seconds: number, seed = 7, sampleRateHz = 48_000): Sound {
  const noise = gaussianNoise(Math.round(seconds * sampleRateHz), seed);
  let low = 0;
  const keep = Math.exp((-2 * Math.PI * 500) / sampleRateHz);
  const samples = noise.map((sample, i) => {
    low = keep * low + (1 - keep) * sample;
    return 0.8 * low * Math.max(0, Math.sin((2 * Math.PI * 4 * i) / sampleRateHz));
  });
  return { samples, sampleRateHz };
}

/** The sum of two sounds of one length and rate, the second amplified. */
export function mixed(sound: Sound, other: Float32Array, gain = 1): Sound {
  return { ...sound, samples: sound.samples.map((sample, i) => sample + gain * (other[i] ?? 0)) };
}

/** The sound so many samples later, silence before it. */
export function delayed({ samples, sampleRateHz }: Sound, delay: number): Sound {
  const later = new Float32Array(samples.length + delay);
  later.set(samples, delay);
  return { samples: later, sampleRateHz };
}
