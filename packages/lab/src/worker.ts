import { setTimeout as delay } from 'node:timers/promises';
import type { Lease, LeaseReference, Outcome } from './cell.ts';
import { type CellRunner, LeaseLost } from './cell-process.ts';
import { ailmentsOf, HEALTH_LIMITS, type HealthLimits, judgeByHealth, watchHealth } from './health.ts';
import type { LabForWorkers } from './lab.ts';
import { type WorkerOffer, warmed } from './offer.ts';
import { StoreFault } from './store-fault.ts';

export interface WorkerOptions {
  readonly lab: LabForWorkers;
  readonly offer: Omit<WorkerOffer, 'warm'>;
  readonly runner: CellRunner;
  /** Aborted: the cell that runs is given back, and the worker ends. */
  readonly signal: AbortSignal;
  readonly limits?: HealthLimits;
  readonly onNote?: (text: string) => void;
}

const LEAST_IDLE_MS = 50;
const MOST_IDLE_MS = 1000;
/** Signs of life in the time of a lease: two may be lost. */
const RENEWALS = 3;

/** Leases cells one after another and runs them, until it is told to stop. */
export async function work(options: WorkerOptions): Promise<void> {
  const { lab, offer, signal } = options;
  let warm: string[] = [];
  let ailments: readonly string[] = [];
  for (let idleMs = LEAST_IDLE_MS; !signal.aborted; ) {
    const lease = await patiently(() => lab.lease({ ...offer, warm }, ailments), options);
    if (!lease) {
      await pause(idleMs, signal);
      idleMs = Math.min(idleMs * 2, MOST_IDLE_MS);
      continue;
    }
    idleMs = LEAST_IDLE_MS;
    warm = warmed(warm, lease.setup);
    ailments = await runLease(lease, options);
  }
}

/** Returns what was wrong with this machine meanwhile. */
async function runLease(lease: Lease, options: WorkerOptions): Promise<readonly string[]> {
  const { lab, runner, signal, onNote, limits = HEALTH_LIMITS } = options;
  const reference: LeaseReference = { cell: lease.cell, token: lease.token, worker: options.offer.name };
  const health = watchHealth();
  using held = holdLease(lab, reference, lease.ttlMs);
  const outcome = await run(runner, lease, AbortSignal.any([signal, held.lost]), held.onRenewed);
  const own = health.end();
  const measured = { ...own, ...outcome.health, lagMs: Math.max(own.lagMs, outcome.health?.lagMs ?? 0) };
  if (held.lost.aborted) {
    onNote?.(`${lease.key}: the lease was lost (${(held.lost.reason as Error).message}); its processes were killed`);
  } else if (signal.aborted) {
    await lab.giveBack(reference).catch((fault: unknown) => onNote?.(`${lease.key}: ${String(fault)}`));
  } else {
    const settled = await patiently(() => lab.settle(reference, judgeByHealth(outcome, measured, limits)), options);
    if (settled && !settled.ok) onNote?.(`${lease.key}: the result came too late (${settled.error})`);
  }
  return ailmentsOf(measured, limits);
}

async function run(
  runner: CellRunner,
  lease: Lease,
  signal: AbortSignal,
  renewed: (listener: () => void) => void,
): Promise<Outcome> {
  const startedMs = performance.now();
  try {
    return await runner.run(lease, signal, renewed);
  } catch (fault) {
    const reason = `the cell could not be run: ${fault instanceof Error ? fault.message : String(fault)}`;
    return { verdict: 'error', reason, durationMs: performance.now() - startedMs };
  }
}

interface HeldLease extends Disposable {
  /** Aborted with a `LeaseLost` when the store refuses a renewal, or cannot be asked for as long as a lease lasts. */
  readonly lost: AbortSignal;
  readonly onRenewed: (listener: () => void) => void;
}

function holdLease(lab: LabForWorkers, reference: LeaseReference, ttlMs: number): HeldLease {
  const lost = new AbortController();
  let listener: (() => void) | undefined;
  let renewedMs = performance.now();
  let asking = false;
  const renew = async (): Promise<void> => {
    asking = true;
    // Before the question: the answer may be long on its way.
    const askedMs = performance.now();
    try {
      const renewed = await lab.renew(reference);
      if (!renewed.ok) return lost.abort(new LeaseLost(renewed.error));
      renewedMs = askedMs;
      listener?.();
    } catch {
      // The deadline below decides.
    } finally {
      asking = false;
    }
  };
  const timer = setInterval(() => {
    if (performance.now() - renewedMs >= ttlMs) lost.abort(new LeaseLost('the store could not be reached'));
    else if (!asking) void renew();
  }, ttlMs / RENEWALS);
  return {
    lost: lost.signal,
    onRenewed: (next) => {
      listener = next;
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

const LEAST_RETRY_MS = 50;
const MOST_RETRY_MS = 2000;

/** Asks again while the store cannot be reached: a database that is restarted is no reason to lose a result. Undefined: the worker was told to stop first. */
async function patiently<T>(
  ask: () => Promise<T>,
  { signal, onNote }: Pick<WorkerOptions, 'signal' | 'onNote'>,
): Promise<T | undefined> {
  for (let retryMs = LEAST_RETRY_MS; ; retryMs = Math.min(retryMs * 2, MOST_RETRY_MS)) {
    try {
      return await ask();
    } catch (fault) {
      if (!(fault instanceof StoreFault && fault.isPassing)) throw fault;
      if (retryMs === LEAST_RETRY_MS) onNote?.(fault.message);
      await pause(retryMs, signal);
      if (signal.aborted) return undefined;
    }
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => {});
}
