/**
 * Delta debugging as a dialogue: yields a selection to try, takes whether it still fails, and returns the smallest that it found: leaving out any single item of
 * it makes the failure go away, as far as that was tried. All items together are taken to fail; selections keep the items' order, and none is asked for twice.
 * @see Zeller, Hildebrandt: Simplifying and Isolating Failure-Inducing Input (2002), §3 (ddmin)
 */
export function* minimise<T>(items: readonly T[]): Generator<readonly T[], readonly T[], boolean> {
  let kept = items.map((_, index) => index);
  const known = new Map<string, boolean>();
  const pick = (indices: readonly number[]): T[] => indices.map((index) => items[index] as T);
  const ask = function* (indices: readonly number[]): Generator<readonly T[], boolean, boolean> {
    const key = indices.join();
    const before = known.get(key);
    if (before !== undefined) return before;
    const fails = yield pick(indices);
    known.set(key, fails);
    return fails;
  };
  // What needs nothing is found at once.
  if (kept.length > 0 && (yield* ask([]))) return [];
  let parts = 2;
  while (kept.length >= 2) {
    const smaller = yield* firstFailing(split(kept, parts), ask);
    if (smaller) {
      parts = smaller.length === Math.ceil(kept.length / parts) ? 2 : Math.max(parts - 1, 2);
      kept = [...smaller];
    } else if (parts === kept.length) break;
    else parts = Math.min(parts * 2, kept.length);
  }
  return pick(kept);
}

/** A part alone, or all but a part: whichever fails first. */
function* firstFailing<T>(
  parts: readonly (readonly number[])[],
  ask: (indices: readonly number[]) => Generator<readonly T[], boolean, boolean>,
): Generator<readonly T[], readonly number[] | undefined, boolean> {
  for (const part of parts) if (yield* ask(part)) return part;
  if (parts.length <= 2) return undefined;
  for (const part of parts) {
    const rest = parts.filter((one) => one !== part).flat();
    if (yield* ask(rest)) return rest;
  }
  return undefined;
}

function split(indices: readonly number[], parts: number): number[][] {
  return Array.from({ length: parts }, (_, i) =>
    indices.slice(Math.round((i * indices.length) / parts), Math.round(((i + 1) * indices.length) / parts)),
  ).filter((part) => part.length > 0);
}
