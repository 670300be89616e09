import { expect, test } from 'vitest';
import { objectionsTo, runChaos } from './chaos-fixture.ts';

// `npm run chaos` does 200 of each, on Postgres too.
test.skipIf(process.platform !== 'linux')(
  'workers and coordinator killed and stopped: one verdict each, nothing alive',
  async () => {
    const faults = 5;
    const report = await runChaos({
      engine: 'pglite',
      faults,
      cells: 6,
      workers: 2,
      seed: 3,
      databaseEvery: faults,
      patienceMs: 60_000,
    });
    expect(objectionsTo(report, 1), JSON.stringify(report)).toEqual([]);
  },
  90_000,
);
