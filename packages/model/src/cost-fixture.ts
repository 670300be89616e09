/** The least time of several tries: what the work costs, not what else the machine did meanwhile. Milliseconds. For tests only. */
export function leastMs(work: () => void, tries = 5): number {
  let leastMs = Number.POSITIVE_INFINITY;
  for (let n = 0; n < tries; n++) {
    const sinceMs = performance.now();
    work();
    leastMs = Math.min(leastMs, performance.now() - sinceMs);
  }
  return leastMs;
}

/**
 * How many times longer `prepare(2 × size)` takes than `prepare(size)`: 2 when linear, 4 when quadratic. `prepare` makes the input and returns the work, so
 * that making is not counted. Both are timed in turn, several times, until the least of each agree on less than `enough` or the tries are used up.
 */
export function growth(prepare: (size: number) => () => void, size: number, enough = 2.5): number {
  const [small, large] = [prepare(size), prepare(2 * size)];
  let [smallMs, largeMs, ratio] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let n = 0; n < 40 && (n < 5 || ratio > enough); n++) {
    smallMs = Math.min(smallMs, leastMs(small, 1));
    largeMs = Math.min(largeMs, leastMs(large, 1));
    ratio = largeMs / smallMs;
  }
  return ratio;
}
