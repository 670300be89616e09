import type { Attempt, MatrixRun } from './attempt.ts';
import { type CellState, type RolledCell, rollUp, tellingAttempt } from './roll-up.ts';

/** Something that is not the same in two attempts. */
export interface Difference {
  readonly of: 'versions' | 'digests' | 'params';
  readonly name: string;
  /** Absent where it was not there. */
  readonly was?: string;
  readonly is?: string;
}

/** Since when a cell fails. */
export interface Since {
  readonly firstBad: { readonly run: string; readonly startedAt: string; readonly attempt: Attempt };
  /** Absent where no run before saw it pass. */
  readonly lastGood?: { readonly run: string; readonly startedAt: string; readonly attempt: Attempt };
  /** Runs between the two that did not judge it: it may have become bad in any of them. */
  readonly unjudgedBetween: number;
  readonly differs: readonly Difference[];
}

/** A cell in each of the runs, in their order. */
interface Seen {
  readonly run: MatrixRun;
  readonly cell: RolledCell | undefined;
  readonly state: CellState;
}

/** The first bad run of the present stretch, the last good one before it, and what differed. Undefined where the cell is good, or was never judged. */
export function sinceWhen(key: string, runs: readonly MatrixRun[]): Since | undefined {
  const seen: Seen[] = runs.map((run) => {
    const cell = rollUp(run).find((each) => each.key === key);
    return { run, cell, state: cell?.state ?? 'unjudged' };
  });
  const good = seen.findLastIndex(({ state }) => state === 'pass');
  const bad = seen.findIndex(({ state }, index) => index > good && (state === 'fail' || state === 'flaky'));
  const [badAttempt, goodAttempt] = [attemptOf(seen[bad]), attemptOf(seen[good])];
  if (bad === -1 || !badAttempt) return undefined;
  return {
    firstBad: { ...nameOf(seen[bad] as Seen), attempt: badAttempt },
    ...(goodAttempt ? { lastGood: { ...nameOf(seen[good] as Seen), attempt: goodAttempt } } : {}),
    unjudgedBetween: goodAttempt ? bad - good - 1 : 0,
    differs: goodAttempt ? differencesOf(goodAttempt, badAttempt) : [],
  };
}

const attemptOf = (seen: Seen | undefined): Attempt | undefined => seen?.cell && tellingAttempt(seen.cell);
const nameOf = ({ run }: Seen): { run: string; startedAt: string } => ({
  run: run.head.id,
  startedAt: run.head.startedAt,
});

/** What is different in every run, and so tells least: it comes last. */
const DRAWN = 'seed';

/** What was not the same: versions, then digests, then parameters. */
export function differencesOf(was: Attempt, is: Attempt): Difference[] {
  const all = (['versions', 'digests', 'params'] as const).flatMap((of) =>
    [...new Set([...Object.keys(was[of]), ...Object.keys(is[of])])]
      .filter((name) => was[of][name] !== is[of][name])
      .map((name) => ({
        of,
        name,
        ...(was[of][name] === undefined ? {} : { was: was[of][name] }),
        ...(is[of][name] === undefined ? {} : { is: is[of][name] }),
      })),
  );
  return all.sort((a, b) => Number(a.name === DRAWN) - Number(b.name === DRAWN));
}
