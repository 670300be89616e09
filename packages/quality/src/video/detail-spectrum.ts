import { transformFor } from '../fourier-transform.ts';
import type { LumaPlane } from '../luma-plane.ts';

export const EFFECTIVE_RESOLUTION_METHOD =
  'effective resolution: twice the highest spatial frequency whose power times the frequency squared (pictures of edges: the same at all) is at most 6 dB below the strongest; one picture in ten';
export const KEPT_RESOLUTION_METHOD =
  "kept resolution: twice the lowest spatial frequency above which less than 8 dB below the reference's power arrived; Hann windows, one pair in ten";

/** Windows: as large as fit twice into the shorter side, of these. */
const WINDOW = { least: 32, most: 256 } as const;
/** Lines that are looked at, each way. */
const LINES = 32;
/** Mean power of a step of luma a sample: a picture with less detail than this has no resolution to speak of. */
const LEAST_POWER = 1;
/** Rounding to whole steps of luma alone has a variance of a twelfth; twice that is no detail. */
const ROUNDING = 2 / 12;
const EFFECTIVE_FLOOR = 10 ** (-6 / 10);
const KEPT_FLOOR = 10 ** (-8 / 10);
/** Bins to either side that are averaged, as a share of the bin. */
const SMOOTHING = 0.08;

/** Mean power of a direction by spatial frequency: bin k is k cycles in `2 · length` samples. */
export type Spectrum = Float64Array;

export interface DetailSpectrum {
  readonly across: Spectrum;
  readonly down: Spectrum;
}

/** Of a picture of at least 64×64; undefined below. */
export function detailOf(plane: LumaPlane): DetailSpectrum | undefined {
  const { data, offset, stride, width, height } = plane;
  const size = Math.min(WINDOW.most, 2 ** Math.floor(Math.log2(Math.min(width, height) / 2)));
  if (size < WINDOW.least) return undefined;
  const line = (first: number, step: number, length: number, next: number, lines: number): Spectrum =>
    powerOf(data, { first: offset + first, step, length, next, lines, size });
  return { across: line(0, 1, width, stride, height), down: line(0, stride, height, 1, width) };
}

interface Lines {
  readonly first: number;
  readonly step: number;
  readonly length: number;
  readonly next: number;
  readonly lines: number;
  readonly size: number;
}

/** Two windows at a transform, one as its real part, one as its imaginary part: their powers are added. */
function powerOf(data: Uint8Array, { first, step, length, next, lines, size }: Lines): Spectrum {
  const transform = transformFor(size);
  const power = new Float64Array(size / 2);
  const [re, im] = [new Float64Array(size), new Float64Array(size)];
  const every = Math.max(1, Math.floor(lines / LINES));
  let windows = 0;
  for (let line = every >> 1; line < lines; line += 2 * every) {
    const other = Math.min(lines - 1, line + every);
    for (let at = 0; at + size <= length; at += size / 2) {
      load(re, data, first + line * next + at * step, step);
      load(im, data, first + other * next + at * step, step);
      transform.forward(re, im);
      for (let k = 1; k < size / 2; k++)
        power[k] =
          (power[k] as number) +
          ((re[k] as number) ** 2 +
            (im[k] as number) ** 2 +
            (re[size - k] as number) ** 2 +
            (im[size - k] as number) ** 2) /
            2;
      windows += 2;
    }
  }
  // A Hann window passes 3/8 of the power of noise.
  const scale = 1 / (windows * size * 0.375);
  return power.map((sum) => sum * scale);
}

/** A window of samples, without their mean, faded at both ends. */
function load(into: Float64Array, data: Uint8Array, first: number, step: number): void {
  let sum = 0;
  for (let i = 0; i < into.length; i++) sum += data[first + i * step] as number;
  const mean = sum / into.length;
  for (let i = 0; i < into.length; i++) {
    const fade = 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / into.length);
    into[i] = ((data[first + i * step] as number) - mean) * fade;
  }
}

/** Of so many samples a line, how many a picture without more detail would need; undefined where nothing is to be seen. */
export function effectiveSamples(spectrum: Spectrum, samples: number): number | undefined {
  const end = spectrum.length - 1;
  const lowest = Math.max(2, spectrum.length >> 5);
  let [energy, strongest] = [0, 0];
  const levels = smoothed(spectrum).map((power, k) => {
    const detail = Math.max(0, power - ROUNDING) * k * k;
    energy += power;
    if (k >= lowest) strongest = Math.max(strongest, detail);
    return detail;
  });
  if (energy / spectrum.length < LEAST_POWER || strongest === 0) return undefined;
  for (let k = end; k > lowest; k--)
    if ((levels[k] as number) >= EFFECTIVE_FLOOR * strongest) return samples * Math.min(1, (k + 1) / (end + 1));
  return (samples * lowest) / (end + 1);
}

/** The same by what was sent: up to where its detail arrived. */
export function keptSamples(sent: Spectrum, got: Spectrum, samples: number): number | undefined {
  const [before, after] = [smoothed(sent), smoothed(got)];
  const end = sent.length - 1;
  let energy = 0;
  for (const power of sent) energy += power;
  if (energy / sent.length < LEAST_POWER) return undefined;
  for (let k = 2; k <= end; k++) {
    const was = (before[k] as number) - ROUNDING;
    // Where nothing was, nothing can be missed.
    if (was > ROUNDING && (after[k] as number) - ROUNDING < KEPT_FLOOR * was) return (samples * k) / (end + 1);
  }
  return samples;
}

function smoothed(spectrum: Spectrum): Spectrum {
  return spectrum.map((_, k) => {
    const reach = Math.round(k * SMOOTHING) + 1;
    let [sum, count] = [0, 0];
    for (let i = Math.max(1, k - reach); i <= Math.min(spectrum.length - 1, k + reach); i++, count++)
      sum += spectrum[i] as number;
    return sum / count;
  });
}
