/**
 * What the lab survives: random SIGKILLs and SIGSTOPs of workers and coordinators in a matrix of short cells, on PGlite and on Postgres, with the database
 * killed and started again; a full disk, no descriptors left, a read-only directory.
 *
 *     npm run chaos [-- --faults 200] [--seed 1] [--only pglite|postgres|starved|matrix]
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { type ChaosReport, objectionsTo, runChaos } from '../packages/lab/src/chaos-fixture.ts';
import { findPostgres } from '../packages/lab/src/postgres-fixture.ts';
import { objectionsToStarved, STARVATIONS, starve, whyNoSmallDisk } from '../packages/lab/src/starved-fixture.ts';

const { values } = parseArgs({
  options: {
    faults: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
  },
});
const faults = Number(values.faults);
const rows: string[][] = [];
let failed = false;

function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

function add(what: string, measured: string, objections: readonly string[]): void {
  if (objections.length > 0) failed = true;
  rows.push([what, measured, objections.join('; ') || 'holds']);
  note(`${what}: ${measured} – ${objections.join('; ') || 'holds'}`);
}

function inWords({
  faults: injected,
  cells,
  leasesLost,
  leasedAgain,
  lateResults,
  survivors,
  tookMs,
}: ChaosReport): string {
  const kinds = Object.entries(injected).map(([kind, count]) => `${count} × ${kind}`);
  return `${kinds.join(', ')}; ${cells} cells, ${leasesLost} leases lost by ${leasedAgain} of them, ${lateResults + leasedAgain} late results refused, ${survivors.length} processes alive, ${(tookMs / 1000).toFixed(0)} s`;
}

async function chaosOn(engine: 'pglite' | 'postgres'): Promise<void> {
  const report = await runChaos({
    engine,
    faults,
    // Enough that they last as long as the faults do.
    cells: Math.max(10, Math.round(faults * 1.2)),
    workers: 3,
    seed: Number(values.seed),
    databaseEvery: 20,
    patienceMs: 60_000 + faults * 6000,
    onNote: (text) => process.env.PLUGFEST_DEBUG && note(`  ${text}`),
  });
  add(`chaos on ${engine}`, inWords(report), objectionsTo(report, faults));
}

async function starveAll(hasPostgres: boolean): Promise<void> {
  const reason = await whyNoSmallDisk();
  for (const starvation of STARVATIONS) {
    const { kind } = starvation;
    if (reason || (kind === 'disk-full-postgres' && (!hasPostgres || process.getuid?.() !== 0))) {
      rows.push([kind, `not run: ${reason ?? 'needs Postgres, and root for a file system that it may use'}`, '–']);
      continue;
    }
    const report = await starve(starvation);
    const measured = `“${report.code}”; ${report.after} of ${report.before} earlier results there${report.cell ? `; a cell: “${report.cell}”` : ''}`;
    add(kind, measured, objectionsToStarved(starvation, report));
  }
}

/** The real command, killed and resumed. */
async function killMatrix(): Promise<void> {
  const root = join(import.meta.dirname, '..');
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const parameters = [vitest, 'run', 'packages/cli/src/matrix-workers.test.ts'];
  const env = { ...process.env, PLUGFEST_LONG_TESTS: '1' };
  const failure = await promisify(execFile)(process.execPath, parameters, { cwd: root, env }).then(
    () => undefined,
    (fault: { stdout?: string }) => fault.stdout ?? String(fault),
  );
  if (failure) note(failure);
  const measured =
    'plugfest matrix --workers 2, its coordinator killed, then --resume: six rows, six verdicts, nothing alive';
  add('matrix killed', measured, failure ? ['the test fails'] : []);
}

const postgres = await findPostgres();
const wants = (name: string): boolean => values.only === undefined || values.only === name;
if (wants('pglite')) await chaosOn('pglite');
if (wants('postgres')) {
  if (postgres.found) await chaosOn('postgres');
  else rows.push(['chaos on postgres', `not run: ${postgres.reason}`, '–']);
}
if (wants('starved')) await starveAll(postgres.found);
if (wants('matrix')) await killMatrix();
process.stdout.write(
  `| what | seen | verdict |\n|---|---|---|\n${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}\n`,
);
process.exitCode = failed ? 1 : 0;
