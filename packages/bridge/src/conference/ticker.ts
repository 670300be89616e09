import type { Clock, Timer } from '@plugfest/model';

/** Calls back at a fixed rate without drift; ticks that could not be kept are left out, not made up for. */
export class Ticker {
  readonly #clock: Clock;
  readonly #periodUs: number;
  readonly #onTick: (dueUs: number) => void;
  #dueUs: number;
  #timer: Timer | undefined;

  constructor(clock: Clock, periodMs: number, onTick: (dueUs: number) => void) {
    this.#clock = clock;
    this.#periodUs = periodMs * 1000;
    this.#onTick = onTick;
    this.#dueUs = clock.nowUs() + this.#periodUs;
    this.#schedule();
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #schedule(): void {
    this.#timer = this.#clock.schedule(Math.max(0, (this.#dueUs - this.#clock.nowUs()) / 1000), () => {
      const dueUs = this.#dueUs;
      const lateUs = this.#clock.nowUs() - dueUs;
      this.#dueUs += this.#periodUs * Math.max(1, Math.floor(lateUs / this.#periodUs));
      this.#schedule();
      this.#onTick(dueUs);
    });
  }
}
