import type { Clock, Timer } from '@plugfest/model';

/**
 * Calls back at a fixed rate without drift. Of ticks that could not be kept the newest comes at once, and before it the `makeUp` ones that it was due after; others
 * are left out. They come in one go: on a machine that is busy each turn of the event loop may take longer than a tick.
 */
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
    const delayMs = Math.max(0, (this.#dueUs - this.#clock.nowUs()) / 1000);
    this.#timer = this.#clock.schedule(delayMs, () => this.#run());
  }

  /** A timer may fire a little early: then its tick comes a little early. */
  #run(): void {
    const nowUs = this.#clock.nowUs();
    const missed = Math.floor((nowUs - this.#dueUs) / this.#periodUs);
    this.#dueUs += this.#periodUs * Math.max(0, missed - this.#makeUp);
    do {
      const dueUs = this.#dueUs;
      this.#dueUs += this.#periodUs;
      this.#onTick(dueUs);
    } while (!this.#isStopped && this.#dueUs <= nowUs);
    if (!this.#isStopped) this.#schedule();
  }
}
