import { EXIT, type Verdict } from '@plugfest/model';
import type { MatrixRecord } from './matrix-record.ts';
import { combinationsOf } from './matrix-schedule.ts';

/** `failures`: what ran must have passed. `all`: every row must have run, too. */
export type Gate = 'failures' | 'all';

export interface MatrixSummary {
  readonly planned: number;
  /** Rows by verdict. */
  readonly verdicts: Readonly<Partial<Record<Verdict, number>>>;
  /** Rows that had no turn. */
  readonly left: number;
  readonly tuples: number;
  readonly excluded: number;
  /** Combinations of rows that gave a verdict on the endpoints: passed or failed. */
  readonly covered: number;
}

export function summarise(record: MatrixRecord): MatrixSummary {
  const verdicts: Partial<Record<Verdict, number>> = {};
  const had = new Set<string>();
  for (const { values, outcome } of record.rows) {
    if (!outcome) continue;
    verdicts[outcome.verdict] = (verdicts[outcome.verdict] ?? 0) + 1;
    if (outcome.verdict === 'pass' || outcome.verdict === 'fail')
      for (const combination of combinationsOf(values, record.strength)) had.add(combination);
  }
  return {
    planned: record.rows.length,
    verdicts,
    left: record.rows.filter(({ outcome }) => !outcome).length,
    tuples: record.tuples,
    excluded: record.excluded,
    covered: had.size,
  };
}

/** 3 where the harness failed, 1 where a row did not pass or the gate asks for more, 4 where nothing ran, 0 otherwise. */
export function exitCodeOfMatrix({ verdicts, left, planned }: MatrixSummary, gate: Gate): number {
  const { error = 0, fail = 0, inconclusive = 0, unsupported = 0 } = verdicts;
  const notRun = (verdicts['not-run'] ?? 0) + unsupported + left;
  if (error > 0) return EXIT.harnessError;
  if (fail + inconclusive > 0) return EXIT.failed;
  if (notRun === planned) return EXIT.nothingRan;
  return gate === 'all' && notRun > 0 ? EXIT.failed : EXIT.pass;
}

/** A cell of the heat map: the worst verdict of the rows with these two values, and how many of them passed. */
export interface HeatCell {
  readonly worst?: Verdict;
  readonly passed: number;
  readonly judged: number;
  readonly rows: MatrixRecord['rows'];
}

const WORST_FIRST: readonly Verdict[] = ['error', 'fail', 'inconclusive', 'pass', 'unsupported', 'not-run'];

/** Two axes against each other: `cells[row of the first axis][column of the second]`. */
export function heatMapOf(record: MatrixRecord): {
  readonly down: string[];
  readonly across: string[];
  readonly cells: HeatCell[][];
} {
  const [first, second] = record.heatMap;
  const levels = (axis: string): string[] => [...new Set(record.rows.map(({ values }) => values[axis] ?? ''))].sort();
  const [down, across] = [levels(first), levels(second)];
  const cells = down.map((a) =>
    across.map((b) => cellOf(record.rows.filter((row) => row.values[first] === a && row.values[second] === b))),
  );
  return { down, across, cells };
}

function cellOf(rows: MatrixRecord['rows']): HeatCell {
  const verdicts = rows.flatMap(({ outcome }) => outcome?.verdict ?? []);
  return {
    worst: WORST_FIRST.find((verdict) => verdicts.includes(verdict)),
    passed: verdicts.filter((verdict) => verdict === 'pass').length,
    judged: verdicts.filter((verdict) => verdict !== 'not-run' && verdict !== 'unsupported').length,
    rows,
  };
}
