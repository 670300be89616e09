/** Time as a port. One clock for a run: the host's monotonic clock, in microseconds, equal in all processes of a host. */
export interface Clock {
  /** Microseconds since an arbitrary origin that all processes of the host share. */
  nowUs(): number;
  /** Runs `run` once after `delayMs`. */
  schedule(delayMs: number, run: () => void): Timer;
}

export interface Timer {
  cancel(): void;
}

interface Due {
  readonly atUs: number;
  readonly order: number;
  readonly run: () => void;
}

/** A clock that moves only when told to: protocol machines are tested on it. */
export class VirtualClock implements Clock {
  #nowUs: number;
  #order = 0;
  readonly #due = new Set<Due>();

  constructor(startUs = 0) {
    this.#nowUs = startUs;
  }

  nowUs(): number {
    return this.#nowUs;
  }

  schedule(delayMs: number, run: () => void): Timer {
    const due: Due = { atUs: this.#nowUs + delayMs * 1000, order: this.#order++, run };
    this.#due.add(due);
    return { cancel: () => void this.#due.delete(due) };
  }

  /** When the next timer fires; undefined where there is none. */
  get nextUs(): number | undefined {
    return this.#due.size === 0 ? undefined : Math.min(...[...this.#due].map(({ atUs }) => atUs));
  }

  /** Timers that have not fired. */
  get pending(): number {
    return this.#due.size;
  }

  /** Moves time on, firing what falls due in order of time, then of scheduling. */
  advanceMs(delayMs: number): void {
    const endUs = this.#nowUs + delayMs * 1000;
    for (let next = this.#next(endUs); next !== undefined; next = this.#next(endUs)) {
      this.#due.delete(next);
      this.#nowUs = next.atUs;
      next.run();
    }
    this.#nowUs = endUs;
  }

  #next(endUs: number): Due | undefined {
    let first: Due | undefined;
    for (const due of this.#due) {
      if (due.atUs > endUs) continue;
      if (!first || due.atUs < first.atUs || (due.atUs === first.atUs && due.order < first.order)) first = due;
    }
    return first;
  }
}
