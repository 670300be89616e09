import type { Attempt, MatrixRun } from '@plugfest/history';
import { describe, expect, test } from 'vitest';
import { DurationHistory } from './matrix-schedule.ts';
import { MatrixTurns, type Turn } from './matrix-turns.ts';

const FOREVER = Number.POSITIVE_INFINITY;

function runOf(repeats: number, attempts: readonly Attempt[] = []): MatrixRun {
  return {
    head: {
      type: 'run',
      version: 1,
      id: 'm',
      matrix: 'small',
      title: 'Small',
      file: '/small.matrix.ts',
      startedAt: '2026-01-01T02:00:00.000Z',
      strength: 2,
      seed: 0,
      heatMap: ['a', 'b'],
      tuples: 4,
      excluded: 0,
      directory: 'm',
      rows: ['1', '2', '3'].map((a, index) => ({ number: index + 1, values: { a, b: 'x' } })),
      planRows: 3,
      planDigest: 'aa',
      repeats,
      missingShards: [],
    },
    attempts,
  };
}

function attemptOf({ row, attempt }: Turn, verdict: Attempt['verdict'] = 'pass'): Attempt {
  return {
    type: 'attempt',
    values: { ...row.values },
    attempt,
    verdict,
    failed: [],
    startedAt: '2026-01-01T02:00:00.000Z',
    durationMs: 1000,
    seed: 1,
    report: '',
    versions: {},
    digests: {},
    params: {},
    quality: {},
    findings: [],
  };
}

const turnsOf = (run: MatrixRun): MatrixTurns => new MatrixTurns(run, new DurationHistory(1000));

/** Takes and ends all that is left. */
function playAll(turns: MatrixTurns, verdict?: Attempt['verdict']): string[] {
  const keys: string[] = [];
  for (let turn = turns.take(FOREVER); turn; turn = turns.take(FOREVER)) {
    keys.push(turn.key);
    turns.end(attemptOf(turn, verdict));
  }
  return keys;
}

describe('turns of a matrix', () => {
  test('every row once, then the repeats', () => {
    const turns = turnsOf(runOf(2));
    expect(playAll(turns)).toEqual(['a=1, b=x', 'a=2, b=x', 'a=3, b=x', 'a=1, b=x #2', 'a=2, b=x #2', 'a=3, b=x #2']);
    expect(turns.isOver).toBe(true);
    expect(turns.restMs).toBe(0);
  });

  test('a run goes on where it was', () => {
    const [first] = [turnsOf(runOf(1)).take(FOREVER)];
    const turns = turnsOf(runOf(2, [attemptOf(first as Turn)]));
    expect(turns.restMs).toBe(5000);
    expect(playAll(turns)).toEqual(['a=2, b=x', 'a=3, b=x', 'a=1, b=x #2', 'a=2, b=x #2', 'a=3, b=x #2']);
  });

  test('what cannot run here is not tried again', () => {
    const turns = turnsOf(runOf(3));
    expect(playAll(turns, 'not-run')).toHaveLength(3);
    expect(turns.isOver).toBe(true);
  });

  test('none is handed out that does not fit', () => {
    const turns = turnsOf(runOf(1));
    expect(turns.take(999)).toBeUndefined();
    expect(turns.isExhausted(999)).toBe(true);
    expect(turns.take(1000)).toBeDefined();
    expect(turns.isOver).toBe(false);
  });

  test('a result finds its turn, once, also one that another coordinator handed out', () => {
    const turns = turnsOf(runOf(2));
    const turn = turns.openTurn('a=2, b=x #2') as Turn;
    expect(turn).toMatchObject({ attempt: 2, row: { number: 2 } });
    turns.end(attemptOf(turn));
    expect(turns.openTurn('a=2, b=x #2')).toBeUndefined();
    expect(turns.openTurn('a=9, b=x')).toBeUndefined();
    expect(turns.openTurn('a=2, b=x #3')).toBeUndefined();
  });
});
