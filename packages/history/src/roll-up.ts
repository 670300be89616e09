import { type Attempt, type CellValues, cellKey, type MatrixRun } from './attempt.ts';
import { type Ratio, wilson } from './interval.ts';

/**
 * What a cell's attempts in one run say together. `flaky`: some passed, some did not. `error` is the harness's, and says nothing of the
 * endpoints; so does `unjudged`: not run, unsupported, or without a turn.
 */
export type CellState = 'pass' | 'fail' | 'flaky' | 'error' | 'unjudged';

/** A cell in one run: every attempt, and their sum. */
export interface RolledCell {
  readonly key: string;
  readonly values: CellValues;
  readonly state: CellState;
  readonly ratio: Ratio;
  readonly attempts: readonly Attempt[];
}

const isVerdictOnEndpoints = ({ verdict }: Attempt): boolean =>
  verdict === 'pass' || verdict === 'fail' || verdict === 'inconclusive';

/** The planned cells of a run in their order, then those that ran without being planned. */
export function rollUp({ head, attempts }: MatrixRun): RolledCell[] {
  const byKey = Map.groupBy(attempts, ({ values }) => cellKey(values));
  const planned = head.rows.map(({ values }) => [cellKey(values), values] as const);
  const others = [...byKey].map(([key, [first]]) => [key, first?.values ?? {}] as const);
  return [...new Map([...planned, ...others])].map(([key, values]) => {
    const own = byKey.get(key) ?? [];
    const judged = own.filter(isVerdictOnEndpoints);
    const passed = judged.filter(({ verdict }) => verdict === 'pass').length;
    return {
      key,
      values,
      state: stateOf(own, judged.length, passed),
      ratio: wilson(passed, judged.length),
      attempts: own,
    };
  });
}

function stateOf(attempts: readonly Attempt[], judged: number, passed: number): CellState {
  if (judged === 0) return attempts.some(({ verdict }) => verdict === 'error') ? 'error' : 'unjudged';
  if (passed === judged) return 'pass';
  return passed === 0 ? 'fail' : 'flaky';
}

/** The attempt that tells most of why: the first that did not pass, else the last. */
export function tellingAttempt({ attempts }: RolledCell): Attempt | undefined {
  return attempts.find(({ verdict }) => verdict !== 'pass') ?? attempts.at(-1);
}
