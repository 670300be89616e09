import { expect, test } from 'vitest';
import { Simulation } from './simulation-fixture.ts';

const FAULTS = { crash: 0.02, stop: 0.03, loss: 0.02, twice: 0.02 };

test.each([1, 2, 3])(
  '5,000 cells and 100 workers that die, stop and lose messages: one verdict each (seed %i)',
  async (seed) => {
    const summary = await new Simulation({ cells: 5000, workers: 100, seed, faults: FAULTS, poisonEvery: 1000 }).run();
    expect(summary).toMatchObject({ settled: 5000, unfenced: 0, lateResults: summary.refusals });
    // What was broken on purpose did break: else this shows nothing.
    expect(summary.crashes).toBeGreaterThan(100);
    expect(summary.refusals).toBeGreaterThan(30);
    expect(summary.runAgain).toBeGreaterThan(200);
    expect(summary.verdicts).toEqual({ pass: 5000 - summary.poisoned, error: summary.poisoned });
  },
);

test('without faults nothing runs twice, and work goes to who has its set-up warm', async () => {
  const none = { crash: 0, stop: 0, loss: 0, twice: 0 };
  const summary = await new Simulation({ cells: 2000, workers: 24, seed: 4, faults: none, poisonEvery: 10_000 }).run();
  expect(summary).toMatchObject({ settled: 2000, leases: 2000, runAgain: 0, refusals: 0 });
  // 24 set-ups by chance would change 23 times of 24.
  expect(summary.setupChanges).toBeLessThan(400);
});
