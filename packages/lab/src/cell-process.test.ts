import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Lease } from './cell.ts';
import { LeaseLost, processRunner } from './cell-process.ts';

const MODULE = JSON.stringify(join(import.meta.dirname, 'cell-process.ts'));
const HOST = JSON.stringify(join(import.meta.dirname, '../../host/src/index.ts'));

const lease = (ttlMs: number): Lease => ({
  cell: 'id',
  token: 3,
  run: 'r',
  key: 'k',
  setup: '',
  payload: { n: 1 },
  ttlMs,
});

/** A cell's process with this body; `lease` is there, and `mark` tells its processes apart. */
function cellOf(body: string, mark = 'none') {
  const program = `import { serveCell } from ${MODULE}; import { spawnOwned } from ${HOST};
    await serveCell(async (lease) => { ${body} });`;
  return processRunner('env', [`LAB_TEST=${mark}`, process.execPath, '--input-type=module', '-e', program]);
}

function marked(mark: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`LAB_TEST=${mark}`);
    } catch {
      return false;
    }
  });
}

const never = new AbortController().signal;

test('runs in a fresh process, which is told its lease and says what came of it', async () => {
  const body = `return { verdict: 'fail', reason: lease.key + lease.token, durationMs: 1, detail: { pid: process.pid, payload: lease.payload } };`;
  const run = () => cellOf(body).run(lease(10_000), never, () => {});
  const [a, b] = await Promise.all([run(), run()]);
  expect(a).toMatchObject({ verdict: 'fail', reason: 'k3', detail: { payload: { n: 1 } } });
  expect((a.detail as { pid: number }).pid).not.toBe((b.detail as { pid: number }).pid);
});

test('what dies, or says nothing that can be read, is an error with its last words', async () => {
  const died = await cellOf(`console.error('no room'); process.exit(7);`).run(lease(10_000), never, () => {});
  expect(died).toMatchObject({ verdict: 'error', reason: expect.stringMatching(/ended with code 7.*: no room/s) });
  const nonsense = await cellOf(`return { verdict: 'splendid' };`).run(lease(10_000), never, () => {});
  expect(nonsense).toMatchObject({ verdict: 'error', reason: expect.stringMatching(/said nothing of its verdict/) });
});

test.skipIf(process.platform !== 'linux')(
  'without renewals it kills itself and what it started, whoever is stopped',
  async () => {
    const mark = `stopped-${process.pid}`;
    const body = `spawnOwned('sleep', ['600'], { name: 'beside' }); await new Promise(() => {});`;
    const outcome = await cellOf(body, mark).run(lease(1500), never, () => {});
    expect(outcome).toMatchObject({ verdict: 'error', reason: expect.stringContaining('SIGKILL') });
    await expect.poll(() => marked(mark), { timeout: 5000 }).toEqual([]);
  },
);

test('with renewals it lives for longer than one lease', async () => {
  const body = `await new Promise((resolve) => setTimeout(resolve, 4000)); return { verdict: 'pass', durationMs: 1 };`;
  let timer: NodeJS.Timeout | undefined;
  const outcome = await cellOf(body).run(lease(2500), never, (renewed) => {
    timer = setInterval(renewed, 300);
  });
  clearInterval(timer);
  expect(outcome.verdict).toBe('pass');
});

test.skipIf(process.platform !== 'linux')('a lost lease kills it at once', async () => {
  const mark = `lost-${process.pid}`;
  const lost = new AbortController();
  const running = cellOf(`await new Promise(() => {});`, mark).run(lease(60_000), lost.signal, () => {});
  await expect.poll(() => marked(mark).length, { timeout: 10_000 }).toBeGreaterThan(0);
  lost.abort(new LeaseLost('stale-token'));
  expect(await running).toMatchObject({ verdict: 'error' });
  await expect.poll(() => marked(mark), { timeout: 5000 }).toEqual([]);
});
