/** What came of a version; `unknown` where it cannot be told: it does not build, or the harness failed. */
export type VersionVerdict = 'good' | 'bad' | 'unknown';

export interface Bisected {
  /** The first bad version, where it is certain; with `suspects` it is one of these. */
  readonly firstBad: number | undefined;
  /** In order: versions of which nobody can tell, and the first known bad one behind them. */
  readonly suspects: readonly number[];
  /** The last that is known to be good; undefined where all are bad. */
  readonly lastGood: number | undefined;
  /** Why nothing was found. */
  readonly reason?: 'all-good' | 'all-bad' | 'nothing-known';
}

/**
 * Bisection as a dialogue: yields the version to try, takes what came of it. Versions are in order; from the first bad one on, all are taken to be bad. The last and
 * the first are tried first, so that there is something to search between. Of versions that cannot be told the nearest to the middle is tried that can.
 */
export function* bisect(versions: number): Generator<number, Bisected, VersionVerdict> {
  const known = new Map<number, VersionVerdict>();
  const ask = function* (version: number): Generator<number, VersionVerdict, VersionVerdict> {
    const verdict = known.get(version) ?? (yield version);
    known.set(version, verdict);
    return verdict;
  };
  const bad = yield* firstKnown(versions - 1, -1, 0, ask);
  if (bad === undefined) return { firstBad: undefined, suspects: [], lastGood: undefined, reason: 'nothing-known' };
  if (known.get(bad) === 'good') return { firstBad: undefined, suspects: [], lastGood: bad, reason: 'all-good' };
  const good = yield* firstKnown(0, 1, bad, ask);
  if (good === undefined || good >= bad || known.get(good) === 'bad')
    return {
      firstBad: good === 0 ? 0 : undefined,
      suspects: range(0, good ?? bad),
      lastGood: undefined,
      reason: 'all-bad',
    };
  let [low, high] = [good, bad];
  for (let middle = nearest(low, high, known); middle !== undefined; middle = nearest(low, high, known)) {
    const verdict = yield* ask(middle);
    if (verdict === 'good') low = middle;
    else if (verdict === 'bad') high = middle;
  }
  const suspects = range(low + 1, high);
  return { firstBad: suspects.length === 1 ? high : undefined, suspects, lastGood: low };
}

/** The first from an end on of which it can be told. */
function* firstKnown(
  from: number,
  step: 1 | -1,
  until: number,
  ask: (version: number) => Generator<number, VersionVerdict, VersionVerdict>,
): Generator<number, number | undefined, VersionVerdict> {
  for (let at = from; step > 0 ? at <= until : at >= until; at += step) if ((yield* ask(at)) !== 'unknown') return at;
  return undefined;
}

/** Between two, as near to the middle as can be, of those that have not been tried. */
function nearest(low: number, high: number, known: ReadonlyMap<number, VersionVerdict>): number | undefined {
  const middle = (low + high) / 2;
  return range(low + 1, high - 1)
    .filter((version) => !known.has(version))
    .toSorted((a, b) => Math.abs(a - middle) - Math.abs(b - middle))[0];
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
}

/** A version is bad where `needed` of `times` tries are; no more are made than it takes to know. `undefined`: go on. */
export function verdictOfTries(
  tries: readonly VersionVerdict[],
  { needed, times }: { readonly needed: number; readonly times: number },
): VersionVerdict | undefined {
  const bad = tries.filter((one) => one === 'bad').length;
  const good = tries.filter((one) => one === 'good').length;
  if (bad >= needed) return 'bad';
  if (good > times - needed) return 'good';
  return tries.length >= times ? 'unknown' : undefined;
}
