import type { Clock } from '@plugfest/model';

export type Stage = 'decode' | 'mix' | 'compose' | 'encode' | 'send';

/** Where the time of a bridge goes. All its work is synchronous in one thread, so time is CPU time as long as the machine has a core for it. */
export class StageTimes {
  readonly #clock: Clock;
  readonly #us: Record<Stage, number> = { decode: 0, mix: 0, compose: 0, encode: 0, send: 0 };

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds since the start, by stage; a stage does not include those it called. */
  get ms(): Record<Stage, number> {
    const rows = Object.entries(this.#us).map(([stage, us]) => [stage, Math.round(us / 1000)]);
    return Object.fromEntries(rows);
  }

  #inner = 0;

  measure<T>(stage: Stage, work: () => T): T {
    const outer = this.#inner;
    this.#inner = 0;
    const startUs = this.#clock.nowUs();
    try {
      return work();
    } finally {
      const tookUs = this.#clock.nowUs() - startUs;
      this.#us[stage] += tookUs - this.#inner;
      this.#inner = outer + tookUs;
    }
  }
}
