import { FourierTransform, transformFor } from '../fourier-transform.ts';
import type { Sound } from './sound.ts';

/** Where speech has its energy, and a tenth of the work of 48 kHz. */
const COARSE_RATE_HZ = 8000;
/** Larger transforms are made for the occasion: their tables would stay in memory. */
const KEPT_TRANSFORM = 2 ** 19;
/** Less in common than this is no pair of sounds. */
const LEAST_COMMON_MS = 100;

/** What two sounds have in common, sample beside sample. */
export interface AlignedSounds {
  readonly reference: Float32Array;
  readonly degraded: Float32Array;
  readonly sampleRateHz: number;
  /** How many samples the degraded sound is late (negative: early). */
  readonly delaySamples: number;
}

/**
 * The overlap of two sounds once the delay is taken out: the lag of the largest cross-correlation (of either sign) of the whole, found at about 8 kHz and
 * refined to one sample.
 */
export function alignSounds(reference: Sound, degraded: Sound): AlignedSounds | { readonly notMeasured: string } {
  const { sampleRateHz } = reference;
  if (sampleRateHz !== degraded.sampleRateHz) return { notMeasured: 'the sounds have different sample rates' };
  if (!isHeard(reference.samples)) return { notMeasured: 'the reference is silent' };
  if (!isHeard(degraded.samples)) return { notMeasured: 'the degraded sound is silent' };
  const delaySamples = delayOf(reference.samples, degraded.samples, sampleRateHz);
  const [sent, got] = overlapOf(reference.samples, degraded.samples, delaySamples);
  if (sent.length < (LEAST_COMMON_MS * sampleRateHz) / 1000)
    return { notMeasured: `the sounds have less than ${LEAST_COMMON_MS} ms in common` };
  if (!isHeard(sent)) return { notMeasured: 'the reference is silent where the degraded sound is not' };
  if (!isHeard(got)) return { notMeasured: 'the degraded sound is silent where the reference is not' };
  return { reference: sent, degraded: got, sampleRateHz, delaySamples };
}

function isHeard(samples: Float32Array): boolean {
  return samples.some((sample) => sample !== 0);
}

function delayOf(reference: Float32Array, degraded: Float32Array, sampleRateHz: number): number {
  const factor = Math.max(1, Math.floor(sampleRateHz / COARSE_RATE_HZ));
  const coarse = factor * coarseDelay(decimated(reference, factor), decimated(degraded, factor));
  let [best, most] = [coarse, -1];
  for (let delay = coarse - 2 * factor; delay <= coarse + 2 * factor; delay++) {
    const likeness = Math.abs(correlationAt(reference, degraded, delay));
    if (likeness > most) [best, most] = [delay, likeness];
  }
  return best;
}

/** Means of `factor` samples. */
function decimated(samples: Float32Array, factor: number): Float64Array {
  const out = new Float64Array(Math.ceil(samples.length / factor));
  for (let i = 0; i < samples.length; i++) {
    const at = Math.floor(i / factor);
    out[at] = (out[at] as number) + (samples[i] as number) / factor;
  }
  return out;
}

function coarseDelay(reference: Float64Array, degraded: Float64Array): number {
  const size = 2 ** Math.ceil(Math.log2(reference.length + degraded.length + 1));
  const transform = size <= KEPT_TRANSFORM ? transformFor(size) : new FourierTransform(size);
  const re = new Float64Array(transform.size);
  const im = new Float64Array(transform.size);
  re.set(reference);
  im.set(degraded);
  transform.forward(re, im);
  correlateParts(re, im);
  transform.inverse(re, im);
  let [best, most] = [0, Math.abs(re[0] as number)];
  for (let delay = 1 - reference.length; delay < degraded.length; delay++) {
    const likeness = Math.abs(re[delay < 0 ? size + delay : delay] as number);
    if (likeness > most) [best, most] = [delay, likeness];
  }
  return best;
}

/** From the spectrum of a + jb, in place, that of Σ a[n]·b[n + delay]: conj(A)·B. */
function correlateParts(re: Float64Array, im: Float64Array): void {
  const size = re.length;
  for (let k = 0; k <= size / 2; k++) {
    const mirror = (size - k) % size;
    const [zr, zi, mr, mi] = [re[k], im[k], re[mirror], im[mirror]] as [number, number, number, number];
    const [ar, ai, br, bi] = [(zr + mr) / 2, (zi - mi) / 2, (zi + mi) / 2, (mr - zr) / 2];
    re[k] = ar * br + ai * bi;
    im[k] = ar * bi - ai * br;
    re[mirror] = re[k] as number;
    im[mirror] = -(im[k] as number);
  }
}

function correlationAt(reference: Float32Array, degraded: Float32Array, delay: number): number {
  const [a, b] = overlapOf(reference, degraded, delay);
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

function overlapOf(reference: Float32Array, degraded: Float32Array, delay: number): [Float32Array, Float32Array] {
  const [a, b] = [reference.subarray(Math.max(0, -delay)), degraded.subarray(Math.max(0, delay))];
  const length = Math.min(a.length, b.length);
  return [a.subarray(0, length), b.subarray(0, length)];
}
