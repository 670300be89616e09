/** The processes of a lab under chaos: real coordinator, workers and stores around cells that only sleep. Started by `chaos-fixture.ts`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { interruption, spawnOwned } from '@plugfest/host';
import { processRunner, serveCell } from './cell-process.ts';
import { followRun } from './follow-run.ts';
import { openLab } from './open-lab.ts';
import { work } from './worker.ts';
import { WorkerPool } from './worker-pool.ts';

export interface ChaosSetting {
  readonly directory: string;
  readonly evidence: string;
  readonly databaseUrl?: string;
  readonly cells: number;
  readonly workers: number;
  readonly ttlMs: number;
  readonly leastMs: number;
  readonly mostMs: number;
}

export const CHAOS_VARIABLE = 'PLUGFEST_CHAOS';
export const CHAOS_RUN = 'chaos';

if (import.meta.main) {
  const [role, name = ''] = process.argv.slice(2);
  const setting = JSON.parse(process.env[CHAOS_VARIABLE] ?? '') as ChaosSetting;
  const note = (text: string): void => void process.stderr.write(`${text}\n`);
  const own = [import.meta.filename];
  if (role === 'cell') await cell(setting);
  else {
    using interrupted = interruption();
    const { signal } = interrupted;
    const rules = { ttlMs: setting.ttlMs, mostLosses: 1000 };
    await using lab = await openLab({ ...setting, mayOwn: role === 'coordinator', rules, waitUntil: signal });
    if (role === 'worker') {
      const offer = { name: `${name}-${process.pid}`, has: [], cores: 1 };
      const runner = processRunner(process.execPath, [...own, 'cell']);
      const limits = { stealShare: 1, clockStepMs: 1e9, lagMs: 1e9, pressed: { cpuPressure: 1e9, lagMs: 0 } };
      await work({ lab: lab.service, offer, runner, signal, limits, onNote: note });
    } else {
      await lab.service.addRun({ id: CHAOS_RUN, title: 'chaos', detail: {} });
      await lab.service.addCells(CHAOS_RUN, cellsOf(setting));
      await using _pool = new WorkerPool({
        count: setting.workers,
        command: process.execPath,
        parameters: (worker) => [...own, 'worker', worker],
        onNote: note,
      });
      await followRun(lab.service, { run: CHAOS_RUN, onResult: () => {}, signal });
    }
  }
}

function cellsOf({ cells, leastMs, mostMs }: ChaosSetting) {
  return Array.from({ length: cells }, (_, index) => ({
    key: `cell-${index}`,
    priority: -index,
    needs: [],
    setup: `setup-${index % 3}`,
    payload: { sleepMs: leastMs + ((index * 7919) % 101) * ((mostMs - leastMs) / 100) },
  }));
}

/** Sleeps beside a process of its own, which must not outlive it. */
async function cell({ evidence }: ChaosSetting): Promise<void> {
  await serveCell(async ({ cell: id, key, token, payload }) => {
    const { sleepMs } = payload as { sleepMs: number };
    await using _beside = spawnOwned('sleep', ['600'], { name: 'beside' });
    await delay(sleepMs);
    const file = join(evidence, `${key}-${token}`);
    writeFileSync(file, id);
    return { verdict: 'pass', durationMs: sleepMs, evidence: file };
  });
}
