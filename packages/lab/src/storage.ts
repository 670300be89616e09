import type { Cell, CellClass, CellResult, CellSpec, CellState, LateResult, Outcome } from './cell.ts';
import type { WorkerOffer } from './offer.ts';

/** A run of cells: one matrix of one night. */
export interface RunSpec {
  readonly id: string;
  readonly title: string;
  /** What belongs to it, for those who read it later; JSON. */
  readonly detail: unknown;
}

export interface RunStatus extends RunSpec {
  readonly createdAtMs: number;
  readonly waiting: number;
  readonly leased: number;
  readonly withdrawn: number;
  /** Final verdicts by name. */
  readonly verdicts: Readonly<Record<string, number>>;
  readonly losses: number;
  readonly lateResults: number;
}

/** A worker as it was last heard of. */
export interface WorkerStatus extends WorkerOffer {
  readonly seenAtMs: number;
  readonly cell?: string;
  /** What its latest look at its own health found wrong. */
  readonly ailments: readonly string[];
}

/** What lasts. One transaction is whole or not at all, and whom two ask for one cell, one of them waits or looks elsewhere. */
export interface Storage extends AsyncDisposable {
  transaction<T>(work: (transaction: StorageTransaction) => Promise<T>): Promise<T>;
  addRun(run: RunSpec): Promise<void>;
  addCells(run: string, cells: readonly CellSpec[]): Promise<void>;
  /** Of one run where it is named, else the latest 50; the latest first. */
  runs(run?: string): Promise<RunStatus[]>;
  /** Those that were settled since, by the store's clock. */
  results(run: string, sinceMs?: number): Promise<CellResult[]>;
  /** Results of a cell in all runs, the latest first. */
  history(key: string): Promise<CellResult[]>;
  lateResults(run: string): Promise<LateResult[]>;
  workers(): Promise<WorkerStatus[]>;
  /** Takes back what the run's queues hold on to once nothing of it waits. */
  endRun(run: string): Promise<void>;
}

export interface StorageTransaction {
  /** The store's own clock: workers' clocks decide nothing. */
  nowMs(): Promise<number>;
  /** Classes in which a cell waits, of runs that somebody has attended to since. */
  classesWaiting(attendedSinceMs: number): Promise<CellClass[]>;
  attend(run: string, nowMs: number): Promise<void>;
  /** Set-ups that other workers have warm. */
  warmElsewhere(worker: string, sinceMs: number): Promise<Set<string>>;
  /** The waiting cell of a class with the highest priority, that nobody else looks at. */
  next(queue: string): Promise<Cell | undefined>;
  cell(id: string): Promise<Cell | undefined>;
  /** Leased cells whose deadline has passed, that nobody else looks at. */
  overdue(nowMs: number, most: number): Promise<Cell[]>;
  /** Cells of a run in that phase that nobody else looks at; of one queue where it is named. */
  inPhase(run: string, phase: CellState['phase'], queue?: string): Promise<Cell[]>;
  /** Workers that were heard of since. */
  workersSince(sinceMs: number): Promise<WorkerStatus[]>;
  /** Keeps a changed state; a cell that waits again is in its queue again, one that is settled has its result. */
  save(cell: Cell, next: CellState, nowMs: number): Promise<void>;
  saveLate(cell: Cell, token: number, worker: string, reason: LateResult['reason'], outcome: Outcome): Promise<void>;
  saveWorker(status: WorkerStatus): Promise<void>;
  /** A worker that is busy gives signs of life, too. */
  touchWorker(name: string, nowMs: number): Promise<void>;
}
