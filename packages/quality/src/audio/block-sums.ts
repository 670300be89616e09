const RESAMPLES = 400;

/** A pooled value with its 95 % interval. */
export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The value of sums over all frames, and its 95 % interval: for what is no mean of one series but made of several sums, such as a ratio of powers. Blocks
 * of n^(1/3) neighbouring frames (or more, where frames overlap) are drawn with replacement, from a fixed seed.
 * @see Künsch 1989, The jackknife and the bootstrap for general stationary observations
 */
export function bootstrapSums(
  columns: readonly Float64Array[],
  pooling: (sums: readonly number[], count: number) => number,
  leastBlock = 1,
): Interval {
  const frames = columns[0]?.length ?? 0;
  const size = Math.max(leastBlock, Math.round(Math.cbrt(frames)));
  const blocks = Math.ceil(frames / size);
  const prefix = columns.map(prefixSums);
  const value = pooling(
    prefix.map((sums) => sums[frames] as number),
    frames,
  );
  const random = xorshift(0x9e3779b9);
  const resampled: number[] = [];
  for (let n = 0; n < RESAMPLES; n++) {
    const sums = columns.map(() => 0);
    let count = 0;
    for (let draw = 0; draw < blocks; draw++) {
      const from = (random() % blocks) * size;
      const to = Math.min(frames, from + size);
      count += to - from;
      for (const [i, column] of prefix.entries()) {
        sums[i] = (sums[i] as number) + (column[to] as number) - (column[from] as number);
      }
    }
    const drawn = pooling(sums, count);
    if (Number.isFinite(drawn)) resampled.push(drawn);
  }
  resampled.sort((a, b) => a - b);
  const at = (fraction: number): number => resampled[Math.round(fraction * (resampled.length - 1))] ?? value;
  return { value, low: Math.min(value, at(0.025)), high: Math.max(value, at(0.975)) };
}

function prefixSums(values: Float64Array): Float64Array {
  const sums = new Float64Array(values.length + 1);
  for (let i = 0; i < values.length; i++) sums[i + 1] = (sums[i] as number) + (values[i] as number);
  return sums;
}

function xorshift(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
