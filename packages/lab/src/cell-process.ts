import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { type OwnedProcess, spawnOwned } from '@plugfest/host';
import { verdictSchema } from '@plugfest/model';
import { z } from 'zod';
import type { Lease, Outcome } from './cell.ts';

/** Runs one leased cell. `signal` is aborted when the lease is lost, or the worker is to stop. */
export interface CellRunner {
  run(lease: Lease, signal: AbortSignal, renewed: (listener: () => void) => void): Promise<Outcome>;
}

const healthSchema = z.object({
  stealShare: z.number().optional(),
  cpuPressure: z.number().optional(),
  clockStepMs: z.number(),
  lagMs: z.number(),
});

const outcomeSchema = z.object({
  verdict: verdictSchema,
  reason: z.string().optional(),
  durationMs: z.number(),
  health: healthSchema.optional(),
  evidence: z.string().optional(),
  detail: z.unknown().optional(),
});

/** The file descriptor on which a cell's process says what came of it. */
const OUTCOME_FD = 3;
const MOST_OUTCOME_BYTES = 1024 * 1024;

/**
 * A fresh process for each cell, in a group of its own: it ends with its lease, also where this worker cannot see to it because it was stopped
 * itself. Over standard input it is told the lease, and then of each renewal; without one in time it kills its group (`serveCell`).
 */
export function processRunner(command: string, parameters: readonly string[]): CellRunner {
  return {
    run: async (lease, signal, renewed) => {
      const startedMs = performance.now();
      await using child = spawnOwned(command, parameters, {
        name: `cell ${lease.key}`,
        stdin: 'pipe',
        extraFds: 1,
      });
      child.stdout.resume();
      const onAbort = (): void => void child.stop(signal.reason instanceof LeaseLost ? 0 : undefined);
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) onAbort();
      child.stdin?.write(`${JSON.stringify(lease)}\n`);
      renewed(() => child.stdin?.write('renewed\n'));
      const said = readAll(child);
      const { code, signal: killedBy } = await child.exited;
      signal.removeEventListener('abort', onAbort);
      const outcome = parseOutcome(await said);
      if (outcome) return outcome;
      const end = killedBy ? `was killed by ${killedBy}` : `ended with code ${code}`;
      const words = child.stderrTail().trim().split('\n').slice(-3).join('\n');
      return {
        verdict: 'error',
        reason: `the cell’s process ${end} and said nothing of its verdict${words ? `: ${words}` : ''}`,
        durationMs: performance.now() - startedMs,
      };
    },
  };
}

/** Why a cell is killed at once: somebody else may have it already. */
export class LeaseLost extends Error {}

async function readAll({ extra }: OwnedProcess): Promise<string> {
  const pipe = extra[0];
  if (!pipe) return '';
  const parts: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const part of pipe as AsyncIterable<Uint8Array>) {
      bytes += part.length;
      if (bytes <= MOST_OUTCOME_BYTES) parts.push(part);
    }
  } catch {
    // The process was killed: what it said until then counts.
  }
  return Buffer.concat(parts).toString('utf8');
}

function parseOutcome(text: string): Outcome | undefined {
  try {
    return outcomeSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/**
 * The other side, in the cell's process: waits for the lease, runs the cell, says what came of it. When no renewal comes for as long as the lease
 * lasts, or the worker is gone, it kills its whole group: whatever it does then would be done beside its successor.
 */
export async function serveCell(run: (lease: Lease) => Promise<Outcome>): Promise<void> {
  const lines = createInterface({ input: process.stdin });
  const { promise, resolve } = Promise.withResolvers<Lease>();
  let lease: Lease | undefined;
  let end: NodeJS.Timeout | undefined;
  let done = false;
  const live = (): void => {
    clearTimeout(end);
    end = setTimeout(killOwnGroup, lease?.ttlMs);
  };
  lines.on('line', (line) => {
    if (!lease) {
      lease = JSON.parse(line) as Lease;
      resolve(lease);
    }
    live();
  });
  lines.once('close', () => {
    if (!done) killOwnGroup();
  });
  const outcome = await run(await promise);
  await new Promise<void>((written) => {
    const pipe = createWriteStream('', { fd: OUTCOME_FD });
    pipe.once('error', () => written());
    pipe.end(JSON.stringify(outcome), () => written());
  });
  done = true;
  clearTimeout(end);
  lines.close();
  process.stdin.destroy();
}

function killOwnGroup(): void {
  try {
    process.kill(-process.pid, 'SIGKILL');
  } catch {
    // It leads no group: somebody started it by hand.
    process.exit(1);
  }
}
