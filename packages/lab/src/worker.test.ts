import { expect, test } from 'vitest';
import type { Outcome } from './cell.ts';
import { type CellRunner, LeaseLost } from './cell-process.ts';
import { Lab, type LabForWorkers } from './lab.ts';
import { MemoryStorage } from './memory-storage-fixture.ts';
import { StoreFault } from './store-fault.ts';
import { type WorkerOptions, work } from './worker.ts';

const HEALTHY = { stealShare: 1, clockStepMs: 1e9, lagMs: 1e9, pressed: { cpuPressure: 1e9, lagMs: 0 } };

async function labWith(ttlMs: number, ...keys: string[]) {
  const storage = new MemoryStorage(() => performance.now());
  const lab = new Lab(storage, { ttlMs, mostLosses: 5 });
  const cells = keys.map((key, index) => ({ key, priority: -index, needs: [], setup: '', payload: null }));
  await lab.addCells('run', cells);
  return { storage, lab };
}

/** Works until `until` holds. */
async function workUntil(
  until: () => boolean,
  options: Partial<WorkerOptions> & Pick<WorkerOptions, 'lab' | 'runner'>,
) {
  const stop = new AbortController();
  const working = work({ offer: { name: 'w', has: [], cores: 1 }, signal: stop.signal, limits: HEALTHY, ...options });
  await expect.poll(until, { timeout: 10_000, interval: 10 }).toBe(true);
  stop.abort();
  await working;
}

const saying = (outcome: Partial<Outcome>): CellRunner => ({
  run: async () => ({ verdict: 'pass', durationMs: 1, ...outcome }),
});

test('says its result until the store answers', async () => {
  const { lab, storage } = await labWith(60_000, 'a');
  let away = 3;
  const flaky: LabForWorkers = {
    lease: (offer) => lab.lease(offer),
    renew: (reference) => lab.renew(reference),
    giveBack: (reference) => lab.giveBack(reference),
    settle: async (reference, outcome) => {
      const settled = await lab.settle(reference, outcome);
      // The answer is lost: the result is there, and is said again.
      if (--away >= 0) throw new StoreFault('unreachable', 'db', 'gone');
      return settled;
    },
  };
  await workUntil(() => away < 0, { lab: flaky, runner: saying({}) });
  expect([...storage.finals.values()]).toMatchObject([{ key: 'a', verdict: 'pass' }]);
  expect(storage.late).toEqual([]);
});

test('a fault of the store that does not pass ends the worker', async () => {
  const full = (): never => {
    throw new StoreFault('disk-full', 'db', 'no space');
  };
  const lab = { lease: async () => full() } as unknown as LabForWorkers;
  const working = work({
    lab,
    offer: { name: 'w', has: [], cores: 1 },
    runner: saying({}),
    signal: new AbortController().signal,
  });
  await expect(working).rejects.toMatchObject({ code: 'disk-full' });
});

test('renews while the cell runs; a cell whose lease is lost is killed and not settled', async () => {
  const { lab, storage } = await labWith(150, 'a');
  const reasons: unknown[] = [];
  let first = true;
  const runner: CellRunner = {
    run: async ({ cell }, signal) => {
      if (!first) return { verdict: 'pass', durationMs: 2 };
      first = false;
      // Four leases long, then another one has it.
      await new Promise((resolve) => setTimeout(resolve, 600));
      const renewed = await storage.cell(cell);
      reasons.push(renewed?.state.token, renewed?.state.losses.length);
      if (renewed?.state.phase === 'leased')
        await storage.save(renewed, { phase: 'waiting', token: 5, losses: [] }, performance.now());
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      reasons.push(signal.reason instanceof LeaseLost);
      return { verdict: 'error', durationMs: 1 };
    },
  };
  await workUntil(() => storage.finals.size === 1, { lab, runner });
  expect(reasons).toEqual([1, 0, true]);
  expect([...storage.finals.values()]).toMatchObject([{ verdict: 'pass', token: 6 }]);
});

test('told to stop, it gives its cell back', async () => {
  const { lab, storage } = await labWith(60_000, 'a');
  let running = false;
  const runner: CellRunner = {
    run: async (_, signal) => {
      running = true;
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      return { verdict: 'error', reason: 'interrupted', durationMs: 1 };
    },
  };
  await workUntil(() => running, { lab, runner });
  expect((await storage.cell('run/a'))?.state).toEqual({ phase: 'waiting', token: 1, losses: [] });
});

test('on a machine that is not well, a failure is the harness’s', async () => {
  const { lab, storage } = await labWith(60_000, 'a', 'b');
  const runner: CellRunner = {
    run: async ({ key }) => ({ verdict: key === 'a' ? 'fail' : 'pass', reason: 'froze', durationMs: 1 }),
  };
  // Any movement of the clocks against each other is too much.
  await workUntil(() => storage.finals.size === 2, { lab, runner, limits: { ...HEALTHY, clockStepMs: -1 } });
  expect([...storage.finals.values()]).toMatchObject([
    {
      key: 'a',
      verdict: 'error',
      reason: expect.stringMatching(/wall clock stepped.*The cell itself said fail: froze/),
    },
    { key: 'b', verdict: 'pass' },
  ]);
  expect((await storage.workers())[0]?.ailments).toHaveLength(1);
});

test('what the cell’s own process found counts', async () => {
  const { lab, storage } = await labWith(60_000, 'a');
  const runner = saying({ verdict: 'fail', health: { cpuPressure: 0.97, clockStepMs: 0, lagMs: 52 } });
  await workUntil(() => storage.finals.size === 1, {
    lab,
    runner,
    limits: { ...HEALTHY, pressed: { cpuPressure: 0.9, lagMs: 25 } },
  });
  expect([...storage.finals.values()]).toMatchObject([
    {
      verdict: 'error',
      reason: expect.stringMatching(/waited for a CPU in 97\.0 % of the time and timers were 5\d ms late/),
      health: { cpuPressure: 0.97 },
    },
  ]);
});

test('a runner that throws is an error, and the worker goes on', async () => {
  const { lab, storage } = await labWith(60_000, 'a', 'b');
  const runner: CellRunner = {
    run: async ({ key }) => {
      if (key === 'a') throw new Error('EMFILE: too many open files');
      return { verdict: 'pass', durationMs: 1 };
    },
  };
  await workUntil(() => storage.finals.size === 2, { lab, runner });
  expect([...storage.finals.values()]).toMatchObject([
    { verdict: 'error', reason: expect.stringContaining('EMFILE') },
    { verdict: 'pass' },
  ]);
});
