/**
 * What the lab costs: the time of a cell in queue, leases and store; 10,000 cells that do nothing through four worker processes; two workers against one;
 * and the simulation of 100,000 cells and 1,000 workers on a virtual clock. On PGlite, and on a Postgres with its default settings where there is one.
 *
 *     npm run bench:lab [-- --cells 10000] [--json]
 */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openTemporaryDirectory, spawnOwned } from '@plugfest/host';
import { type LabService, openLab } from '../packages/lab/src/index.ts';
import { findPostgres, startPostgres } from '../packages/lab/src/postgres-fixture.ts';
import { Simulation } from '../packages/lab/src/simulation-fixture.ts';

const { values } = parseArgs({
  options: { cells: { type: 'string', default: '10000' }, json: { type: 'boolean', default: false } },
});

interface Line {
  readonly what: string;
  readonly measured: string;
  readonly goal: string;
  readonly holds: boolean;
}

const lines: Line[] = [];
const LATENCY_CELLS = 2000;
const SLEEP_MS = 400;
const SLEEP_CELLS = 60;

function add(what: string, measured: string, goal: string, holds: boolean): void {
  lines.push({ what, measured, goal, holds });
  process.stderr.write(`${holds ? 'ok  ' : 'FAIL'} ${what}: ${measured} (${goal})\n`);
}

async function newRun(lab: LabService, id: string, count: number, sleepMs: number): Promise<void> {
  await lab.addRun({ id, title: id, detail: null });
  await lab.addCells(
    id,
    Array.from({ length: count }, (_, index) => ({
      key: `${index}`,
      priority: -index,
      needs: [],
      setup: '',
      payload: { sleepMs },
    })),
  );
}

/** From asking for a cell to having its verdict stored, one after another. */
async function latency(lab: LabService, engine: string, goalMs: number): Promise<void> {
  await newRun(lab, 'latency', LATENCY_CELLS, 0);
  const tookMs: number[] = [];
  for (let index = 0; index < LATENCY_CELLS; index++) {
    const sinceMs = performance.now();
    const lease = await lab.lease({ name: 'bench', has: [], cores: 1, warm: [] });
    if (!lease) throw new Error(`only ${index} cells were there`);
    await lab.settle({ ...lease, worker: 'bench' }, { verdict: 'pass', durationMs: 0 });
    tookMs.push(performance.now() - sinceMs);
  }
  const sorted = tookMs.toSorted((a, b) => a - b);
  const at = (share: number): string => `${(sorted[Math.floor(share * sorted.length)] ?? 0).toFixed(1)}`;
  const meanMs = tookMs.reduce((sum, ms) => sum + ms, 0) / tookMs.length;
  const measured = `mean ${meanMs.toFixed(1)} ms, median ${at(0.5)}, 95 % ${at(0.95)}`;
  add(`${engine}: a cell in queue, lease and store`, measured, `≤ ${goalMs} ms`, meanMs <= goalMs);
  await lab.endRun('latency');
}

interface Drained {
  readonly tookMs: number;
  readonly results: number;
  readonly leasedOnce: boolean;
}

/** Worker processes of their own, until all cells have their verdicts. The clock runs from the first verdict: starting Node is not what is measured. */
async function drain(lab: LabService, run: string, workers: number, directory: string, url: string): Promise<Drained> {
  await using stack = new AsyncDisposableStack();
  for (let index = 0; index < workers; index++) {
    const name = `worker-${index}`;
    const env = { PLUGFEST_DATABASE_URL: url };
    const program = join(import.meta.dirname, 'lab/worker.ts');
    const worker = stack.use(spawnOwned(process.execPath, [program, name, directory], { name, env }));
    worker.stdout.resume();
  }
  for (;;) {
    const [status] = await lab.runs(run);
    if (status && status.waiting + status.leased === 0) break;
    await delay(100);
  }
  const results = await lab.results(run);
  const settledMs = results.map(({ settledAtMs }) => settledAtMs);
  return {
    tookMs:
      settledMs.reduce((most, ms) => Math.max(most, ms), 0) - settledMs.reduce((least, ms) => Math.min(least, ms)),
    results: results.length,
    leasedOnce: results.every(({ token, losses }) => token === 1 && losses.length === 0),
  };
}

async function benchmark(engine: string, url: string, goalMs: number): Promise<void> {
  await using temporary = await openTemporaryDirectory('bench-lab');
  const directory = join(temporary.path, 'lab');
  await using lab = await openLab({ directory, ...(url ? { databaseUrl: url } : {}), mayOwn: true });
  await latency(lab.service, engine, goalMs);

  const count = Number(values.cells);
  await newRun(lab.service, 'many', count, 0);
  const many = await drain(lab.service, 'many', 4, directory, url);
  const rate = `${many.results} verdicts in ${(many.tookMs / 1000).toFixed(1)} s, ${(many.tookMs / count).toFixed(1)} ms a cell`;
  add(
    `${engine}: ${count} cells through 4 workers`,
    rate,
    'none lost, none twice',
    many.results === count && many.leasedOnce,
  );
  await lab.service.endRun('many');

  await newRun(lab.service, 'one', SLEEP_CELLS, SLEEP_MS);
  const one = await drain(lab.service, 'one', 1, directory, url);
  await newRun(lab.service, 'two', SLEEP_CELLS, SLEEP_MS);
  const two = await drain(lab.service, 'two', 2, directory, url);
  const ratio = one.tookMs / two.tookMs;
  const times = `${ratio.toFixed(2)}: ${(one.tookMs / 1000).toFixed(1)} s and ${(two.tookMs / 1000).toFixed(1)} s`;
  add(`${engine}: two workers against one, ${SLEEP_CELLS} cells of ${SLEEP_MS} ms`, times, '≥ 1.8', ratio >= 1.8);
}

async function simulate(): Promise<void> {
  const sinceMs = performance.now();
  const faults = { crash: 0.02, stop: 0.03, loss: 0.02, twice: 0.02 };
  const options = { cells: 100_000, workers: 1000, seed: 7, faults, poisonEvery: 5000 };
  const summary = await new Simulation(options).run();
  const { settled, unfenced, crashes, stops, messagesLost, lateResults, refusals, poisoned, verdicts, runAgain } =
    summary;
  const measured = `${settled} settled, ${runAgain} ran again after ${crashes} deaths, ${stops} stops and ${messagesLost} lost messages; ${lateResults} late results refused; ${((performance.now() - sinceMs) / 1000).toFixed(1)} s for ${summary.virtualHours.toFixed(1)} h`;
  const holds = settled === 100_000 && unfenced === 0 && lateResults === refusals && verdicts.error === poisoned;
  add('simulation: 100,000 cells, 1,000 workers', measured, 'one verdict each, no late one taken', holds);
}

await simulate();
await benchmark('PGlite', '', 20);
const postgres = await findPostgres();
if (postgres.found) {
  await using server = await startPostgres();
  await benchmark('Postgres', server.url, 10);
} else process.stderr.write(`Postgres is left out: ${postgres.reason}\n`);

if (values.json) process.stdout.write(`${JSON.stringify(lines, null, 2)}\n`);
else {
  const rows = lines.map(
    ({ what, measured, goal, holds }) => `| ${what} | ${measured} | ${goal} | ${holds ? 'yes' : 'no'} |`,
  );
  process.stdout.write(`| what | measured | goal | holds |\n|---|---|---|---|\n${rows.join('\n')}\n`);
}
process.exitCode = lines.every(({ holds }) => holds) ? 0 : 1;
