import { type Random, seededRandom } from '@plugfest/model';
import type { CellSpec, Lease, Outcome } from './cell.ts';
import { Heap } from './heap-fixture.ts';
import { Lab } from './lab.ts';
import { MemoryStorage } from './memory-storage-fixture.ts';
import { warmed } from './offer.ts';

export interface SimulationOptions {
  readonly cells: number;
  readonly workers: number;
  readonly seed: number;
  /** Of a cell: its worker dies, is stopped, or a message of it is lost or arrives twice. */
  readonly faults: { readonly crash: number; readonly stop: number; readonly loss: number; readonly twice: number };
  /** Every so many-th cell kills each worker that takes it. */
  readonly poisonEvery: number;
}

export interface SimulationSummary {
  readonly settled: number;
  readonly verdicts: Readonly<Record<string, number>>;
  readonly poisoned: number;
  readonly crashes: number;
  readonly stops: number;
  readonly messagesLost: number;
  /** What the lab refused, as workers were told or would have been; and what it wrote down. */
  readonly refusals: number;
  readonly lateResults: number;
  /** Results that were taken though another worker held a newer lease: must be none. */
  readonly unfenced: number;
  /** Cells that ran more than once. */
  readonly runAgain: number;
  readonly setupChanges: number;
  readonly leases: number;
  readonly virtualHours: number;
}

const TTL_MS = 15_000;
const RUN = 'night';
const SETUPS = 24;

interface Worker {
  name: string;
  warm: string[];
  lastSetup: string;
  /** Grows with each death: what an earlier life had planned does not happen. */
  life: number;
  stoppedUntilMs: number;
}

/** The real lab on a virtual clock: workers that die, stop and lose messages, until every cell is settled. */
export class Simulation {
  readonly #options: SimulationOptions;
  readonly #random: Random;
  readonly #events = new Heap<{ readonly atMs: number; readonly order: number; readonly run: () => Promise<void> }>(
    (a, b) => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order),
  );
  readonly #storage = new MemoryStorage(() => this.#nowMs);
  readonly #lab = new Lab(this.#storage, { ttlMs: TTL_MS, mostLosses: 8 });
  readonly #latest = new Map<string, number>();
  readonly #ran = new Map<string, number>();
  #nowMs = 0;
  #order = 0;
  #count = { crashes: 0, stops: 0, messagesLost: 0, refusals: 0, unfenced: 0, setupChanges: 0, leases: 0 };

  constructor(options: SimulationOptions) {
    this.#options = options;
    this.#random = seededRandom(options.seed);
  }

  async run(): Promise<SimulationSummary> {
    const { cells, workers } = this.#options;
    await this.#lab.addCells(
      RUN,
      Array.from({ length: cells }, (_, index) => this.#specOf(index)),
    );
    for (let index = 0; index < workers; index++) {
      const worker: Worker = { name: `worker-${index}`, warm: [], lastSetup: '', life: 0, stoppedUntilMs: 0 };
      this.#after(this.#between(0, 1000), () => this.#ask(worker));
    }
    for (let event = this.#events.pop(); event; event = this.#events.pop()) {
      this.#nowMs = event.atMs;
      await event.run();
    }
    return this.#summary();
  }

  #summary(): SimulationSummary {
    const { finals, late } = this.#storage;
    const verdicts: Record<string, number> = {};
    for (const { verdict } of finals.values()) verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
    return {
      ...this.#count,
      settled: finals.size,
      verdicts,
      poisoned: Math.floor(this.#options.cells / this.#options.poisonEvery),
      lateResults: late.length,
      runAgain: [...this.#ran.values()].filter((times) => times > 1).length,
      virtualHours: this.#nowMs / 3_600_000,
    };
  }

  #specOf(index: number): CellSpec {
    const poison = (index + 1) % this.#options.poisonEvery === 0;
    const needs = index % 10 === 0 ? ['browser:chromium'] : [];
    return {
      key: `${index}`,
      priority: -index,
      needs,
      setup: `setup-${this.#random.uint32() % SETUPS}`,
      payload: { poison },
    };
  }

  async #ask(worker: Worker): Promise<void> {
    const life = worker.life;
    const offer = { name: worker.name, has: hasOf(worker.name), cores: 2, warm: worker.warm };
    const lease = await this.#lab.lease(offer);
    if (!lease) {
      if (this.#storage.finals.size < this.#options.cells) this.#whenAwake(worker, life, 2000, () => this.#ask(worker));
      return;
    }
    this.#count.leases++;
    this.#latest.set(lease.cell, lease.token);
    // The answer is lost: the worker knows nothing of its lease, and asks again.
    if (this.#happens(this.#options.faults.loss)) {
      this.#count.messagesLost++;
      this.#whenAwake(worker, life, 5000, () => this.#ask(worker));
      return;
    }
    if (worker.lastSetup !== lease.setup) this.#count.setupChanges++;
    worker.lastSetup = lease.setup;
    worker.warm = warmed(worker.warm, lease.setup);
    this.#ran.set(lease.cell, (this.#ran.get(lease.cell) ?? 0) + 1);
    this.#work(worker, lease);
  }

  #work(worker: Worker, lease: Lease): void {
    const { faults } = this.#options;
    const life = worker.life;
    const durationMs = this.#between(1000, 60_000);
    if ((lease.payload as { poison: boolean }).poison || this.#happens(faults.crash))
      this.#after(this.#between(0, durationMs), () => this.#crash(worker, life));
    else if (this.#happens(faults.stop))
      // Half of them just before they say what came of it: these come too late with a result, the others find their cell killed.
      this.#after(this.#happens(0.5) ? durationMs - 1 : this.#between(0, durationMs), async () => {
        if (worker.life !== life) return;
        this.#count.stops++;
        worker.stoppedUntilMs = this.#nowMs + this.#between(1000, 4 * TTL_MS);
      });
    let running = true;
    const beat = async (): Promise<void> => {
      if (!running) return;
      const lost = this.#happens(faults.loss);
      if (lost) this.#count.messagesLost++;
      const renewed = lost ? undefined : await this.#lab.renew({ ...lease, worker: worker.name });
      // Its cell is killed, and it looks for other work; one that hears nothing goes on in good faith.
      if (renewed && !renewed.ok) {
        running = false;
        this.#whenAwake(worker, life, 10, () => this.#ask(worker));
        return;
      }
      this.#whenAwake(worker, life, TTL_MS / 3, beat);
    };
    this.#whenAwake(worker, life, TTL_MS / 3, beat);
    this.#whenAwake(worker, life, durationMs, async () => {
      if (!running) return;
      running = false;
      await this.#say(worker, life, lease, { verdict: 'pass', durationMs });
    });
  }

  /** Says the result until an answer comes back. */
  async #say(worker: Worker, life: number, lease: Lease, outcome: Outcome): Promise<void> {
    const { faults } = this.#options;
    const times = this.#happens(faults.twice) ? 2 : 1;
    if (this.#happens(faults.loss)) this.#count.messagesLost++;
    else for (let time = 0; time < times; time++) await this.#settle(worker, lease, outcome);
    if (this.#happens(faults.loss)) {
      this.#count.messagesLost++;
      this.#whenAwake(worker, life, 3000, () => this.#say(worker, life, lease, outcome));
      return;
    }
    this.#whenAwake(worker, life, 5, () => this.#ask(worker));
  }

  async #settle(worker: Worker, lease: Lease, outcome: Outcome): Promise<void> {
    const settled = await this.#lab.settle({ ...lease, worker: worker.name }, outcome);
    if (!settled.ok) this.#count.refusals++;
    else if (this.#latest.get(lease.cell) !== lease.token) this.#count.unfenced++;
  }

  async #crash(worker: Worker, life: number): Promise<void> {
    if (worker.life !== life) return;
    this.#count.crashes++;
    worker.life++;
    worker.warm = [];
    this.#whenAwake(worker, worker.life, this.#between(500, 20_000), () => this.#ask(worker));
  }

  /** A stopped worker's timers fire when it goes on, a dead one's never. */
  #whenAwake(worker: Worker, life: number, delayMs: number, run: () => Promise<void>): void {
    this.#after(delayMs, async () => {
      if (worker.life !== life) return;
      const waitMs = worker.stoppedUntilMs - this.#nowMs;
      if (waitMs > 0) this.#whenAwake(worker, life, waitMs, run);
      else await run();
    });
  }

  #after(delayMs: number, run: () => Promise<void>): void {
    this.#events.push({ atMs: this.#nowMs + delayMs, order: this.#order++, run });
  }

  #happens(probability: number): boolean {
    return this.#random.next() < probability;
  }

  #between(least: number, most: number): number {
    return least + this.#random.next() * (most - least);
  }
}

/** Every fourth has a browser. */
function hasOf(name: string): string[] {
  return Number(name.split('-')[1]) % 4 === 0 ? ['browser:chromium'] : [];
}
