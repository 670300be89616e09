/** A lab whose machine runs out of something, in a process and a mount namespace of its own. Started by `starved-fixture.ts`; says what it saw as JSON. */
import { execFileSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { Lease } from './cell.ts';
import { processRunner } from './cell-process.ts';
import type { LabService } from './lab.ts';
import { type OpenLab, openLab } from './open-lab.ts';
import { startPostgres } from './postgres-fixture.ts';
import { StoreFault } from './store-fault.ts';

export interface StarvedReport {
  /** What the store said, by its name; absent where it said nothing. */
  readonly code?: string;
  readonly message?: string;
  /** Results that were committed before, and how many of them are there after. */
  readonly before: number;
  readonly after: number;
  /** Once there is room again, a cell can be run. */
  readonly goesOn: boolean;
  /** What a cell's process came to, where it could not be started. */
  readonly cell?: string;
}

const RUN = 'starved';
const MOST_CELLS = 5000;

if (import.meta.main) {
  const [kind = '', directory = ''] = process.argv.slice(2);
  const kinds: Record<string, (directory: string) => Promise<StarvedReport>> = {
    'disk-full': (path) => diskFull(path),
    'disk-full-postgres': diskFullPostgres,
    'read-only': readOnly,
    'too-many-files': tooManyFiles,
  };
  const report = await kinds[kind]?.(directory);
  process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit());
}

async function commit(lab: LabService, key: string, bytes = 0): Promise<void> {
  await lab.addCells(RUN, [{ key, priority: 0, needs: [], setup: '', payload: null }]);
  const lease = await lab.lease({ name: 'w', has: [], cores: 1, warm: [] });
  if (!lease) throw new Error(`${key} is not to be leased`);
  // What compresses to nothing would fill no disk.
  const detail = Array.from({ length: bytes / 8 }, () => Math.random().toString(36).slice(2, 10)).join('');
  const settled = await lab.settle({ ...lease, worker: 'w' }, { verdict: 'pass', durationMs: 1, detail });
  if (!settled.ok) throw new Error(settled.error);
}

async function fill(lab: LabService): Promise<{ committed: number; fault?: StoreFault }> {
  for (let committed = 0; committed < MOST_CELLS; committed++) {
    try {
      await commit(lab, `cell-${committed}`, 256 * 1024);
    } catch (fault) {
      return { committed, ...(fault instanceof StoreFault ? { fault } : {}) };
    }
  }
  return { committed: MOST_CELLS };
}

async function close(lab: OpenLab): Promise<void> {
  try {
    await lab[Symbol.asyncDispose]();
  } catch {
    // It cannot write its last page: that is what its log is for.
  }
}

async function afterwards(open: () => Promise<OpenLab>): Promise<Pick<StarvedReport, 'after' | 'goesOn'>> {
  await using lab = await open();
  const after = (await lab.service.results(RUN)).filter(({ verdict }) => verdict === 'pass').length;
  // The cell of the failure may wait, or be leased still: another one shows that work goes on.
  await lab.service.addRun({ id: 'again', title: 'again', detail: null });
  const cells = [{ key: 'again', priority: 9, needs: ['tag:again'], setup: '', payload: null }];
  await lab.service.addCells('again', cells);
  const lease = await lab.service.lease({ name: 'x', has: ['tag:again'], cores: 1, warm: [] });
  const settled = lease && (await lab.service.settle({ ...lease, worker: 'x' }, { verdict: 'pass', durationMs: 1 }));
  return { after, goesOn: settled?.ok === true };
}

async function diskFull(directory: string): Promise<StarvedReport> {
  const open = (): Promise<OpenLab> => openLab({ directory: join(directory, 'lab'), mayOwn: true });
  const lab = await open();
  await lab.service.addRun({ id: RUN, title: RUN, detail: null });
  const { committed, fault } = await fill(lab.service);
  await close(lab);
  execFileSync('mount', ['-o', 'remount,size=1g', directory]);
  return { code: fault?.code, message: fault?.message, before: committed, ...(await afterwards(open)) };
}

async function diskFullPostgres(directory: string): Promise<StarvedReport> {
  process.env.TMPDIR = directory;
  await using server = await startPostgres(['max_wal_size=32MB', 'min_wal_size=32MB']);
  const open = (): Promise<OpenLab> => openLab({ directory, databaseUrl: server.url, mayOwn: true });
  const lab = await open();
  await lab.service.addRun({ id: RUN, title: RUN, detail: null });
  const { committed, fault } = await fill(lab.service);
  await close(lab);
  execFileSync('mount', ['-o', 'remount,size=1g', directory]);
  await server.restart();
  return { code: fault?.code, message: fault?.message, before: committed, ...(await afterwards(open)) };
}

async function readOnly(directory: string): Promise<StarvedReport> {
  const open = (): Promise<OpenLab> => openLab({ directory: join(directory, 'lab'), mayOwn: true });
  const lab = await open();
  await lab.service.addRun({ id: RUN, title: RUN, detail: null });
  for (let n = 0; n < 5; n++) await commit(lab.service, `cell-${n}`);
  await close(lab);
  execFileSync('mount', ['-o', 'remount,ro', directory]);
  const fault = await open().then(
    async (opened) => void (await close(opened)),
    (refused: StoreFault) => refused,
  );
  execFileSync('mount', ['-o', 'remount,rw', directory]);
  return { code: fault?.code, message: fault?.message, before: 5, ...(await afterwards(open)) };
}

async function tooManyFiles(directory: string): Promise<StarvedReport> {
  const open = (): Promise<OpenLab> => openLab({ directory: join(directory, 'lab'), mayOwn: true });
  const lab = await open();
  await lab.service.addRun({ id: RUN, title: RUN, detail: null });
  for (let n = 0; n < 5; n++) await commit(lab.service, `cell-${n}`);
  await close(lab);
  const taken: number[] = [];
  try {
    for (;;) taken.push(openSync('/dev/null', 'r'));
  } catch {
    // Now there are none left.
  }
  const lease: Lease = { cell: '', token: 1, run: RUN, key: 'cell', setup: '', payload: null, ttlMs: 1000 };
  const { reason } = await processRunner('sleep', ['1'])
    .run(lease, new AbortController().signal, () => {})
    .catch((fault: Error) => ({ reason: fault.message }));
  const fault = await open().then(
    async (opened) => void (await close(opened)),
    (refused: StoreFault) => refused,
  );
  for (const descriptor of taken) closeSync(descriptor);
  return { code: fault?.code, message: fault?.message, before: 5, cell: reason, ...(await afterwards(open)) };
}
