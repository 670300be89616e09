import type { CellValues, MatrixRun } from './attempt.ts';
import { isExpired, type KnownFailure, type KnownFailures, knownFailureOf } from './known-failures.ts';
import { type CellState, type RolledCell, rollUp } from './roll-up.ts';

export const DELTA_KINDS = [
  'PASS→FAIL',
  'PASS→FLAKY',
  'XPASS',
  'EXPIRED',
  'NEW',
  'ERROR',
  'GONE',
  'FAIL→PASS',
  'XFAIL',
  'STILL FAILING',
] as const;
/**
 * What changed in a cell against what was expected of it. `XFAIL`: a known failure failed. `XPASS`: one passed, so that its entry is wrong.
 * `EXPIRED`: the entry's last day is over, and it still fails. `NEW`: never judged before. `GONE`: judged before, and no longer planned.
 * `STILL FAILING`: failed before, and nobody has listed it.
 */
export type DeltaKind = (typeof DELTA_KINDS)[number];

export interface Delta {
  readonly kind: DeltaKind;
  readonly key: string;
  readonly values: CellValues;
  readonly now: CellState | 'gone';
  /** The state that it is held against, and in which run; absent where there is none. */
  readonly before?: CellState;
  readonly beforeRun?: string;
  readonly known?: KnownFailure;
}

type Judged = 'pass' | 'fail' | 'flaky';
const isJudged = (state: CellState): state is Judged => state === 'pass' || state === 'fail' || state === 'flaky';

/** A cell's state when it was last judged. */
interface Baseline {
  readonly state: Judged;
  readonly run: string;
  readonly values: CellValues;
}

/** All that changed, the worst first. @param earlier the runs before, the oldest first */
export function deltasOf(run: MatrixRun, earlier: readonly MatrixRun[], file: KnownFailures): Delta[] {
  const baselines = baselinesOf(earlier, file.baseline);
  const cells = rollUp(run);
  const own = new Set(cells.map(({ key }) => key));
  const changed = cells.flatMap((cell) => deltaOf(cell, baselines.get(cell.key), file.known, run.head.startedAt) ?? []);
  // Of a part nobody can say what is gone.
  const latest = isWhole(run)
    ? earlier.findLast((one) => isWhole(one) && (file.baseline === undefined || one.head.id === file.baseline))
    : undefined;
  const gone = latest
    ? rollUp(latest).flatMap(({ key, values }) => {
        const baseline = baselines.get(key);
        if (own.has(key) || !baseline) return [];
        return [{ kind: 'GONE', key, values, now: 'gone', before: baseline.state, beforeRun: baseline.run } as const];
      })
    : [];
  return [...changed, ...gone].sort((a, b) => DELTA_KINDS.indexOf(a.kind) - DELTA_KINDS.indexOf(b.kind));
}

const isWhole = ({ head }: MatrixRun): boolean => head.rows.length >= head.planRows;

/** Of the run that is named, or of each cell's latest judged one. */
function baselinesOf(earlier: readonly MatrixRun[], named: string | undefined): Map<string, Baseline> {
  const baselines = new Map<string, Baseline>();
  for (const run of named === undefined ? earlier : earlier.filter(({ head }) => head.id === named)) {
    for (const { key, state, values } of rollUp(run))
      if (isJudged(state)) baselines.set(key, { state, run: run.head.id, values });
  }
  return baselines;
}

function deltaOf(
  { key, values, state }: RolledCell,
  baseline: Baseline | undefined,
  known: readonly KnownFailure[],
  at: string,
): Delta | undefined {
  const entry = knownFailureOf(values, known);
  const kind = kindOf(state, baseline?.state, entry, entry !== undefined && isExpired(entry, at));
  if (kind === undefined) return undefined;
  return {
    kind,
    key,
    values,
    now: state,
    ...(baseline ? { before: baseline.state, beforeRun: baseline.run } : {}),
    ...(entry ? { known: entry } : {}),
  };
}

function kindOf(
  now: CellState,
  before: Judged | undefined,
  entry: KnownFailure | undefined,
  expired: boolean,
): DeltaKind | undefined {
  if (now === 'error') return 'ERROR';
  if (now === 'unjudged') return undefined;
  if (entry && now === 'pass' && !entry.flaky) return 'XPASS';
  if (entry && now !== 'pass') return expired ? 'EXPIRED' : 'XFAIL';
  if (before === undefined) return 'NEW';
  if (now === 'pass') return before === 'pass' ? undefined : 'FAIL→PASS';
  if (before !== 'pass') return 'STILL FAILING';
  return now === 'flaky' ? 'PASS→FLAKY' : 'PASS→FAIL';
}

/** Entries that mean no cell of this run's plan: somebody mistyped, or the cell is gone. */
export function idleEntries(run: MatrixRun, { known }: KnownFailures): KnownFailure[] {
  const meant = new Set(rollUp(run).flatMap(({ values }) => knownFailureOf(values, known) ?? []));
  return known.filter((entry) => !meant.has(entry));
}
