import type { Clock, Random, Timer } from '@plugfest/model';

/** Whether, and how often, we show the peers of connections that we opened that we are there. Only for peers that are known to answer. */
export interface KeepAliveOptions {
  /** At most; each wait is shortened by up to a fifth, so that many clients do not ping in step. */
  readonly intervalMs: number;
  readonly random: Random;
}

/** How long a pong may take before the flow counts as failed. @see RFC 5626 §4.4.1 */
export const PONG_TIMEOUT_MS = 10_000;

/** Pings a connection while it is silent and gives it up when nothing comes back. @see RFC 5626 §3.5.1, §4.4.1 */
export class KeepAlive {
  readonly #clock: Clock;
  readonly #options: KeepAliveOptions;
  readonly #ping: () => void;
  readonly #giveUp: () => void;
  #timer: Timer | undefined;

  constructor(clock: Clock, options: KeepAliveOptions, ping: () => void, giveUp: () => void) {
    this.#clock = clock;
    this.#options = options;
    this.#ping = ping;
    this.#giveUp = giveUp;
    this.heard();
  }

  /** Something came, a pong or anything else: the flow works. */
  heard(): void {
    const { intervalMs, random } = this.#options;
    this.#timer?.cancel();
    this.#timer = this.#clock.schedule(intervalMs * (0.8 + 0.2 * random.next()), () => {
      this.#timer = this.#clock.schedule(PONG_TIMEOUT_MS, this.#giveUp);
      this.#ping();
    });
  }

  stop(): void {
    this.#timer?.cancel();
  }
}
