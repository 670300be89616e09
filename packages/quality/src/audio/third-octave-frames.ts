import { transformFor } from '../fourier-transform.ts';

/** @see Taal et al. 2011, §II: 10 kHz, frames of 25.6 ms that overlap by half, 15 bands from 150 Hz, pauses 40 dB below the loudest frame */
export const STOI_RATE_HZ = 10_000;
const FRAME = 256;
const HOP = FRAME / 2;
const TRANSFORM = 512;
export const BANDS = 15;
const LOWEST_CENTRE_HZ = 150;
const DYNAMIC_RANGE_DB = 40;

/** A Hann window without its zeros at the ends. */
const WINDOW = Float64Array.from(
  { length: FRAME },
  (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 1)) / (FRAME + 1)),
);

/** Magnitudes in one-third octave bands: `cells[frame·15 + band]`. */
export interface BandFrames {
  readonly frames: number;
  readonly cells: Float64Array;
}

/** Both sounds at 10 kHz without the frames in which the reference pauses: windowed, put together by overlapping and adding. */
export function withoutPauses(reference: Float64Array, degraded: Float64Array): [Float64Array, Float64Array] {
  const starts: number[] = [];
  const energies: number[] = [];
  for (let start = 0; start + FRAME <= reference.length; start += HOP) {
    let energy = 0;
    for (let i = 0; i < FRAME; i++) energy += ((WINDOW[i] as number) * (reference[start + i] as number)) ** 2;
    starts.push(start);
    energies.push(energy);
  }
  const most = energies.reduce((a, b) => Math.max(a, b), 0);
  const least = most * 10 ** (-DYNAMIC_RANGE_DB / 10);
  const kept = starts.filter((_, i) => (energies[i] as number) > least);
  return [joined(reference, kept), joined(degraded, kept)];
}

function joined(samples: Float64Array, starts: readonly number[]): Float64Array {
  const out = new Float64Array(starts.length === 0 ? 0 : (starts.length - 1) * HOP + FRAME);
  for (const [frame, start] of starts.entries()) {
    for (let i = 0; i < FRAME; i++) {
      out[frame * HOP + i] = (out[frame * HOP + i] as number) + (WINDOW[i] as number) * (samples[start + i] as number);
    }
  }
  return out;
}

/** First and last bin (exclusive) of each band: the bins nearest to its edges. */
const BAND_EDGES = Array.from({ length: BANDS }, (_, band) => {
  const bin = (sixths: number): number => Math.round((LOWEST_CENTRE_HZ * 2 ** (sixths / 6) * TRANSFORM) / STOI_RATE_HZ);
  return [bin(2 * band - 1), bin(2 * band + 1)] as const;
});

export function thirdOctaveFrames(samples: Float64Array): BandFrames {
  const frames = samples.length < FRAME ? 0 : 1 + Math.floor((samples.length - FRAME) / HOP);
  const cells = new Float64Array(frames * BANDS);
  const transform = transformFor(TRANSFORM);
  const [re, im] = [new Float64Array(TRANSFORM), new Float64Array(TRANSFORM)];
  for (let frame = 0; frame < frames; frame++) {
    re.fill(0);
    im.fill(0);
    for (let i = 0; i < FRAME; i++) re[i] = (WINDOW[i] as number) * (samples[frame * HOP + i] as number);
    transform.forward(re, im);
    for (const [band, [from, to]] of BAND_EDGES.entries()) {
      let power = 0;
      for (let k = from; k < to; k++) power += (re[k] as number) ** 2 + (im[k] as number) ** 2;
      cells[frame * BANDS + band] = Math.sqrt(power);
    }
  }
  return { frames, cells };
}
