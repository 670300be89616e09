import type { Distribution, Measured } from '@plugfest/model';

/** What every number says of itself. */
export interface Meaning {
  readonly unit: string;
  readonly method: string;
}

/** A value that is known to be missing. */
export function notMeasured(reason: string): { notMeasured: string } {
  return { notMeasured: reason };
}

/** Percentiles of samples in any order, with the 95 % interval of the median; `notMeasured` where there are fewer than `atLeast`. */
export function distributionOf(values: readonly number[], { unit, method }: Meaning, atLeast = 5): Distribution {
  if (values.length < Math.max(1, atLeast)) {
    return notMeasured(`${values.length} samples, at least ${atLeast} are needed`);
  }
  const sorted = Float64Array.from(values).sort();
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const at = (fraction: number): number => percentileOf(sorted, fraction);
  const { low, high } = medianInterval(values);
  return {
    unit,
    n: values.length,
    min: at(0),
    p5: at(0.05),
    p50: at(0.5),
    p95: at(0.95),
    max: at(1),
    mean,
    low,
    high,
    method,
  };
}

/** Linear between the closest ranks (Hyndman and Fan's type 7) of sorted values; NaN where there are none. */
export function percentileOf(sorted: ArrayLike<number>, fraction: number): number {
  const rank = (sorted.length - 1) * fraction;
  const low = Math.floor(rank);
  const below = sorted[low] ?? Number.NaN;
  return below + ((sorted[Math.min(low + 1, sorted.length - 1)] ?? below) - below) * (rank - low);
}

/** The middle of values in any order; NaN where there are none. */
export function medianOf(values: Iterable<number>): number {
  return percentileOf(Float64Array.from(values).sort(), 0.5);
}

/** Mean with its 95 % interval by the normal approximation. */
export function meanOf(values: readonly number[], { unit, method }: Meaning): Measured {
  const n = values.length;
  if (n === 0) return notMeasured('no samples');
  const value = values.reduce((sum, each) => sum + each, 0) / n;
  const variance = values.reduce((sum, each) => sum + (each - value) ** 2, 0) / Math.max(1, n - 1);
  const margin = 1.96 * Math.sqrt(variance / n);
  return { value, unit, n, low: value - margin, high: value + margin, method };
}

/** Median with the 95 % interval that order statistics give (no assumption about the shape). */
export function medianInterval(values: readonly number[]): { value: number; low: number; high: number } {
  const sorted = Float64Array.from(values).sort();
  const n = sorted.length;
  const spread = 0.98 * Math.sqrt(n);
  const at = (rank: number): number => sorted[Math.max(0, Math.min(n - 1, Math.round(rank)))] ?? Number.NaN;
  return { value: percentileOf(sorted, 0.5), low: at((n - 1) / 2 - spread), high: at((n - 1) / 2 + spread) };
}
