import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { seededRandom } from '@plugfest/model';
import { TARGETS } from './fuzz/targets.ts';

/**
 * Throws mutated bytes at every parser of peers' bytes. A target fails where it throws, or where one input takes longer than its limit; the
 * input is then kept under `benchmarks/fuzz/crashers/<target>/` and tried first from then on.
 *
 *   npm run fuzz                              60 s a target
 *   npm run fuzz -- --seconds 5 --only sdp    shorter, one target
 *   npm run fuzz -- --seed 7                  the same inputs again
 */
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    only: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 1e9) },
    data: { type: 'string', default: fileURLToPath(new URL('../../shared/data', import.meta.url)) },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log('npm run fuzz -- [--seconds 60] [--only <target>] [--seed <number>] [--data <directory of seeds>]');
  console.log(`targets: ${Object.keys(TARGETS).join(', ')}`);
  process.exit(0);
}
const seconds = Number(values.seconds);
const seed = Number(values.seed);
const names = Object.keys(TARGETS).filter((name) => values.only === undefined || name === values.only);
if (names.length === 0 || !(seconds > 0) || !Number.isInteger(seed)) {
  console.error(`fuzz: no such target, or no such number; targets: ${Object.keys(TARGETS).join(', ')}`);
  process.exit(2);
}

const CRASHERS = fileURLToPath(new URL('./fuzz/crashers/', import.meta.url));
/** A worker that says nothing for so long hangs in an input. */
const SILENCE_MS = 5_000;

export interface FuzzReport {
  readonly inputs: number;
  readonly slowestMs: number;
  readonly fault?: { readonly why: string; readonly input: Uint8Array };
}

console.log(
  `seed ${seed}, ${seconds} s a target, seeds from ${existsSync(values.data) ? 'the test data' : 'the targets alone (no test data there)'}`,
);
let failed = 0;
for (const name of names) {
  const report = await fuzz(name);
  const line = `${name.padEnd(14)} ${String(report.inputs).padStart(9)} inputs, slowest ${report.slowestMs.toFixed(1)} ms`;
  if (report.fault) failed++;
  console.log(report.fault ? `${line}: FAILED ${report.fault.why}: ${keep(name, report.fault.input)}` : line);
}
console.log(`${names.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

function fuzz(name: string): Promise<FuzzReport> {
  const { promise, resolve } = Promise.withResolvers<FuzzReport>();
  const seeds = [...filesIn(join(CRASHERS, name)), ...seedsOf(name)];
  // The last input lies in shared memory, so that one that hangs is known.
  const last = new SharedArrayBuffer(1 << 20);
  const worker = new Worker(new URL('./fuzz/worker.ts', import.meta.url), {
    workerData: { name, seeds, seed: seededRandom(seed).fork(name).uint32(), seconds, last },
  });
  let inputs = 0;
  const hangs = (): void => {
    void worker.terminate();
    const length = new DataView(last).getUint32(0);
    const input = new Uint8Array(last, 4, length).slice();
    resolve({ inputs, slowestMs: SILENCE_MS, fault: { why: `no end after ${SILENCE_MS} ms`, input } });
  };
  let watch = setTimeout(hangs, SILENCE_MS);
  worker.on('message', (message: FuzzReport & { readonly isDone: boolean }) => {
    inputs = message.inputs;
    clearTimeout(watch);
    if (message.isDone) resolve(message);
    else watch = setTimeout(hangs, SILENCE_MS);
  });
  worker.on('error', (error) => {
    clearTimeout(watch);
    resolve({ inputs, slowestMs: 0, fault: { why: String(error), input: new Uint8Array() } });
  });
  return promise;
}

function seedsOf(name: string): Uint8Array[] {
  const folders = TARGETS[name]?.folders ?? [];
  return folders.flatMap((folder) => filesIn(join(values.data, folder)));
}

function filesIn(folder: string): Uint8Array[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.json') && !entry.name.endsWith('.md'))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)))
    .filter((bytes) => bytes.length < 100_000);
}

function keep(name: string, input: Uint8Array): string {
  const path = join(CRASHERS, name, `${createHash('sha256').update(input).digest('hex').slice(0, 16)}.bin`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, input);
  return path;
}
