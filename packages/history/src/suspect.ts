import type { CellValues, MatrixRun } from './attempt.ts';
import type { Delta } from './delta.ts';
import { rollUp } from './roll-up.ts';

/** Values that all cells which became worse have in common. */
export interface Suspect {
  readonly values: CellValues;
  /** Cells with these values that became worse, and that were judged. */
  readonly worse: number;
  readonly judged: number;
  /** Judged cells without them: of these none became worse. */
  readonly others: number;
}

/**
 * What the regressions have in common: the one value, or the two, that every one of them has and that most seldom went well. Undefined for
 * fewer than two, and where they share nothing that tells them from the rest.
 */
export function suspectOf(run: MatrixRun, deltas: readonly Delta[]): Suspect | undefined {
  const worse = deltas.filter(({ kind }) => kind === 'PASS→FAIL' || kind === 'PASS→FLAKY');
  const [first, ...rest] = worse;
  if (!first || rest.length === 0) return undefined;
  const judged = rollUp(run).filter(({ state }) => state === 'pass' || state === 'fail' || state === 'flaky');
  const shared = Object.entries(first.values).filter(([axis, value]) =>
    rest.every(({ values }) => values[axis] === value),
  );
  const sets = [...shared.map((one) => [one]), ...shared.flatMap((a, at) => shared.slice(at + 1).map((b) => [a, b]))];
  const suspects = sets.map((set) => {
    const same = judged.filter(({ values }) => set.every(([axis, value]) => values[axis] === value)).length;
    return { values: Object.fromEntries(set), worse: worse.length, judged: same, others: judged.length - same };
  });
  // An order that keeps: of two that explain the same, the one with fewer values, which comes first.
  return suspects.filter(({ others }) => others > 0).sort((a, b) => a.judged - b.judged)[0];
}
