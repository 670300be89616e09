import { expect, test } from 'vitest';
import { ailmentsOf, judgeByHealth, parseCpuTimes, watchHealth } from './health.ts';

const WELL = { stealShare: 0.02, clockStepMs: -3, lagMs: 4 };
const ILL = { stealShare: 0.25, clockStepMs: -1500, lagMs: 350 };
const FAIL = { verdict: 'fail', reason: 'froze for 2 s', durationMs: 1, evidence: 'here' } as const;

test('what speaks against an endpoint on a worker that was not well is an error with both', () => {
  expect(judgeByHealth(FAIL, WELL)).toEqual(FAIL);
  const judged = judgeByHealth(FAIL, ILL);
  expect(judged).toMatchObject({ verdict: 'error', evidence: 'here' });
  expect(judged.reason).toMatch(/CPU steal was 25\.0 % \(limit 10\.0 %\).*-1500 ms.*350 ms late.*fail: froze for 2 s/);
  expect(judgeByHealth({ verdict: 'pass', durationMs: 1 }, ILL)).toMatchObject({ verdict: 'pass' });
  expect(judgeByHealth({ verdict: 'inconclusive', durationMs: 1 }, ILL)).toMatchObject({ verdict: 'error' });
  expect(ailmentsOf({ clockStepMs: 0, lagMs: 0 })).toEqual([]);
});

test('reads steal from /proc/stat, and nothing from what is not', () => {
  expect(parseCpuTimes('cpu  100 0 50 800 10 0 0 40 7 0\ncpu0 …')).toEqual({ total: 1000, steal: 40 });
  expect(parseCpuTimes('cpu 1 2 3')).toBeUndefined();
  expect(parseCpuTimes('')).toBeUndefined();
});

test('a loop that was held up is seen', async () => {
  const watch = watchHealth();
  for (let round = 0; round < 3; round++) {
    await new Promise((resolve) => setTimeout(resolve, 30));
    for (const sinceMs = performance.now(); performance.now() - sinceMs < 300; );
  }
  const health = watch.end();
  expect(health.lagMs).toBeGreaterThan(200);
  expect(Math.abs(health.clockStepMs)).toBeLessThan(50);
});
