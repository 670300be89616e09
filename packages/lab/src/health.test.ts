import { expect, test } from 'vitest';
import { ailmentsOf, judgeByHealth, parseCpuTimes, parseCpuWaits, watchHealth } from './health.ts';

const WELL = { stealShare: 0.02, cpuPressure: 0.5, clockStepMs: -3, lagMs: 4 };
const ILL = { stealShare: 0.25, cpuPressure: 0.97, clockStepMs: -1500, lagMs: 350 };
const FAIL = { verdict: 'fail', reason: 'froze for 2 s', durationMs: 1, evidence: 'here' } as const;

test('what speaks against an endpoint on a worker that was not well is an error with both', () => {
  expect(judgeByHealth(FAIL, WELL)).toEqual(FAIL);
  const judged = judgeByHealth(FAIL, ILL);
  expect(judged).toMatchObject({ verdict: 'error', evidence: 'here' });
  expect(judged.reason).toMatch(
    /CPU steal was 25\.0 % \(limit 10\.0 %\).*97\.0 % of the time.*-1500 ms.*350 ms late.*fail: froze for 2 s/,
  );
  expect(judgeByHealth({ verdict: 'pass', durationMs: 1 }, ILL)).toMatchObject({ verdict: 'pass' });
  expect(judgeByHealth({ verdict: 'inconclusive', durationMs: 1 }, ILL)).toMatchObject({ verdict: 'error' });
  expect(ailmentsOf({ clockStepMs: 0, lagMs: 0 })).toEqual([]);
  expect(ailmentsOf({ cpuPressure: 0.99, clockStepMs: 0, lagMs: 8 })).toEqual([]);
  expect(ailmentsOf({ cpuPressure: 0.99, clockStepMs: 0, lagMs: 30 })).toHaveLength(1);
});

test('reads steal from /proc/stat, and nothing from what is not', () => {
  expect(parseCpuTimes('cpu  100 0 50 800 10 0 0 40 7 0\ncpu0 …')).toEqual({ total: 1000, steal: 40 });
  expect(parseCpuTimes('cpu 1 2 3')).toBeUndefined();
  expect(parseCpuTimes('')).toBeUndefined();
});

test('reads who waited for a CPU from /proc/pressure/cpu', () => {
  const text =
    'some avg10=97.55 avg60=96.93 avg300=85.76 total=8229083245\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n';
  expect(parseCpuWaits(text)).toBe(8_229_083.245);
  expect(parseCpuWaits('')).toBeUndefined();
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
