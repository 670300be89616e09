import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openTemporaryDirectory } from '@plugfest/host';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CellSpec, Outcome } from './cell.ts';
import { Lab, type LabService } from './lab.ts';
import { openLab } from './open-lab.ts';
import { findPostgres, startPostgres } from './postgres-fixture.ts';
import { NOW_MS } from './schema.ts';
import type { Sql } from './sql.ts';
import { openPglite } from './sql-pglite.ts';
import { openPostgres } from './sql-postgres.ts';
import { SqlStorage } from './sql-storage.ts';

const postgres = await findPostgres();
if (!postgres.found) process.stderr.write(`store.test.ts leaves Postgres out: ${postgres.reason}\n`);
const ENGINES = postgres.found ? (['pglite', 'postgres'] as const) : (['pglite'] as const);

const PASS: Outcome = { verdict: 'pass', durationMs: 5, detail: { z: 1, a: ['é', null] } };
const offer = (name: string, has: string[] = [], warm: string[] = []) => ({ name, has, cores: 1, warm });
const cell = (key: string, more: Partial<CellSpec> = {}): CellSpec => ({
  key,
  priority: 0,
  needs: [],
  setup: '',
  payload: { key },
  ...more,
});

describe.each(ENGINES)('the store on %s', (engine) => {
  const stack = new AsyncDisposableStack();
  let sql: Sql;
  let lab: LabService;
  let runs = 0;

  beforeAll(async () => {
    sql = engine === 'pglite' ? await openPglite() : openPostgres(stack.use(await startPostgres(['fsync=off'])).url);
    lab = new Lab(stack.use(await SqlStorage.open(sql)), { ttlMs: 60_000, mostLosses: 2 });
  }, 60_000);
  afterAll(() => stack.disposeAsync());

  async function newRun(...cells: CellSpec[]): Promise<string> {
    const id = `run-${++runs}`;
    await lab.addRun({ id, title: id, detail: { runs } });
    await lab.addCells(id, cells);
    return id;
  }

  async function leased(worker = 'w') {
    const lease = await lab.lease(offer(worker));
    if (!lease) throw new Error('nothing to lease');
    return { ...lease, worker };
  }

  /** As if a lease's time were over. */
  const makeOverdue = (id: string) => sql.query(`UPDATE lab.cell SET deadline_ms = 0 WHERE id = $1`, [id]);

  test('leases by priority, keeps one verdict, takes the same one twice', async () => {
    const run = await newRun(cell('low'), cell('high', { priority: 5 }));
    await lab.addCells(run, [cell('high', { priority: 9 })]);
    const high = await leased();
    expect(high).toMatchObject({ key: 'high', token: 1, payload: { key: 'high' }, run });
    expect(await lab.renew(high)).toEqual({ ok: true, value: true });
    expect(await lab.settle(high, PASS)).toEqual({ ok: true, value: 'committed' });
    expect(await lab.settle(high, PASS)).toEqual({ ok: true, value: 'repeated' });
    expect(await lab.settle(high, { ...PASS, verdict: 'fail' })).toEqual({ ok: false, error: 'settled-otherwise' });
    await lab.settle(await leased(), PASS);
    expect(await lab.lease(offer('w'))).toBeUndefined();
    expect(await lab.results(run)).toMatchObject([
      { key: 'high', ...PASS, token: 1, worker: 'w', losses: [] },
      { key: 'low' },
    ]);
    expect(await lab.lateResults(run)).toMatchObject([
      { key: 'high', reason: 'settled-otherwise', outcome: { verdict: 'fail' } },
    ]);
    const [status] = await lab.runs(run);
    expect(status).toMatchObject({ waiting: 0, leased: 0, verdicts: { pass: 2 }, lateResults: 1, detail: { runs } });
  });

  test('a lost lease goes to another worker; what the first says then is refused and kept', async () => {
    const run = await newRun(cell('c'));
    const first = await leased('a');
    await makeOverdue(first.cell);
    expect(await lab.reap()).toBe(1);
    const second = await leased('b');
    expect(second.token).toBe(2);
    expect(await lab.renew(first)).toEqual({ ok: false, error: 'stale-token' });
    expect(await lab.settle(first, PASS)).toEqual({ ok: false, error: 'stale-token' });
    expect(await lab.settle(second, { ...PASS, verdict: 'fail', reason: 'no picture' })).toMatchObject({ ok: true });
    expect(await lab.results(run)).toMatchObject([
      { verdict: 'fail', worker: 'b', losses: [{ worker: 'a', token: 1 }] },
    ]);
    expect(await lab.lateResults(run)).toMatchObject([{ worker: 'a', token: 1, outcome: PASS }]);
  });

  test('what lost its worker waits behind the others: it may be what kills them', async () => {
    await newRun(cell('first', { priority: 9 }), cell('second', { priority: 1 }));
    await makeOverdue((await leased()).cell);
    await lab.reap();
    const order = [await leased(), await leased()];
    expect(order.map(({ key, token }) => `${key} ${token}`)).toEqual(['second 1', 'first 2']);
    for (const lease of order) await lab.settle(lease, PASS);
  });

  test('a cell that loses its workers again and again is an error, by whoever asks for work', async () => {
    const run = await newRun(cell('poison'));
    for (const worker of ['a', 'b']) {
      await makeOverdue((await leased(worker)).cell);
      await lab.reap();
    }
    expect(await lab.lease(offer('c'))).toBeUndefined();
    expect(await lab.results(run)).toMatchObject([
      { verdict: 'error', reason: expect.stringMatching(/2 times.*a, b/) },
    ]);
  });

  test('given back it waits; withdrawn it does not, until it is opened again', async () => {
    const run = await newRun(cell('c'), cell('d'));
    expect(await lab.giveBack(await leased())).toMatchObject({ ok: true });
    expect(await lab.withdraw(run)).toBe(2);
    expect(await lab.lease(offer('w'))).toBeUndefined();
    expect(await lab.reopen(run)).toBe(2);
    const again = await leased();
    expect(again.token).toBeLessThanOrEqual(2);
    await lab.settle(again, PASS);
    await lab.settle(await leased(), PASS);
    await lab.endRun(run);
    expect(await lab.history('c')).toHaveLength(2);
    expect((await lab.history('c'))[0]).toMatchObject({ run });
  });

  test('needs are met, warm set-ups preferred; what nobody has is not-run', async () => {
    const run = await newRun(
      cell('browser', { needs: ['browser:chromium'] }),
      cell('cold', { setup: 'janus' }),
      cell('warm', { setup: 'kamailio' }),
    );
    const lease = await lab.lease(offer('w', [], ['kamailio']));
    expect(lease?.key).toBe('warm');
    expect((await lab.lease(offer('x')))?.key).toBe('cold');
    expect(await lab.lease(offer('x'))).toBeUndefined();
    expect(await lab.settleUnserved(run, 60_000)).toBe(1);
    expect(await lab.results(run)).toMatchObject([
      { key: 'browser', verdict: 'not-run', reason: expect.stringContaining('browser:chromium') },
    ]);
    expect(await lab.workers()).toContainEqual(
      expect.objectContaining({ name: 'w', cell: 'warm', warm: ['kamailio'] }),
    );
    await lab.withdraw(run);
  });

  test('a run that nobody attends to keeps no worker busy', async () => {
    const run = await newRun(cell('left behind'));
    await sql.query(`UPDATE lab.run SET attended_ms = 0 WHERE id = $1`, [run]);
    expect(await lab.lease(offer('w'))).toBeUndefined();
    await lab.attend(run);
    const lease = await leased();
    expect(lease.key).toBe('left behind');
    const { value: sinceMs } = (await sql.query<{ value: number }>(`SELECT ${NOW_MS} AS value`))[0] ?? { value: 0 };
    await lab.settle(lease, PASS);
    expect(await lab.results(run, sinceMs)).toHaveLength(1);
    expect(await lab.results(run, sinceMs + 60_000)).toEqual([]);
  });

  test('who works on a long cell serves its class still', async () => {
    const run = await newRun(cell('now', { needs: ['sipp'] }), cell('later', { needs: ['sipp'] }));
    const lease = await lab.lease(offer('long', ['sipp']));
    await sql.query(`UPDATE lab.worker SET seen_ms = 0`);
    await lab.renew({ cell: lease?.cell ?? '', token: 1, worker: 'long' });
    expect(await lab.settleUnserved(run, 60_000)).toBe(0);
    await sql.query(`UPDATE lab.worker SET seen_ms = 0`);
    expect(await lab.settleUnserved(run, 60_000)).toBe(1);
  });

  test('40 workers at once: every cell once', async () => {
    const run = await newRun(
      ...Array.from({ length: 120 }, (_, index) => cell(`c${index}`, { setup: `${index % 3}` })),
    );
    const work = async (name: string): Promise<number> => {
      for (let done = 0; ; done++) {
        const lease = await lab.lease(offer(name));
        if (!lease) return done;
        expect(await lab.settle({ ...lease, worker: name }, PASS)).toEqual({ ok: true, value: 'committed' });
      }
    };
    const done = await Promise.all(Array.from({ length: 40 }, (_, index) => work(`w${index}`)));
    // One that found nobody's cell free ended early; what is left is for the last.
    expect(done.reduce((sum, count) => sum + count, 0) + (await work('last'))).toBe(120);
    expect(await lab.results(run)).toHaveLength(120);
    expect((await lab.results(run)).every(({ token }) => token === 1)).toBe(true);
  });
});

test.skipIf(!postgres.found)(
  'a Postgres that is killed under it is a fault that passes, whatever it was asked',
  async () => {
    await using server = await startPostgres(['fsync=off']);
    await using lab = await openLab({ directory: '', databaseUrl: server.url, mayOwn: true });
    await lab.service.addRun({ id: 'r', title: 'r', detail: null });
    const codes = new Set<unknown>();
    let over = false;
    const loops = Array.from({ length: 6 }, async (_, index) => {
      while (!over) {
        const asked = index % 2 ? lab.service.attend('r') : lab.service.lease(offer(`w${index}`));
        await asked.catch((fault: { code?: unknown }) => codes.add(fault.code));
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
    await server.restart();
    await server.restart();
    await expect.poll(() => lab.service.runs('r').catch(() => []), { timeout: 10_000 }).toHaveLength(1);
    over = true;
    await Promise.all(loops);
    expect([...codes]).toEqual(['unreachable']);
  },
);

describe('the embedded store', () => {
  test('is open in one process, which serves the others; one of them takes over', async () => {
    await using temporary = await openTemporaryDirectory('lab');
    const directory = join(temporary.path, 'lab');
    const first = await openLab({ directory, mayOwn: true });
    await first.service.addRun({ id: 'night', title: 'A night', detail: null });
    await first.service.addCells('night', [cell('c')]);
    await using worker = await openLab({ directory, mayOwn: false });
    await using second = await openLab({ directory, mayOwn: true });
    const lease = await worker.service.lease(offer('w'));
    expect(lease).toMatchObject({ key: 'c', payload: { key: 'c' } });
    await first[Symbol.asyncDispose]();
    await expect(worker.service.workers()).rejects.toMatchObject({ code: 'unreachable' });
    expect(await second.service.workers()).toHaveLength(1);
    const settled = await worker.service.settle({ cell: lease?.cell ?? '', token: 1, worker: 'w' }, PASS);
    expect(settled).toEqual({ ok: true, value: 'committed' });
    expect(await second.service.results('night')).toMatchObject([{ key: 'c', verdict: 'pass' }]);
  });

  test.skipIf(process.getuid?.() === 0)('says when its directory is read-only', async () => {
    await using temporary = await openTemporaryDirectory('lab');
    mkdirSync(join(temporary.path, 'closed'));
    chmodSync(join(temporary.path, 'closed'), 0o555);
    const opened = openLab({ directory: join(temporary.path, 'closed', 'lab'), mayOwn: true });
    await expect(opened).rejects.toMatchObject({ code: 'no-permission' });
  });
});
