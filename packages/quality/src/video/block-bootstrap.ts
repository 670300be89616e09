/** What is known of a stretch of values. */
export interface Totals {
  readonly count: number;
  readonly sum: number;
  readonly squares: number;
  readonly max: number;
}

/** How values become one. */
export type Pooling = (totals: Totals) => number;

export const mean: Pooling = ({ count, sum }) => sum / count;
export const largest: Pooling = ({ max }) => max;
/** Jain's index: 1 where all are equal, 1/n where one has it all. */
export const evenness: Pooling = ({ count, sum, squares }) => sum ** 2 / (count * squares);

const RESAMPLES = 400;

/**
 * The pooled value and its 95 % interval. Neighbouring frames are alike, so that drawing single ones would promise too much: blocks of n^(1/3) are drawn
 * (with replacement, from a fixed seed: the same series gives the same interval).
 * @see Künsch 1989, The jackknife and the bootstrap for general stationary observations
 */
export function bootstrapInterval(
  values: Float64Array,
  pooling: Pooling,
): { readonly value: number; readonly low: number; readonly high: number } {
  const value = pooling(totalsOf(values));
  const blocks = blocksOf(values);
  const random = xorshift(0x9e3779b9);
  const resampled = new Float64Array(RESAMPLES);
  for (let n = 0; n < RESAMPLES; n++) {
    let [count, sum, squares, max] = [0, 0, 0, Number.NEGATIVE_INFINITY];
    for (let draw = 0; draw < blocks.length; draw++) {
      const block = blocks[random() % blocks.length] as Totals;
      count += block.count;
      sum += block.sum;
      squares += block.squares;
      max = Math.max(max, block.max);
    }
    resampled[n] = pooling({ count, sum, squares, max });
  }
  resampled.sort();
  const at = (fraction: number): number => resampled[Math.round(fraction * (RESAMPLES - 1))] as number;
  return { value, low: Math.min(value, at(0.025)), high: Math.max(value, at(0.975)) };
}

function blocksOf(values: Float64Array): Totals[] {
  const size = Math.max(1, Math.round(Math.cbrt(values.length)));
  const count = Math.ceil(values.length / size);
  return Array.from({ length: count }, (_, block) => totalsOf(values.subarray(block * size, (block + 1) * size)));
}

function totalsOf(values: Float64Array): Totals {
  let [sum, squares, max] = [0, 0, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    sum += value;
    squares += value * value;
    if (value > max) max = value;
  }
  return { count: values.length, sum, squares, max };
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
