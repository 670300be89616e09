import { describe, expect, test } from 'vitest';
import { headline, renderMatrixJunit, renderMatrixMarkdown, renderMatrixPage } from './matrix-pages.ts';
import type { MatrixRecord } from './matrix-record.ts';
import { exitCodeOfMatrix, heatMapOf, summarise } from './matrix-summary.ts';

type Verdict = NonNullable<MatrixRecord['rows'][number]['outcome']>['verdict'];

function recordOf(...verdicts: readonly (Verdict | undefined)[]): MatrixRecord {
  const outcome = (verdict: Verdict) => ({
    verdict,
    runId: 'run',
    report: '../run/index.html',
    seed: 1,
    durationMs: 1500,
    failed: verdict === 'fail' ? ['<b> sees a|b: no'] : [],
    ...(verdict === 'not-run' ? { reason: 'firefox is missing' } : {}),
  });
  return {
    version: 1,
    matrix: 'small',
    file: '/small.matrix.ts',
    title: 'A small one',
    strength: 2,
    seed: 0,
    startedAt: '2026-01-01T00:00:00.000Z',
    heatMap: ['a', 'b'],
    tuples: 12,
    excluded: 1,
    ended: verdicts.includes(undefined) ? 'budget-used' : 'all-rows',
    rows: verdicts.map((verdict, index) => ({
      number: index + 1,
      values: { a: String(index % 2), b: String(index >> 1), c: 'x' },
      ...(verdict ? { outcome: outcome(verdict) } : {}),
    })),
  };
}

describe('the exit code', () => {
  test.each([
    ['all passed', recordOf('pass', 'pass'), 0, 0],
    ['one failed', recordOf('pass', 'fail'), 1, 1],
    ['one says nothing', recordOf('pass', 'inconclusive'), 1, 1],
    ['the harness failed', recordOf('fail', 'error'), 3, 3],
    ['one could not run here', recordOf('pass', 'not-run'), 0, 1],
    ['one had no turn', recordOf('pass', undefined), 0, 1],
    ['nothing ran', recordOf('not-run', 'not-run'), 4, 4],
    ['nothing had a turn', recordOf(undefined), 4, 4],
  ] as const)('%s', (_, record, failures, all) => {
    expect(exitCodeOfMatrix(summarise(record), 'failures')).toBe(failures);
    expect(exitCodeOfMatrix(summarise(record), 'all')).toBe(all);
  });
});

test('only rows with a verdict on the endpoints count as coverage', () => {
  expect(summarise(recordOf('pass', 'fail', 'not-run', undefined))).toMatchObject({ covered: 5, left: 1, planned: 4 });
});

test('the heat map has the worst verdict of each pair', () => {
  const { down, across, cells } = heatMapOf(recordOf('pass', 'fail', 'not-run', undefined));
  expect([down, across]).toEqual([
    ['0', '1'],
    ['0', '1'],
  ]);
  expect(cells.map((line) => line.map(({ worst }) => worst))).toEqual([
    ['pass', 'not-run'],
    ['fail', undefined],
  ]);
});

test('the pages say it, and let nothing through as markup', () => {
  const record = recordOf('pass', 'fail', 'not-run', undefined);
  expect(headline(record)).toBe(
    '4 rows: 1 pass, 1 fail, 1 not-run, 1 had no turn (budget-used); 5 of 11 possible combinations of 2 were seen',
  );
  expect(renderMatrixMarkdown(record)).toContain('| 2 | fail | 1, 0, x | <b> sees a\\|b: no |');
  expect(renderMatrixJunit(record)).toMatch(/tests="4" failures="1" errors="0" skipped="2"/);
  expect(renderMatrixPage(record)).not.toContain('<b>');
});
