import type { Clock, Timer } from '@plugfest/model';

/** Calls back at a fixed rate without drift. Of ticks that could not be kept the last `makeUp` are made up for at once, others are left out. */
export class Ticker {
  readonly #clock: Clock;
  readonly #periodUs: number;
  readonly #makeUp: number;
  readonly #onTick: (dueUs: number) => void;
  #dueUs: number;
  #timer: Timer | undefined;
  #isStopped = false;

  constructor(
    clock: Clock,
    { periodMs, makeUp }: { readonly periodMs: number; readonly makeUp: number },
    onTick: (dueUs: number) => void,
  ) {
    this.#clock = clock;
    this.#periodUs = periodMs * 1000;
    this.#makeUp = makeUp;
    this.#onTick = onTick;
    this.#dueUs = clock.nowUs() + this.#periodUs;
    this.#schedule();
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  #schedule(): void {
    if (this.#isStopped) return;
    this.#timer = this.#clock.schedule(Math.max(0, (this.#dueUs - this.#clock.nowUs()) / 1000), () => {
      const dueUs = this.#dueUs;
      const missed = Math.floor((this.#clock.nowUs() - dueUs) / this.#periodUs);
      this.#dueUs += this.#periodUs * (1 + Math.max(0, missed - this.#makeUp));
      this.#schedule();
      this.#onTick(dueUs);
    });
  }
}
