/** The shortest delay is looked for over this and the same time before. */
const WINDOW_US = 10_000_000;
/** So much later than that is a queue. */
const QUEUE_US = 150_000;
/** It may empty by itself, or by what was done already, in this time. */
const PATIENCE_US = 500_000;
/** What is left of it where it does. */
const SHRUNK = 0.9;
/** Where so many decreases in a row did nothing to it, it is not ours: the path is longer than it was. */
const FUTILE = 3;
/** No queue is so long: a clock was set. */
const LEAP_US = 10_000_000;

export type QueueState = 'none' | 'waiting' | 'stands';

/**
 * The queue of a path, by how much longer packets are under way than the quickest of late. A trend of delays does not see one that neither grows nor
 * shrinks. Both clocks may be of any time.
 */
export class StandingQueue {
  #shortest: { readonly sinceUs: number; readonly us: number; readonly beforeUs: number } | undefined;
  #queueUs = 0;
  /** When it was looked at last, and how long it was then. */
  #looked: { readonly atUs: number; readonly queueUs: number } | undefined;
  #futile = 0;

  /** Of the quickest packet of the last feedback. */
  get queueUs(): number {
    return this.#queueUs;
  }

  /** How long the quickest packet of a feedback was under way. */
  push(delayUs: number, nowUs: number): void {
    const before = this.#shortest;
    if (before === undefined || Math.abs(delayUs - before.us) > LEAP_US) {
      this.#begin(delayUs, nowUs);
      return;
    }
    const isNew = nowUs - before.sinceUs > WINDOW_US;
    this.#shortest = isNew
      ? { sinceUs: nowUs, us: delayUs, beforeUs: before.us }
      : { ...before, us: Math.min(before.us, delayUs) };
    this.#queueUs = delayUs - Math.min(this.#shortest.us, this.#shortest.beforeUs);
  }

  /** Said to stand, it is looked at again after a while. */
  state(nowUs: number): QueueState {
    const queueUs = this.#queueUs;
    if (queueUs <= QUEUE_US) {
      this.#looked = undefined;
      this.#futile = 0;
      return 'none';
    }
    this.#looked ??= { atUs: nowUs, queueUs };
    if (nowUs - this.#looked.atUs < PATIENCE_US) return 'waiting';
    const isShrinking = queueUs < this.#looked.queueUs * SHRUNK;
    this.#looked = { atUs: nowUs, queueUs };
    if (isShrinking) this.#futile = 0;
    if (isShrinking) return 'waiting';
    if (++this.#futile <= FUTILE) return 'stands';
    this.#begin((this.#shortest?.us ?? 0) + queueUs, nowUs);
    return 'none';
  }

  #begin(delayUs: number, nowUs: number): void {
    this.#shortest = { sinceUs: nowUs, us: delayUs, beforeUs: delayUs };
    this.#queueUs = 0;
    this.#looked = undefined;
    this.#futile = 0;
  }
}
