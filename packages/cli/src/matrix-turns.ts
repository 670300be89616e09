import { type Attempt, cellKey, combinationsOf, type MatrixRun, type RunHead } from '@plugfest/history';
import { type DurationHistory, nextRow } from './matrix-schedule.ts';

export type MatrixRow = RunHead['rows'][number];

/** A row that is to run, and for which time. */
export interface Turn {
  readonly row: MatrixRow;
  readonly attempt: number;
  /** Unique in the run; the same for the same combination of another night. */
  readonly key: string;
}

/** What is left of a matrix run, and in which order: every row once, the most telling first, then the repeats. */
export class MatrixTurns {
  readonly head: RunHead;
  readonly #attempts: Attempt[];
  readonly #history: DurationHistory;
  /** Turns handed out or over, by cell. */
  readonly #given = new Map<string, number>();
  readonly #had = new Set<string>();

  constructor(run: MatrixRun, history: DurationHistory) {
    this.head = run.head;
    this.#attempts = [...run.attempts];
    this.#history = history;
    for (const { values } of run.attempts) this.#count(values);
  }

  get attempts(): readonly Attempt[] {
    return this.#attempts;
  }

  /** All turns there are. */
  get planned(): number {
    return this.head.rows.length * this.head.repeats;
  }

  get isOver(): boolean {
    return this.head.rows.every(({ values }) => {
      const own = this.#attempts.filter((attempt) => cellKey(attempt.values) === cellKey(values));
      return own.length >= this.head.repeats || own.some(cannotRun);
    });
  }

  /** The turn to take next, of those that fit into the time; it counts as handed out. */
  take(leftMs: number): Turn | undefined {
    const row = this.#next(leftMs);
    if (!row) return undefined;
    this.#count(row.values);
    const attempt = this.#givenTo(row);
    return { row, attempt, key: keyOf(row, attempt) };
  }

  /** The turn of this key, also one that was handed out by a run that was killed; undefined where it is over, or none of this run's. */
  openTurn(key: string): Turn | undefined {
    for (const row of this.head.rows) {
      for (let attempt = 1; attempt <= this.head.repeats; attempt++) {
        if (keyOf(row, attempt) !== key) continue;
        const own = this.#attempts.filter((each) => cellKey(each.values) === cellKey(row.values));
        return own.some((each) => each.attempt === attempt) ? undefined : { row, attempt, key };
      }
    }
    return undefined;
  }

  /** Whether there is none that fits. */
  isExhausted(leftMs: number): boolean {
    return this.#next(leftMs) === undefined;
  }

  end(attempt: Attempt): void {
    this.#attempts.push(attempt);
    if (this.#givenTo(attempt) < attempt.attempt) this.#count(attempt.values);
    // What was not run took no time, and tells none.
    if (attempt.verdict !== 'not-run') this.#history.add(attempt.values, attempt.durationMs);
  }

  /** An estimate of what is open. */
  get restMs(): number {
    const ended = Map.groupBy(this.#attempts, ({ values }) => cellKey(values));
    return this.head.rows.reduce((sum, { values }) => {
      const own = ended.get(cellKey(values)) ?? [];
      const left = own.some(cannotRun) ? 0 : this.head.repeats - own.length;
      return sum + left * this.#history.estimateMs(values);
    }, 0);
  }

  #next(leftMs: number): MatrixRow | undefined {
    const barred = new Set(this.#attempts.filter(cannotRun).map(({ values }) => cellKey(values)));
    const open = this.head.rows.filter(
      (row) => this.#givenTo(row) < this.head.repeats && !barred.has(cellKey(row.values)),
    );
    const fewest = Math.min(...open.map((row) => this.#givenTo(row)));
    const first = open.filter((row) => this.#givenTo(row) === fewest);
    const values = first.map((row) => row.values);
    const chosen = nextRow(values, this.#had, this.head.strength, this.#history, leftMs);
    return chosen === undefined ? undefined : first[chosen];
  }

  #givenTo({ values }: Pick<MatrixRow, 'values'>): number {
    return this.#given.get(cellKey(values)) ?? 0;
  }

  #count(values: MatrixRow['values']): void {
    this.#given.set(cellKey(values), (this.#given.get(cellKey(values)) ?? 0) + 1);
    for (const combination of combinationsOf(values, this.head.strength)) this.#had.add(combination);
  }
}

function keyOf({ values }: MatrixRow, attempt: number): string {
  return `${cellKey(values)}${attempt > 1 ? ` #${attempt}` : ''}`;
}

/** What this machine cannot run is not tried again. */
const cannotRun = ({ verdict }: Attempt): boolean => verdict === 'not-run' || verdict === 'unsupported';
