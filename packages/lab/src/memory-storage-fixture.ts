import type { Cell, CellClass, CellResult, CellSpec, CellState, LateResult, Outcome } from './cell.ts';
import { Heap } from './heap-fixture.ts';
import { behind } from './queue.ts';
import type { RunSpec, RunStatus, Storage, StorageTransaction, WorkerStatus } from './storage.ts';

interface Waiting {
  readonly id: string;
  readonly priority: number;
  readonly order: number;
}

/** The store without a database, for simulations: the same port, on a clock that is handed in. It refuses a second result as the database would. */
export class MemoryStorage implements Storage, StorageTransaction {
  readonly #clock: () => number;
  readonly #cells = new Map<string, Cell & { readonly priority: number; readonly order: number }>();
  readonly #classes = new Map<string, { readonly of: CellClass; readonly waiting: Heap<Waiting> }>();
  readonly #deadlines = new Heap<{ readonly atMs: number; readonly id: string }>((a, b) => a.atMs < b.atMs);
  readonly #workers = new Map<string, WorkerStatus>();
  readonly #warm = new Map<string, number>();
  readonly finals = new Map<string, CellResult>();
  readonly late: LateResult[] = [];

  constructor(nowMs: () => number) {
    this.#clock = nowMs;
  }

  async [Symbol.asyncDispose](): Promise<void> {}
  async addRun(_run: RunSpec): Promise<void> {}
  async endRun(_run: string): Promise<void> {}

  async addCells(run: string, cells: readonly CellSpec[]): Promise<void> {
    for (const { key, needs, setup, payload, priority } of cells) {
      const queue = JSON.stringify([run, needs, setup]);
      const id = `${run}/${key}`;
      const ofClass = this.#classes.get(queue) ?? {
        of: { queue, run, needs, setup },
        waiting: new Heap<Waiting>(
          (a, b) => a.priority > b.priority || (a.priority === b.priority && a.order < b.order),
        ),
      };
      this.#classes.set(queue, ofClass);
      const order = this.#cells.size;
      const state: CellState = { phase: 'waiting', token: 0, losses: [] };
      this.#cells.set(id, { id, run, key, queue, payload, state, priority, order });
      ofClass.waiting.push({ id, priority, order });
    }
  }

  /** Atomic for as long as nobody awaits anything but this storage. */
  async transaction<T>(work: (transaction: StorageTransaction) => Promise<T>): Promise<T> {
    return await work(this);
  }

  async attend(): Promise<void> {}
  async touchWorker(): Promise<void> {}

  async nowMs(): Promise<number> {
    return this.#clock();
  }

  async classesWaiting(): Promise<CellClass[]> {
    return [...this.#classes.values()].filter(({ waiting }) => waiting.size > 0).map((each) => each.of);
  }

  async warmElsewhere(worker: string): Promise<Set<string>> {
    const own = this.#workers.get(worker)?.warm ?? [];
    const others = [...this.#warm].filter(([setup, count]) => count > (own.includes(setup) ? 1 : 0));
    return new Set(others.map(([setup]) => setup));
  }

  async next(queue: string): Promise<Cell | undefined> {
    const taken = this.#classes.get(queue)?.waiting.pop();
    return taken && this.#cells.get(taken.id);
  }

  async cell(id: string): Promise<Cell | undefined> {
    return this.#cells.get(id);
  }

  async overdue(nowMs: number, most: number): Promise<Cell[]> {
    const overdue: Cell[] = [];
    for (let first = this.#deadlines.peek(); first && first.atMs <= nowMs; first = this.#deadlines.peek()) {
      if (overdue.length >= most) break;
      this.#deadlines.pop();
      const cell = this.#cells.get(first.id);
      if (cell?.state.phase === 'leased' && cell.state.deadlineMs === first.atMs) overdue.push(cell);
    }
    return overdue;
  }

  async inPhase(run: string, phase: CellState['phase'], queue?: string): Promise<Cell[]> {
    return [...this.#cells.values()].filter(
      (cell) => cell.run === run && cell.state.phase === phase && (queue === undefined || cell.queue === queue),
    );
  }

  async workersSince(sinceMs: number): Promise<WorkerStatus[]> {
    return [...this.#workers.values()].filter(({ seenAtMs }) => seenAtMs >= sinceMs);
  }

  async save({ id }: Cell, next: CellState, nowMs: number): Promise<void> {
    const cell = this.#cells.get(id);
    if (!cell) throw new Error(`no cell ${id}`);
    this.#cells.set(id, { ...cell, state: next });
    const { run, key, priority, order } = cell;
    if (next.phase === 'leased') this.#deadlines.push({ atMs: next.deadlineMs, id });
    else if (next.phase === 'waiting') {
      const losses = next.losses.length;
      const place = losses > 0 ? behind(losses) : priority;
      this.#classes.get(cell.queue)?.waiting.push({ id, priority: place, order });
    } else if (next.phase === 'settled') {
      if (this.finals.has(id)) throw new Error(`a second final verdict for ${id}`);
      const { worker, token, losses, outcome } = next;
      this.finals.set(id, { ...outcome, run, key, worker, token, losses, settledAtMs: nowMs });
    }
  }

  async saveLate(
    { id, run, key }: Cell,
    token: number,
    worker: string,
    reason: LateResult['reason'],
    outcome: Outcome,
  ): Promise<void> {
    this.late.push({ cell: id, run, key, token, worker, reason, outcome, atMs: this.#clock() });
  }

  async saveWorker(status: WorkerStatus): Promise<void> {
    for (const setup of this.#workers.get(status.name)?.warm ?? [])
      this.#warm.set(setup, (this.#warm.get(setup) ?? 1) - 1);
    for (const setup of status.warm) this.#warm.set(setup, (this.#warm.get(setup) ?? 0) + 1);
    this.#workers.set(status.name, status);
  }

  async workers(): Promise<WorkerStatus[]> {
    return [...this.#workers.values()];
  }

  async runs(): Promise<RunStatus[]> {
    return [];
  }

  async results(run: string, sinceMs = 0): Promise<CellResult[]> {
    return [...this.finals.values()].filter((result) => result.run === run && result.settledAtMs >= sinceMs);
  }

  async history(key: string): Promise<CellResult[]> {
    return [...this.finals.values()].filter((result) => result.key === key);
  }

  async lateResults(run: string): Promise<LateResult[]> {
    return this.late.filter((result) => result.run === run);
  }
}
