import type { Measured } from '@plugfest/model';
import { notMeasured } from './distribution.ts';

/** Less time says nothing about a rate. */
const MIN_SECONDS = 0.5;
/** The capture's times are whole milliseconds. */
const RESOLUTION_S = 0.001;

/**
 * Pictures a second, from the times (ascending, µs) at which each was first shown: intervals over the time between the second and the last (the
 * first may have been there before the window began). What is left at the window's edges beyond an average interval counts as time without pictures, so that what stops has a low rate, and what the edges
 * merely cut has not. The 95 % interval follows from the spread of the intervals.
 */
export function rateOf(
  shownUs: readonly number[],
  { fromUs, toUs }: { fromUs: number; toUs: number },
  method: string,
): Measured {
  const windowS = (toUs - fromUs) / 1e6;
  if (windowS < MIN_SECONDS) return notMeasured(`${windowS.toFixed(2)} s are too short`);
  const times = shownUs.filter((atUs) => atUs >= fromUs && atUs <= toUs);
  const n = times.length;
  const meaning = { unit: '1/s', n, method };
  const [first, last] = [times[1], times.at(-1)];
  if (first === undefined || last === undefined || n < 4) {
    return { value: n / windowS, low: Math.max(0, n - 1) / windowS, high: (n + 1) / windowS, ...meaning };
  }
  const intervals = n - 2;
  const average = (last - first) / intervals;
  const emptyUs = Math.max(0, first - fromUs - 2 * average) + Math.max(0, toUs - last - average);
  const seconds = (last - first + emptyUs) / 1e6;
  const value = intervals / seconds;
  const gaps = times.slice(2).map((atUs, i) => atUs - (times[i + 1] as number));
  const variance = gaps.reduce((sum, gap) => sum + (gap - average) ** 2, 0) / Math.max(1, intervals - 1);
  const margin = value * ((1.96 * Math.sqrt(variance / intervals)) / average + RESOLUTION_S / seconds);
  return { value, low: Math.max(0, value - margin), high: value + margin, ...meaning };
}
