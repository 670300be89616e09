import type { Attempt, CellValues, MatrixRun } from './attempt.ts';

type Verdict = Attempt['verdict'];

/** An attempt at a cell. */
export function attemptOf(values: CellValues, verdict: Verdict, more: Partial<Attempt> = {}): Attempt {
  return {
    type: 'attempt',
    values: { ...values },
    attempt: 1,
    verdict,
    failed: verdict === 'fail' ? ['room sees anna: no (limit: yes)'] : [],
    startedAt: '2026-01-01T02:00:00.000Z',
    durationMs: 1000,
    seed: 1,
    report: '../run/index.html',
    versions: { plugfest: '1' },
    digests: { scenario: 'aa' },
    params: { seed: '1' },
    quality: {},
    findings: [],
    ...more,
  };
}

/** A night of January 2026 over cells `a=<name>`: each verdict of a list is an attempt; an empty list had no turn. */
export function nightOf(
  day: number,
  cells: Readonly<Record<string, readonly Verdict[]>>,
  more: Partial<Attempt> = {},
): MatrixRun {
  const date = `2026-01-${String(day).padStart(2, '0')}`;
  return {
    head: {
      type: 'run',
      version: 1,
      id: `night-${date}`,
      matrix: 'small',
      title: 'A small one',
      startedAt: `${date}T02:00:00.000Z`,
      strength: 2,
      heatMap: ['a', 'b'],
      tuples: 4,
      excluded: 0,
      directory: `matrix-small-${date}`,
      file: '/small.matrix.ts',
      seed: 0,
      rows: Object.keys(cells).map((a, index) => ({ number: index + 1, values: { a, b: 'x' } })),
      planRows: Object.keys(cells).length,
      planDigest: 'aa',
      repeats: 1,
      missingShards: [],
    },
    attempts: Object.entries(cells).flatMap(([a, verdicts]) =>
      verdicts.map((verdict, index) => attemptOf({ a, b: 'x' }, verdict, { attempt: index + 1, ...more })),
    ),
    end: { type: 'end', why: 'all-rows', at: `${date}T03:00:00.000Z` },
  };
}
