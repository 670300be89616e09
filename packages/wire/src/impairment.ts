import type { Clock, Random, Timer } from '@plugfest/model';

/** What a network does to packets. Order is kept: a packet never overtakes another, so packets that are close together are late together. */
export interface Impairment {
  /** 0..1: share of packets that are lost, each on its own. */
  readonly lossRatio?: number;
  readonly delayMs?: number;
  /** Added to the delay, uniform in 0..jitterMs. */
  readonly jitterMs?: number;
}

interface Waiting {
  readonly dueUs: number;
  readonly deliver: () => void;
}

/** One direction of a lossy, late line. Seeded: the same packets in the same order meet the same fate. */
export class ImpairedLine {
  readonly #clock: Clock;
  readonly #random: Random;
  #impairment: Impairment = {};
  #waiting: Waiting[] = [];
  #timer: Timer | undefined;
  #dropped = 0;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Packets that it lost on purpose. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Holds for the packets that come from now on. @throws RangeError for what no network does. */
  set(impairment: Impairment): void {
    const { lossRatio = 0, delayMs = 0, jitterMs = 0 } = impairment;
    const sane = lossRatio >= 0 && lossRatio <= 1 && delayMs >= 0 && jitterMs >= 0;
    if (!sane) throw new RangeError(`no such impairment: ${JSON.stringify(impairment)}`);
    this.#impairment = impairment;
  }

  /** Delivers now, later, or never. */
  carry(deliver: () => void): void {
    const { lossRatio = 0, delayMs = 0, jitterMs = 0 } = this.#impairment;
    if (lossRatio > 0 && this.#random.next() < lossRatio) {
      this.#dropped++;
      return;
    }
    const extraMs = jitterMs > 0 ? this.#random.next() * jitterMs : 0;
    if (delayMs + extraMs === 0 && this.#waiting.length === 0) {
      deliver();
      return;
    }
    const lastUs = this.#waiting.at(-1)?.dueUs ?? 0;
    const dueUs = Math.max(lastUs, this.#clock.nowUs() + (delayMs + extraMs) * 1000);
    this.#waiting.push({ dueUs, deliver });
    if (!this.#timer) this.#arm();
  }

  /** What is under way is lost. */
  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#waiting = [];
  }

  #arm(): void {
    const first = this.#waiting[0];
    if (!first) return;
    const delayMs = Math.max(0, (first.dueUs - this.#clock.nowUs()) / 1000);
    this.#timer = this.#clock.schedule(delayMs, () => {
      this.#timer = undefined;
      // Timers of the host tick in milliseconds: what is due within the half of one goes now.
      const nowUs = this.#clock.nowUs() + 500;
      const due = this.#waiting.findIndex((one) => one.dueUs > nowUs);
      const ready = this.#waiting.splice(0, due === -1 ? this.#waiting.length : due);
      for (const one of ready) one.deliver();
      if (!this.#timer) this.#arm();
    });
  }
}
