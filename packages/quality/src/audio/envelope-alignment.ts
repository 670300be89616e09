import { FourierTransform, transformFor } from '../fourier-transform.ts';

/** Larger transforms are made for the occasion: their tables would stay in memory. */
const KEPT_TRANSFORM = 2 ** 19;

/**
 * How many samples `degraded` comes before `reference` (negative: after), by the lag at which the envelopes correlate best; 0 where that is more than
 * half the reference. The envelope is twice the absolute distance from the mean, plus the mean.
 */
export function envelopeLag(reference: Float64Array, degraded: Float64Array): number {
  const longest = Math.max(reference.length, degraded.length);
  const small = powerOfTwo(1.5 * longest);
  const lag = bestLag(reference, degraded, small);
  // Of a short transform the far lags are sums of two. They only ever look too good: where a near lag wins, it wins for certain.
  const sure = Math.abs(lag) <= small - longest ? lag : bestLag(reference, degraded, powerOfTwo(2 * longest - 1));
  return Math.abs(sure) > reference.length / 2 ? 0 : sure;
}

function powerOfTwo(least: number): number {
  return 2 ** Math.max(1, Math.ceil(Math.log2(least)));
}

function bestLag(reference: Float64Array, degraded: Float64Array, size: number): number {
  const re = envelopeOf(reference, size);
  const im = envelopeOf(degraded, size);
  const transform = size <= KEPT_TRANSFORM ? transformFor(size) : new FourierTransform(size);
  transform.forward(re, im);
  correlateParts(re, im);
  transform.inverse(re, im);
  return largestLag(re, Math.max(reference.length, degraded.length) - 1);
}

function envelopeOf(samples: Float64Array, size: number): Float64Array {
  let sum = 0;
  for (let i = 0; i < samples.length; i++) sum += samples[i] as number;
  const mean = sum / samples.length;
  const envelope = new Float64Array(size);
  for (let i = 0; i < samples.length; i++) envelope[i] = 2 * Math.abs((samples[i] as number) - mean) + mean;
  return envelope;
}

/** From the spectrum of a + jb, in place, that of the correlation of a with b: A·conj(B). */
function correlateParts(re: Float64Array, im: Float64Array): void {
  const size = re.length;
  for (let k = 0; k <= size / 2; k++) {
    const mirror = (size - k) % size;
    const zr = re[k] as number;
    const zi = im[k] as number;
    const mr = re[mirror] as number;
    const mi = im[mirror] as number;
    const ar = (zr + mr) / 2;
    const ai = (zi - mi) / 2;
    const br = (zi + mi) / 2;
    const bi = (mr - zr) / 2;
    re[k] = ar * br + ai * bi;
    im[k] = ai * br - ar * bi;
    re[mirror] = re[k] as number;
    im[mirror] = -(im[k] as number);
  }
}

/** The lowest of the lags −limit…limit with the largest value of a circular correlation. */
function largestLag(correlation: Float64Array, limit: number): number {
  let best = -limit;
  let most = Number.NEGATIVE_INFINITY;
  for (let lag = -limit; lag <= limit; lag++) {
    const value = correlation[lag < 0 ? correlation.length + lag : lag] as number;
    if (value > most) {
      most = value;
      best = lag;
    }
  }
  return best;
}

/** `degraded` moved by the lag: cut, or silence put before it. */
export function shifted(degraded: Float64Array, lag: number): Float64Array {
  if (lag <= 0) return degraded.subarray(-lag);
  const out = new Float64Array(degraded.length + lag);
  out.set(degraded, lag);
  return out;
}
