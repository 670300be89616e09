/** A worker of `bench:lab`: cells that do nothing, or wait, in this process. */
import { setTimeout as delay } from 'node:timers/promises';
import { interruption } from '@plugfest/host';
import { type CellRunner, openLab, work } from '../../packages/lab/src/index.ts';

const [name = '', directory = ''] = process.argv.slice(2);
using interrupted = interruption();
const { signal } = interrupted;
await using lab = await openLab({
  directory,
  databaseUrl: process.env.PLUGFEST_DATABASE_URL || undefined,
  mayOwn: false,
});
const runner: CellRunner = {
  run: async ({ payload }) => {
    const { sleepMs } = payload as { sleepMs: number };
    if (sleepMs > 0) await delay(sleepMs);
    return { verdict: 'pass', durationMs: sleepMs };
  },
};
await work({ lab: lab.service, offer: { name, has: [], cores: 1 }, runner, signal });
