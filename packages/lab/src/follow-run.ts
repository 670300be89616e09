import { setTimeout as delay } from 'node:timers/promises';
import type { CellResult } from './cell.ts';
import type { LabService } from './lab.ts';
import type { RunStatus } from './storage.ts';
import { StoreFault } from './store-fault.ts';

export interface FollowOptions {
  readonly run: string;
  /** Each final verdict once, also those that were there before. */
  readonly onResult: (result: CellResult, status: RunStatus) => void;
  /** After each look; may add or withdraw cells. `end`: nobody is to wait for what is left. */
  readonly onLook?: (status: RunStatus) => Promise<'go-on' | 'end'>;
  readonly signal: AbortSignal;
  readonly everyMs?: number;
}

const EVERY_MS = 250;
/** One that was settled before another may be seen after it: its transaction took longer. */
export const OVERLAP_MS = 60_000;
/** So long may a cell wait for a worker that has what it asks for. */
const UNSERVED_MS = 60_000;

/** Looks after a run until nothing of it waits or is leased. */
export async function followRun(
  lab: LabService,
  { run, onResult, onLook, signal, everyMs = EVERY_MS }: FollowOptions,
): Promise<void> {
  const seen = new Set<string>();
  const sinceMs = performance.now();
  let latestMs = 0;
  while (!signal.aborted) {
    try {
      await lab.attend(run);
      if (performance.now() - sinceMs >= UNSERVED_MS) await lab.settleUnserved(run, UNSERVED_MS);
      const [status] = await lab.runs(run);
      if (!status) return;
      if (Object.values(status.verdicts).reduce((sum, count) => sum + count, 0) > seen.size) {
        for (const result of await lab.results(run, latestMs - OVERLAP_MS)) {
          if (seen.has(result.key)) continue;
          seen.add(result.key);
          latestMs = Math.max(latestMs, result.settledAtMs);
          onResult(result, status);
        }
      }
      if ((await onLook?.(status)) === 'end') return;
      if (!onLook && status.waiting + status.leased === 0) return;
    } catch (fault) {
      if (!(fault instanceof StoreFault && fault.isPassing)) throw fault;
    }
    await delay(everyMs, undefined, { signal }).catch(() => {});
  }
}
