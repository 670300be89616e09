import { Correlator, peakOffset } from '../cross-correlation.ts';

/** Where a stretch of sound is found again. */
export interface LocalDelay {
  /** Samples later than expected, with fraction. */
  readonly delay: number;
  /** Normalised correlation there: 0…1. */
  readonly likeness: number;
  /** The same at the best place elsewhere, where the sound was less alike in between: near `likeness` for tones, which fit at any period. */
  readonly rivalLikeness: number;
}

/** Looks for `part` in `sound` around sample `expected`, no more than `reach` away; undefined where either is silent there. */
export function crossCorrelationPeak(
  part: Float32Array,
  sound: Float32Array,
  expected: number,
  reach: number,
): LocalDelay | undefined {
  const lags = 2 * reach + 1;
  const around = new Float64Array(part.length + lags - 1);
  const first = expected - reach;
  for (let i = 0; i < around.length; i++) around[i] = sound[first + i] ?? 0;
  const [values] = new Correlator(Float64Array.from(part), lags).correlate(around);
  let at = 0;
  for (let lag = 1; lag < lags; lag++) if (Math.abs(values[lag] as number) > Math.abs(values[at] as number)) at = lag;
  let [a, b] = [0, 0];
  for (let i = 0; i < part.length; i++) {
    a += (part[i] as number) ** 2;
    b += (around[at + i] as number) ** 2;
  }
  if (a === 0 || b === 0) return undefined;
  const norm = Math.sqrt(a * b);
  const likeness = Math.abs(values[at] as number) / norm;
  const rivalLikeness = rivalOf(values, at, lags) / norm;
  return { delay: at + peakOffset(values, at) - reach, likeness, rivalLikeness };
}

/** A peak ends where less than this share of it is left. */
const PEAK_EDGE = 0.7;

/** The highest magnitude outside the peak at `at`. */
function rivalOf(values: Float64Array, at: number, lags: number): number {
  const edge = PEAK_EDGE * Math.abs(values[at] as number);
  let rival = 0;
  for (const step of [-1, 1]) {
    let lag = at;
    while (lag >= 0 && lag < lags && Math.abs(values[lag] as number) > edge) lag += step;
    for (; lag >= 0 && lag < lags; lag += step) rival = Math.max(rival, Math.abs(values[lag] as number));
  }
  return rival;
}
