/** Speech is looked for in the telephone band: every codec of the field carries it, down to G.711. */
export const NARROW_BAND = { sampleRateHz: 8000, lowHz: 300, highHz: 3300 } as const;

/** Input samples for each output sample: 48 kHz to 8 kHz. */
const FACTOR = 6;
/** Windowed sinc, odd, so that its delay is whole input samples and is taken out. */
const TAPS = 97;
const CUT_OFF = 3600 / 48_000;

const kernel = Float64Array.from({ length: TAPS }, (_, i) => {
  const t = i - (TAPS - 1) / 2;
  const sinc = t === 0 ? 2 * CUT_OFF : Math.sin(2 * Math.PI * CUT_OFF * t) / (Math.PI * t);
  return sinc * (0.54 + 0.46 * Math.cos((2 * Math.PI * t) / (TAPS - 1)));
});

/**
 * 48 kHz to 8 kHz without delay: output sample k stands where input sample `6k` stood. `read(i)` gives input sample i; outside of the signal
 * it must give 0.
 */
export function toNarrowBand(samples: ArrayLike<number>): Float64Array {
  const half = (TAPS - 1) / 2;
  const out = new Float64Array(Math.floor(samples.length / FACTOR));
  for (let k = 0; k < out.length; k++) {
    const first = k * FACTOR - half;
    const from = Math.max(0, -first);
    const to = Math.min(TAPS, samples.length - first);
    let sum = 0;
    for (let i = from; i < to; i++) sum += (kernel[i] as number) * (samples[first + i] as number);
    out[k] = sum;
  }
  return out;
}
