import { parentPort, workerData } from 'node:worker_threads';
import { seededRandom } from '@plugfest/model';
import { mutate } from './mutate.ts';
import { TARGETS } from './targets.ts';

interface Job {
  readonly name: string;
  readonly seeds: readonly Uint8Array[];
  readonly seed: number;
  readonly seconds: number;
  readonly last: SharedArrayBuffer;
}

/** CPU time of one input, the least of three tries: other work of the machine is not the parser's. */
const SLOW_MS = 50;
const REPORT_EVERY_MS = 500;

const { name, seeds, seed, seconds, last } = workerData as Job;
const target = TARGETS[name];
if (!target) throw new Error(`no target ${name}`);
const random = seededRandom(seed);
const pool = [...seeds, Buffer.from(target.seed, 'latin1')];
const endMs = performance.now() + seconds * 1000;
let inputs = 0;
let slowestMs = 0;
let reportedMs = performance.now();

for (let n = 0; performance.now() < endMs; n++) {
  // First the seeds as they are: crashers of earlier runs are among them.
  const input = n < pool.length ? (pool[n] as Uint8Array) : mutate(pool, random);
  note(input);
  const why = tried(input);
  if (why !== undefined) {
    parentPort?.postMessage({ isDone: true, inputs, slowestMs, fault: { why, input } });
    process.exit(0);
  }
  if (performance.now() - reportedMs < REPORT_EVERY_MS) continue;
  reportedMs = performance.now();
  parentPort?.postMessage({ isDone: false, inputs, slowestMs });
}
parentPort?.postMessage({ isDone: true, inputs, slowestMs });

function note(input: Uint8Array): void {
  const kept = input.subarray(0, last.byteLength - 4);
  new DataView(last).setUint32(0, kept.length);
  new Uint8Array(last, 4).set(kept);
}

/** Why the target failed on it; undefined where all is well. */
function tried(input: Uint8Array): string | undefined {
  inputs++;
  try {
    let ms = timed(input);
    for (let again = 0; again < 2 && ms >= SLOW_MS; again++) ms = Math.min(ms, timed(input));
    slowestMs = Math.max(slowestMs, ms);
    return ms >= SLOW_MS ? `${ms.toFixed(0)} ms for ${input.length} bytes` : undefined;
  } catch (error) {
    return `threw ${String(error)}`;
  }
}

function timed(input: Uint8Array): number {
  const sinceMs = performance.now();
  target?.take(input);
  return performance.now() - sinceMs;
}
