import type { CellValues, MatrixRun, Quality } from './attempt.ts';
import { type Ratio, wilson } from './interval.ts';
import { type CellState, rollUp } from './roll-up.ts';

/** A cell over all runs. */
export interface CellTrend {
  readonly key: string;
  readonly values: CellValues;
  /** One a run, in their order; undefined where it was not planned. */
  readonly states: readonly (CellState | undefined)[];
  /** Of all judged attempts in all runs. */
  readonly ratio: Ratio;
  /** How often it changed between passing and not, from attempt to attempt. */
  readonly flips: number;
  /** Median of its attempts; undefined where none was judged. */
  readonly durationMs?: number;
  /** By measure: the median of each run's attempts, undefined where there is none. */
  readonly quality: Readonly<
    Record<string, { readonly unit: string; readonly values: readonly (number | undefined)[] }>
  >;
}

/** Every cell that any of these runs planned, in the order of the latest. */
export function trendsOf(runs: readonly MatrixRun[]): CellTrend[] {
  const rolled = runs.map((run) => new Map(rollUp(run).map((cell) => [cell.key, cell])));
  const cells = new Map(rolled.toReversed().flatMap((run) => [...run].map(([key, { values }]) => [key, values])));
  return [...cells].map(([key, values]) => {
    const seen = rolled.map((run) => run.get(key));
    const judged = seen.flatMap((cell) =>
      (cell?.attempts ?? []).filter(({ verdict }) => ['pass', 'fail', 'inconclusive'].includes(verdict)),
    );
    const passes = judged.map(({ verdict }) => verdict === 'pass');
    return {
      key,
      values,
      states: seen.map((cell) => cell?.state),
      ratio: wilson(passes.filter(Boolean).length, judged.length),
      flips: passes.filter((pass, index) => index > 0 && pass !== passes[index - 1]).length,
      ...(judged.length > 0 ? { durationMs: median(judged.map(({ durationMs }) => durationMs)) } : {}),
      quality: qualityOf(seen.map((cell) => (cell?.attempts ?? []).map(({ quality }) => quality))),
    };
  });
}

function qualityOf(runs: readonly (readonly Readonly<Record<string, Quality>>[])[]): CellTrend['quality'] {
  const units = new Map(runs.flat().flatMap((each) => Object.entries(each).map(([name, { unit }]) => [name, unit])));
  return Object.fromEntries(
    [...units].map(([name, unit]) => {
      const values = runs.map((attempts) => {
        const own = attempts.flatMap((each) => each[name]?.value ?? []);
        return own.length > 0 ? median(own) : undefined;
      });
      return [name, { unit, values }];
    }),
  );
}

/** The upper one of two in the middle, so that it is one that was measured. */
function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}

/** Those that both passed and did not, most changes first. */
export function flakiest(trends: readonly CellTrend[], most: number): CellTrend[] {
  return trends
    .filter(({ ratio }) => ratio.passed > 0 && ratio.passed < ratio.of)
    .sort((a, b) => b.flips - a.flips || uncertainty(a) - uncertainty(b))
    .slice(0, most);
}

const uncertainty = ({ ratio }: CellTrend): number => Math.abs(ratio.passed / ratio.of - 0.5);

/** The longest first. */
export function slowest(trends: readonly CellTrend[], most: number): CellTrend[] {
  return trends
    .filter(({ durationMs }) => durationMs !== undefined)
    .sort((a, b) => (b.durationMs ?? 0) - (a.durationMs ?? 0))
    .slice(0, most);
}
