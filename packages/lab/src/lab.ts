import type { Result } from '@plugfest/model';
import type {
  Cell,
  CellResult,
  CellSpec,
  CellState,
  LateResult,
  Lease,
  LeaseReference,
  Outcome,
  RefusalReason,
} from './cell.ts';
import {
  expire,
  giveBack,
  grant,
  LEASE_RULES,
  type LeaseRules,
  leaveUnserved,
  renew,
  reopen,
  settle,
  withdraw,
} from './lease.ts';
import { classesFor, serves, type WorkerOffer } from './offer.ts';
import type { RunSpec, RunStatus, Storage, StorageTransaction, WorkerStatus } from './storage.ts';

/** What workers ask for. */
export interface LabForWorkers {
  /** Undefined: there is nothing for this worker now. */
  lease(offer: WorkerOffer, ailments?: readonly string[]): Promise<Lease | undefined>;
  renew(reference: LeaseReference): Promise<Result<true, RefusalReason>>;
  /** `repeated`: the store had this result already. */
  settle(reference: LeaseReference, outcome: Outcome): Promise<Result<'committed' | 'repeated', RefusalReason>>;
  giveBack(reference: LeaseReference): Promise<Result<true, RefusalReason>>;
}

/** What comparisons and reports read. */
export interface LabResults {
  /** The latest 50 runs, the latest first; only one where it is named. */
  runs(run?: string): Promise<RunStatus[]>;
  /** The final verdicts of a run; those that were settled since, by the store's clock. */
  results(run: string, sinceMs?: number): Promise<CellResult[]>;
  /** The final verdicts of a cell in all runs, the latest first. */
  history(key: string): Promise<CellResult[]>;
  lateResults(run: string): Promise<LateResult[]>;
  workers(): Promise<WorkerStatus[]>;
}

/** What the one who plans a run asks for. */
export interface LabForPlanners {
  /** A run that is there already stays as it is. */
  addRun(run: RunSpec): Promise<void>;
  /** Cells that are there already stay as they are: planning twice is planning once. */
  addCells(run: string, cells: readonly CellSpec[]): Promise<void>;
  /** Loses leases whose deadline has passed. Returns how many. */
  reap(): Promise<number>;
  /** Somebody still wants the run: after ten minutes without, its cells wait for whoever takes it up again. Reaps, too. */
  attend(run: string): Promise<void>;
  /** Cells of a run that wait are not to run. Returns how many. */
  withdraw(run: string): Promise<number>;
  /** Cells that were withdrawn wait again. Returns how many. */
  reopen(run: string): Promise<number>;
  /** Cells that ask for what no worker has that was heard of in the last `withinMs` are settled as `not-run`. Returns how many. */
  settleUnserved(run: string, withinMs: number): Promise<number>;
  endRun(run: string): Promise<void>;
}

export type LabService = LabForWorkers & LabResults & LabForPlanners;

const REAP_AT_ONCE = 100;
/** Whoever asks for work looks after the leases of others this often: nobody else need be there. */
const REAP_EVERY_MS = 1000;
/** A run that was abandoned is not to keep workers of later ones busy. */
const ATTENDED_MS = 600_000;
/** So long after a worker was last heard of, what it has warm keeps nobody else away. */
const WARM_MS = 60_000;

/** Queue, leases and results over whatever storage there is. The rules are in `lease.ts`. */
export class Lab implements LabService {
  readonly #storage: Storage;
  readonly #rules: LeaseRules;
  #reapedAtMs = Number.NEGATIVE_INFINITY;

  constructor(storage: Storage, rules: LeaseRules = LEASE_RULES) {
    this.#storage = storage;
    this.#rules = rules;
  }

  async lease(offer: WorkerOffer, ailments: readonly string[] = []): Promise<Lease | undefined> {
    return await this.#storage.transaction(async (transaction) => {
      const nowMs = await transaction.nowMs();
      if (nowMs - this.#reapedAtMs >= REAP_EVERY_MS) await this.#reap(transaction, nowMs);
      const classes = await transaction.classesWaiting(nowMs - ATTENDED_MS);
      const warmElsewhere = classes.some(({ setup }) => setup !== '')
        ? await transaction.warmElsewhere(offer.name, nowMs - WARM_MS)
        : new Set<string>();
      for (const { queue, setup } of classesFor(offer, classes, warmElsewhere)) {
        const cell = await transaction.next(queue);
        if (!cell) continue;
        const granted = grant(cell.state, offer.name, nowMs, this.#rules);
        if (!granted.ok) continue;
        await transaction.save(cell, granted.value, nowMs);
        await transaction.saveWorker({ ...offer, seenAtMs: nowMs, cell: cell.key, ailments });
        const { id, run, key, payload } = cell;
        return { cell: id, token: granted.value.token, run, key, setup, payload, ttlMs: this.#rules.ttlMs };
      }
      await transaction.saveWorker({ ...offer, seenAtMs: nowMs, ailments });
      return undefined;
    });
  }

  async renew({ cell: id, token, worker }: LeaseReference): Promise<Result<true, RefusalReason>> {
    return await this.#change(id, async (transaction, cell) => {
      const nowMs = await transaction.nowMs();
      const renewed = renew(cell.state, token, nowMs, this.#rules);
      if (!renewed.ok) return renewed;
      await transaction.save(cell, renewed.value, nowMs);
      await transaction.touchWorker(worker, nowMs);
      return { ok: true, value: true };
    });
  }

  async settle(
    { cell: id, token, worker }: LeaseReference,
    outcome: Outcome,
  ): Promise<Result<'committed' | 'repeated', RefusalReason>> {
    return await this.#change(id, async (transaction, cell) => {
      const settled = settle(cell.state, token, outcome);
      if (!settled.ok) {
        await transaction.saveLate(cell, token, worker, settled.error, outcome);
        return settled;
      }
      if (settled.value.repeated) return { ok: true, value: 'repeated' };
      await transaction.save(cell, settled.value.state, await transaction.nowMs());
      return { ok: true, value: 'committed' };
    });
  }

  async giveBack({ cell: id, token }: LeaseReference): Promise<Result<true, RefusalReason>> {
    return await this.#change(id, async (transaction, cell) => {
      const given = giveBack(cell.state, token);
      if (!given.ok) return given;
      await transaction.save(cell, given.value, await transaction.nowMs());
      return { ok: true, value: true };
    });
  }

  async #change<T>(
    id: string,
    work: (transaction: StorageTransaction, cell: Cell) => Promise<Result<T, RefusalReason>>,
  ): Promise<Result<T, RefusalReason>> {
    return await this.#storage.transaction(async (transaction) => {
      const cell = await transaction.cell(id);
      return cell ? await work(transaction, cell) : { ok: false, error: 'no-such-cell' };
    });
  }

  async reap(): Promise<number> {
    return await this.#storage.transaction(
      async (transaction) => await this.#reap(transaction, await transaction.nowMs()),
    );
  }

  async attend(run: string): Promise<void> {
    await this.#storage.transaction(async (transaction) => {
      const nowMs = await transaction.nowMs();
      await transaction.attend(run, nowMs);
      await this.#reap(transaction, nowMs);
    });
  }

  async #reap(transaction: StorageTransaction, nowMs: number): Promise<number> {
    this.#reapedAtMs = nowMs;
    const cells = await transaction.overdue(nowMs, REAP_AT_ONCE);
    for (const cell of cells) {
      const next = expire(cell.state, nowMs, this.#rules);
      if (next) await transaction.save(cell, next, nowMs);
    }
    return cells.length;
  }

  async withdraw(run: string): Promise<number> {
    return await this.#changeAll(run, 'waiting', withdraw);
  }

  async reopen(run: string): Promise<number> {
    return await this.#changeAll(run, 'withdrawn', reopen);
  }

  async #changeAll(
    run: string,
    phase: CellState['phase'],
    change: (state: CellState) => CellState | undefined,
  ): Promise<number> {
    return await this.#storage.transaction(async (transaction) => {
      const nowMs = await transaction.nowMs();
      const cells = await transaction.inPhase(run, phase);
      for (const cell of cells) {
        const next = change(cell.state);
        if (next) await transaction.save(cell, next, nowMs);
      }
      return cells.length;
    });
  }

  async settleUnserved(run: string, withinMs: number): Promise<number> {
    return await this.#storage.transaction(async (transaction) => {
      const nowMs = await transaction.nowMs();
      const workers = await transaction.workersSince(nowMs - withinMs);
      const classes = (await transaction.classesWaiting(nowMs - ATTENDED_MS)).filter((each) => each.run === run);
      let settled = 0;
      for (const { queue, needs } of classes) {
        if (workers.some((worker) => serves(worker, needs))) continue;
        const reason = `no worker has all of: ${needs.join(', ')} (on each machine, ./plugfest doctor says what is missing, and what mends it)`;
        for (const cell of await transaction.inPhase(run, 'waiting', queue)) {
          const next = leaveUnserved(cell.state, reason);
          if (next) await transaction.save(cell, next, nowMs);
          settled++;
        }
      }
      return settled;
    });
  }

  addRun = (run: RunSpec): Promise<void> => this.#storage.addRun(run);
  addCells = (run: string, cells: readonly CellSpec[]): Promise<void> => this.#storage.addCells(run, cells);
  endRun = (run: string): Promise<void> => this.#storage.endRun(run);
  runs = (run?: string): Promise<RunStatus[]> => this.#storage.runs(run);
  results = (run: string, sinceMs?: number): Promise<CellResult[]> => this.#storage.results(run, sinceMs);
  history = (key: string): Promise<CellResult[]> => this.#storage.history(key);
  lateResults = (run: string): Promise<LateResult[]> => this.#storage.lateResults(run);
  workers = (): Promise<WorkerStatus[]> => this.#storage.workers();
}
