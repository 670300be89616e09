import type { MatrixRun } from './attempt.ts';
import { type CellState, type RolledCell, rollUp } from './roll-up.ts';

/** The cells of a run that share two values. */
export interface HeatSpot {
  /** Of the cells the worst; undefined where none was planned. */
  readonly worst?: CellState;
  readonly passed: number;
  readonly judged: number;
  readonly cells: readonly RolledCell[];
}

/** Two axes against each other: `spots[value of the first axis][value of the second]`. */
export interface HeatMap {
  readonly axes: readonly [down: string, across: string];
  readonly down: readonly string[];
  readonly across: readonly string[];
  readonly spots: readonly (readonly HeatSpot[])[];
}

const WORST_FIRST: readonly CellState[] = ['error', 'fail', 'flaky', 'pass', 'unjudged'];

export function heatMapOf(run: MatrixRun): HeatMap {
  const cells = rollUp(run);
  const [first, second] = run.head.heatMap;
  const levels = (axis: string): string[] => [...new Set(cells.map(({ values }) => values[axis] ?? ''))].sort();
  const [down, across] = [levels(first), levels(second)];
  const spots = down.map((a) =>
    across.map((b) =>
      spotOf(cells.filter(({ values }) => (values[first] ?? '') === a && (values[second] ?? '') === b)),
    ),
  );
  return { axes: [first, second], down, across, spots };
}

function spotOf(cells: readonly RolledCell[]): HeatSpot {
  const judged = cells.filter(({ state }) => state === 'pass' || state === 'fail' || state === 'flaky');
  return {
    worst: WORST_FIRST.find((state) => cells.some((cell) => cell.state === state)),
    passed: judged.filter(({ state }) => state === 'pass').length,
    judged: judged.length,
    cells,
  };
}
