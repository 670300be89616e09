import { transformFor } from './fourier-transform.ts';

/**
 * `result[lag]` = Σ signal[n]·template[n + lag] for lag 0…lags−1; the template is at least `signal.length + lags − 1` long (what is missing
 * counts as silence). Both go through one complex transform: the signal as its real part, the template as its imaginary part.
 */
export function crossCorrelate(signal: Float64Array, template: Float64Array, lags: number): Float64Array {
  const length = signal.length + lags;
  const transform = transformFor(length);
  const { size } = transform;
  const re = new Float64Array(size);
  const im = new Float64Array(size);
  re.set(signal);
  im.set(template.subarray(0, Math.min(template.length, length)));
  transform.forward(re, im);
  // Z = S + iT  ⇒  S = (Z(k) + Z*(−k))/2, T = (Z(k) − Z*(−k))/2i; the product wanted is S*·T.
  const outRe = new Float64Array(size);
  const outIm = new Float64Array(size);
  for (let k = 0; k < size; k++) {
    const m = (size - k) & (size - 1);
    const [a, b, c, d] = [re[k] as number, im[k] as number, re[m] as number, im[m] as number];
    const [sr, si] = [(a + c) / 2, (b - d) / 2];
    const [tr, ti] = [(b + d) / 2, (c - a) / 2];
    outRe[k] = sr * tr + si * ti;
    outIm[k] = sr * ti - si * tr;
  }
  transform.inverse(outRe, outIm);
  return outRe.slice(0, lags);
}

/** Where a sampled peak really is, in samples from `at`: −0.5…0.5, by the parabola through it and its neighbours. */
export function peakOffset(values: Float64Array, at: number): number {
  const before = Math.abs(values[at - 1] ?? 0);
  const peak = Math.abs(values[at] as number);
  const after = Math.abs(values[at + 1] ?? 0);
  const curvature = before - 2 * peak + after;
  return curvature === 0 ? 0 : Math.max(-0.5, Math.min(0.5, (before - after) / (2 * curvature)));
}
