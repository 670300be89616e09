import type { Clock } from '@plugfest/model';

/** What one call may bring: beyond, it is ended. */
export interface CallLimits {
  /** 1xx to one INVITE of ours; then it is cancelled. */
  readonly maxProvisionals: number;
  /** Requests of the peer within the dialog in any one minute, BYE aside; then it is hung up on. */
  readonly requestsPerMinute: number;
}

/** Ten a second is more than keys by INFO and key frames asked for by it make; a 1xx comes at most each minute by RFC 3261 §13.3.1.1. */
export const DEFAULT_CALL_LIMITS: CallLimits = { maxProvisionals: 300, requestsPerMinute: 600 };

const MINUTE_US = 60_000_000;

/** Counts what the peer of one call sends. */
export class CallCounter {
  readonly #clock: Clock;
  readonly #limits: CallLimits;
  #provisionals = 0;
  #requests = 0;
  #minuteBeganUs: number;

  constructor(clock: Clock, limits: CallLimits) {
    this.#clock = clock;
    this.#limits = limits;
    this.#minuteBeganUs = clock.nowUs();
  }

  /** Whether one more 1xx is still within the limit. */
  takesProvisional(): boolean {
    return ++this.#provisionals <= this.#limits.maxProvisionals;
  }

  /** Whether one more request is still within the limit. */
  takesRequest(): boolean {
    const nowUs = this.#clock.nowUs();
    if (nowUs - this.#minuteBeganUs >= MINUTE_US) {
      this.#minuteBeganUs = nowUs;
      this.#requests = 0;
    }
    return ++this.#requests <= this.#limits.requestsPerMinute;
  }
}
