import type { RunEvent } from '@plugfest/model';
import { describe, expect, it } from 'vitest';
import { combinationsOf, type TruthOutcome, truthOf } from '../truth-table.ts';
import { judge } from './judge.ts';
import { goodTrace } from './trace-fixture.ts';

const ROWS = combinationsOf({ clientVersions: ['6', '7'] });
const REFUSED: TruthOutcome = { refusedBy: 'provider-enabled', statusCode: 403 };

function verdictOf(came: (at: number) => unknown, asked = ROWS): string {
  const event = (type: string, data: Record<string, unknown>): RunEvent => ({ atUs: 1, type, data });
  const events = [
    event('truth.table', { combinations: ROWS.length }),
    ...asked.map((row, at) =>
      event('truth.asked', {
        truth: row,
        callee: 'x',
        expected: REFUSED,
        came: came(at),
        diagnostics: null,
        source: 'test',
      }),
    ),
  ];
  const trace = structuredClone(goodTrace());
  return judge({ ...trace, plan: { ...trace.plan, expectations: [{ rule: 'truth', level: 'must' }] }, events }).verdict;
}

describe('the truth table’s rule', () => {
  it('has 2 settings × 2 × 2 lists × 4 services × provider × user × 2 versions', () => {
    expect(ROWS).toHaveLength(256);
    expect(new Set(ROWS.map((row) => JSON.stringify(row))).size).toBe(256);
  });

  it.each([
    ['all as their rows say', () => REFUSED, ROWS, 'pass'],
    ['one allowed that must be refused', (at: number) => (at === 77 ? 'allowed' : REFUSED), ROWS, 'fail'],
    [
      'one refused by another rule',
      (at: number) => (at === 3 ? { ...REFUSED, refusedBy: 'client-version' } : REFUSED),
      ROWS,
      'fail',
    ],
    [
      'one refused with another status',
      (at: number) => (at === 3 ? { ...REFUSED, statusCode: 480 } : REFUSED),
      ROWS,
      'fail',
    ],
    ['one that was not asked', () => REFUSED, ROWS.slice(1), 'fail'],
    ['one asked twice and one not', () => REFUSED, [...ROWS.slice(1), ...ROWS.slice(1, 2)], 'fail'],
  ])('%s', (_, came, asked, verdict) => {
    expect(verdictOf(came, asked)).toBe(verdict);
  });

  it('refuses a table that does not speak of a combination', () => {
    expect(() => truthOf(ROWS[0] as never, [{ when: { service: 'im' }, gives: 'allowed', source: '' }])).toThrow(
      RangeError,
    );
  });
});
