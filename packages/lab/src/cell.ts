import type { Verdict } from '@plugfest/model';

/** What a cell asks of a worker, e.g. `sipp`, `browser:chromium`, `tag:rack-2`, `cores:4`. */
export type Need = string;

/** One piece of work as it is put into the queue. */
export interface CellSpec {
  /** Names the cell within its run, and across runs: the same key is the same combination of another night. */
  readonly key: string;
  /** Higher ones are leased first. */
  readonly priority: number;
  readonly needs: readonly Need[];
  /** What is costly to prepare: work of the same set-up is handed to the worker that did it last. Empty: nothing is. */
  readonly setup: string;
  /** For the runner; JSON. */
  readonly payload: unknown;
}

/** Cells that ask for the same are one queue. */
export interface CellClass {
  readonly queue: string;
  readonly run: string;
  readonly needs: readonly Need[];
  readonly setup: string;
}

/** What was measured of a machine while a cell ran. */
export interface Health {
  /** Share of the CPU time that the host of this virtual machine gave to others; absent where the system does not say. */
  readonly stealShare?: number;
  /** Share of the time in which somebody who could have run waited for a CPU; absent where the system does not say. */
  readonly cpuPressure?: number;
  /** How far the wall clock moved against the monotonic one. */
  readonly clockStepMs: number;
  /** How late timers fired, 99th percentile: in the cell's process, which relays its media, or in the worker, whichever is worse. */
  readonly lagMs: number;
}

/** What came of a cell. */
export interface Outcome {
  readonly verdict: Verdict;
  /** Why, where it is not `pass`. */
  readonly reason?: string;
  readonly durationMs: number;
  /** The machine as its own process found it while media went through; what the worker found where absent. */
  readonly health?: Health;
  /** Where its evidence is: an address in the evidence store. */
  readonly evidence?: string;
  /** What the runner says beyond that; JSON. */
  readonly detail?: unknown;
}

/** A lease that ended without a result. */
export interface Loss {
  readonly token: number;
  readonly worker: string;
  readonly atMs: number;
}

/**
 * `withdrawn`: it had no turn, and is not to have one.
 * The token is the fencing token: it grows with every lease of the cell, and only its latest holder may say what came of it.
 */
export type CellState =
  | { readonly phase: 'waiting' | 'withdrawn'; readonly token: number; readonly losses: readonly Loss[] }
  | {
      readonly phase: 'leased';
      readonly token: number;
      readonly losses: readonly Loss[];
      readonly worker: string;
      readonly deadlineMs: number;
    }
  | {
      readonly phase: 'settled';
      readonly token: number;
      readonly losses: readonly Loss[];
      readonly worker: string;
      readonly outcome: Outcome;
    };

export interface Cell {
  readonly id: string;
  readonly run: string;
  readonly key: string;
  readonly queue: string;
  readonly payload: unknown;
  readonly state: CellState;
}

/** What a worker holds while it works on a cell. */
export interface Lease {
  readonly cell: string;
  readonly token: number;
  readonly run: string;
  readonly key: string;
  readonly setup: string;
  readonly payload: unknown;
  readonly ttlMs: number;
}

export type LeaseReference = Pick<Lease, 'cell' | 'token'> & { readonly worker: string };

/** Why the store does not take what a worker says. */
export type RefusalReason = 'no-such-cell' | 'stale-token' | 'not-leased' | 'settled-otherwise' | 'withdrawn';

/** A result that came too late, kept for people to look at. */
export interface LateResult {
  readonly run: string;
  readonly cell: string;
  readonly key: string;
  readonly token: number;
  readonly worker: string;
  readonly reason: RefusalReason;
  readonly outcome: Outcome;
  readonly atMs: number;
}

/** A cell's final verdict as it is read: by run and key. */
export interface CellResult extends Outcome {
  readonly run: string;
  readonly key: string;
  readonly worker: string;
  readonly token: number;
  readonly losses: readonly Loss[];
  readonly settledAtMs: number;
}
