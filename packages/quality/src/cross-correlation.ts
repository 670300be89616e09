import { type FourierTransform, transformFor } from './fourier-transform.ts';

/** A part of a mix, transformed once, that many templates are held against. */
export class Correlator {
  readonly #transform: FourierTransform;
  readonly #lags: number;
  readonly #re: Float64Array;
  readonly #im: Float64Array;

  /** For lags 0…lags−1. */
  constructor(signal: Float64Array, lags: number) {
    this.#lags = lags;
    this.#transform = transformFor(signal.length + lags);
    this.#re = new Float64Array(this.#transform.size);
    this.#im = new Float64Array(this.#transform.size);
    this.#re.set(signal);
    this.#transform.forward(this.#re, this.#im);
  }

  /**
   * `result[lag]` = Σ signal[n]·template[n + lag] for both templates; what a template lacks of `signal.length + lags − 1` samples counts as
   * silence. The two share one complex transform: correlations of real signals are real, so the second rides on the imaginary part.
   */
  correlate(first: Float64Array, second?: Float64Array): [Float64Array, Float64Array] {
    const { size } = this.#transform;
    const re = new Float64Array(size);
    const im = new Float64Array(size);
    re.set(first.subarray(0, size));
    if (second) im.set(second.subarray(0, size));
    this.#transform.forward(re, im);
    for (let k = 0; k < size; k++) {
      const sr = this.#re[k] as number;
      const si = this.#im[k] as number;
      const tr = re[k] as number;
      const ti = im[k] as number;
      re[k] = sr * tr + si * ti;
      im[k] = sr * ti - si * tr;
    }
    this.#transform.inverse(re, im);
    return [re.subarray(0, this.#lags), im.subarray(0, this.#lags)];
  }
}

/** Where a sampled peak really is, in samples from `at`: −0.5…0.5, by the parabola through it and its neighbours. */
export function peakOffset(values: Float64Array, at: number): number {
  const before = Math.abs(values[at - 1] ?? 0);
  const peak = Math.abs(values[at] as number);
  const after = Math.abs(values[at + 1] ?? 0);
  const curvature = before - 2 * peak + after;
  return curvature === 0 ? 0 : Math.max(-0.5, Math.min(0.5, (before - after) / (2 * curvature)));
}
