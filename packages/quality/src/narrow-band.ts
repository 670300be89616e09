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
 * 48 kHz to 8 kHz without delay: output sample k stands where input sample `6k` stood. Outside of the signal is silence.
 */
export function toNarrowBand(samples: Int16Array): Float64Array {
  const half = (TAPS - 1) / 2;
  const padded = new Float64Array(samples.length + 2 * half);
  padded.set(samples, half);
  const out = new Float64Array(Math.floor(samples.length / FACTOR));
  for (let k = 0; k < out.length; k++) {
    // The kernel is symmetric: each tap serves two samples.
    let low = k * FACTOR;
    let high = low + TAPS - 1;
    let sum = (kernel[half] as number) * (padded[low + half] as number);
    for (let i = 0; i < half; i++)
      sum += (kernel[i] as number) * ((padded[low++] as number) + (padded[high--] as number));
    out[k] = sum;
  }
  return out;
}
