import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { costOf } from './cost.ts';
import { attemptOf, nightOf } from './history-fixture.ts';
import { ratioInWords, wilson } from './interval.ts';
import { rollUp } from './roll-up.ts';
import { HistoryDirectory, RunFile, readRunFile } from './run-file.ts';
import { sinceWhen } from './since.ts';
import { flakiest, slowest, trendsOf } from './trend.ts';

const KEY = 'a=1, b=x';
const versions = (plugfest: string) => ({ versions: { plugfest } });

test('first bad and last good, with what differed', () => {
  const runs = [
    nightOf(1, { 1: ['fail'] }),
    nightOf(2, { 1: ['pass'] }, versions('1')),
    nightOf(3, { 1: ['not-run'] }),
    nightOf(
      4,
      { 1: ['fail'] },
      { ...versions('2'), digests: { scenario: 'bb' }, params: { seed: '1', sabotage: 'room:mute' } },
    ),
    nightOf(5, { 1: ['fail'] }, versions('3')),
  ];
  expect(sinceWhen(KEY, runs)).toMatchObject({
    firstBad: { run: 'night-2026-01-04' },
    lastGood: { run: 'night-2026-01-02' },
    unjudgedBetween: 1,
    differs: [
      { of: 'versions', name: 'plugfest', was: '1', is: '2' },
      { of: 'digests', name: 'scenario', was: 'aa', is: 'bb' },
      { of: 'params', name: 'sabotage', is: 'room:mute' },
    ],
  });
});

test('what never passed has no last good; what passes has no first bad', () => {
  const never = sinceWhen(KEY, [nightOf(1, { 1: ['error'] }), nightOf(2, { 1: ['fail'] })]);
  expect(never).toMatchObject({ firstBad: { run: 'night-2026-01-02' }, differs: [] });
  expect(never).not.toHaveProperty('lastGood');
  expect(sinceWhen(KEY, [nightOf(1, { 1: ['fail'] }), nightOf(2, { 1: ['pass'] })])).toBeUndefined();
  expect(sinceWhen('a=2, b=x', [nightOf(1, { 1: ['fail'] })])).toBeUndefined();
});

test('a flaky cell shows every attempt', () => {
  const [cell] = rollUp(nightOf(1, { 1: ['fail', 'pass', 'pass', 'not-run'] }));
  expect(cell).toMatchObject({ state: 'flaky', ratio: { passed: 2, of: 3 } });
  expect(cell?.attempts.map(({ verdict }) => verdict)).toEqual(['fail', 'pass', 'pass', 'not-run']);
});

// The values are of Python's statsmodels: proportion_confint(k, n, method='wilson').
test.each([
  [2, 3, 0.2077, 0.9385],
  [0, 10, 0, 0.2775],
  [10, 10, 0.7225, 1],
  [50, 100, 0.4038, 0.5962],
  [0, 0, 0, 1],
])('Wilson: %i of %i', (passed, of, low, high) => {
  const ratio = wilson(passed, of);
  expect(ratio.low).toBeCloseTo(low, 4);
  expect(ratio.high).toBeCloseTo(high, 4);
});

test('a ratio in words', () => {
  expect(ratioInWords(wilson(2, 3))).toBe('2/3 (21–94 %)');
});

test('trends, flakiest, slowest, cost', () => {
  const quality = (value: number) => ({ quality: { ssimY: { value, unit: '1' } } });
  const runs = [
    nightOf(1, { 1: ['pass'], 2: ['pass', 'fail'] }, { ...quality(0.9), durationMs: 1000, cpuMs: 10 }),
    nightOf(2, { 2: ['pass'], 3: ['pass'] }, { ...quality(0.7), durationMs: 3000 }),
  ];
  const trends = trendsOf(runs);
  const second = trends.find(({ key }) => key === 'a=2, b=x');
  expect(second).toMatchObject({ states: ['flaky', 'pass'], ratio: { passed: 2, of: 3 }, flips: 2 });
  expect(second?.quality).toEqual({ ssimY: { unit: '1', values: [0.9, 0.7] } });
  expect(flakiest(trends, 5).map(({ key }) => key)).toEqual(['a=2, b=x']);
  expect(slowest(trends, 1)[0]?.durationMs).toBe(3000);
  expect(costOf(runs[0]!)).toEqual({ attempts: 3, repeats: 1, machineMs: 3000, cpuMs: 30 });
  expect(costOf(runs[1]!)).not.toHaveProperty('cpuMs');
});

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'history-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

test('a run is read back as it was written, also after a kill in the middle of a line', () => {
  const { head, attempts, end } = nightOf(1, { 1: ['pass', 'fail'] });
  const file = new RunFile(join(directory, 'results.jsonl'));
  file.begin(head);
  file.append(attempts[0]!);
  appendFileSync(file.path, '{"type":"attempt","val');
  file.append(attempts[1]!);
  expect(readRunFile(file.path)).toEqual({ head, attempts, unreadable: 1 });
  file.append(end!);
  expect(readRunFile(file.path)).toEqual({ head, attempts, end, unreadable: 1 });
});

test('runs come in their order, those of other matrices and what is no run do not', () => {
  const history = new HistoryDirectory(directory);
  for (const day of [3, 1, 2]) history.keep(nightOf(day, { 1: ['pass'] }));
  const other = nightOf(4, {});
  history.keep({ ...other, head: { ...other.head, matrix: '../small' } });
  appendFileSync(join(directory, 'small', 'x.jsonl'), 'nothing\n');
  expect(history.runsOf('small').map(({ head }) => head.id)).toEqual([
    'night-2026-01-01',
    'night-2026-01-02',
    'night-2026-01-03',
  ]);
  expect(execFileSync('ls', ['-a', directory]).toString()).not.toContain('..small');
  expect(readFileSync(history.pathOf('small', 'night-2026-01-01'), 'utf8').split('\n')).toHaveLength(4);
});

test('an attempt outside the plan is not lost', () => {
  const night = nightOf(1, { 1: ['pass'] });
  expect(rollUp({ ...night, attempts: [...night.attempts, attemptOf({ a: '9', b: 'x' }, 'fail')] })).toHaveLength(2);
});
