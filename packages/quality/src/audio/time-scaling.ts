import type { Measured } from '@plugfest/model';
import { medianOf } from '../distribution.ts';
import type { AlignedSounds } from './aligned-sounds.ts';
import { crossCorrelationPeak } from './local-delay.ts';

const WINDOW_MS = 300;
/** How far from the common delay a window may lie. */
const REACH_MS = 200;
const LEAST_LIKENESS = 0.6;
const LEAST_WINDOWS = 5;
/** A tone fits at any period: where another place is nearly as good, nothing is known. */
const MOST_RIVAL = 0.97;

/**
 * How much longer the degraded sound is than the reference: 1 where it runs as fast, 1.02 where it was stretched by 2 %. The median of the slopes between
 * the delays of all pairs of windows of 300 ms that are found again.
 * @see Theil 1950, Sen 1968 (the slope)
 */
export function timeScaling({ reference, degraded, sampleRateHz }: AlignedSounds): Measured {
  const window = Math.round((WINDOW_MS * sampleRateHz) / 1000);
  const reach = Math.round((REACH_MS * sampleRateHz) / 1000);
  const found: { at: number; delay: number }[] = [];
  for (let start = 0; start + window <= reference.length; start += window) {
    const peak = crossCorrelationPeak(reference.subarray(start, start + window), degraded, start, reach);
    const isClear = peak && peak.likeness >= LEAST_LIKENESS && peak.rivalLikeness < MOST_RIVAL * peak.likeness;
    if (isClear) found.push({ at: start, delay: peak.delay });
  }
  if (found.length < LEAST_WINDOWS)
    return {
      notMeasured: `${found.length} windows of ${WINDOW_MS} ms were found again at one place, at least ${LEAST_WINDOWS} are needed`,
    };
  const slopes: number[] = [];
  for (const [i, a] of found.entries())
    for (const b of found.slice(i + 1)) slopes.push((b.delay - a.delay) / (b.at - a.at));
  const value = 1 + medianOf(slopes);
  const { low, high } = intervalOf(slopes, found.length);
  return { value, unit: 'ratio', n: found.length, low: 1 + low, high: 1 + high, method: 'theil-sen-300-ms-1' };
}

/** The slopes are not independent: their ranks are as far off as Kendall's statistic of so many windows is. */
function intervalOf(slopes: readonly number[], n: number): { low: number; high: number } {
  const sorted = slopes.toSorted((a, b) => a - b);
  const spread = 0.98 * Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
  const at = (rank: number): number => sorted[Math.max(0, Math.min(sorted.length - 1, Math.round(rank)))] as number;
  return { low: at((sorted.length - 1) / 2 - spread), high: at((sorted.length - 1) / 2 + spread) };
}
