import type { CellValues, MatrixRun } from './attempt.ts';
import { rollUp } from './roll-up.ts';

/** The cell's combinations of so many values, as texts. */
export function combinationsOf(values: CellValues, strength: number): string[] {
  const choose = (left: readonly string[], size: number): string[][] =>
    size === 0
      ? [[]]
      : left.flatMap((first, at) => choose(left.slice(at + 1), size - 1).map((rest) => [first, ...rest]));
  const named = Object.entries(values).map(([axis, value]) => `${axis}=${value}`);
  return choose(named, strength).map((combination) => combination.join('\n'));
}

/** What a run has seen of what there is. */
export interface RunCoverage {
  readonly strength: number;
  /** Combinations that are possible. */
  readonly possible: number;
  /** In cells that passed or failed: what could not run, broke or said nothing covers nothing. */
  readonly covered: number;
  readonly cells: number;
  /** Cells with a verdict on the endpoints. */
  readonly judged: number;
}

export function runCoverage(run: MatrixRun): RunCoverage {
  const { strength, tuples, excluded } = run.head;
  const cells = rollUp(run);
  const judged = cells.filter(({ attempts }) =>
    attempts.some(({ verdict }) => verdict === 'pass' || verdict === 'fail'),
  );
  const had = new Set(judged.flatMap(({ values }) => combinationsOf(values, strength)));
  return { strength, possible: tuples - excluded, covered: had.size, cells: cells.length, judged: judged.length };
}
