import { timestampDistance } from './sequence-number.ts';

/** The quickest and the slowest packet are looked for over this window and the one before it. */
const WINDOW_US = 2_000_000;
/** A packet that far off the time line belongs to another: the sender's timestamps began anew. */
const RESTART_US = 2_000_000;
const MARGIN_US = 5_000;

interface Window {
  readonly sinceUs: number;
  quickestUs: number;
  slowestUs: number;
}

/**
 * Maps media time to release time: the quickest packet of the last seconds shows the path without queues, everything comes out a delay
 * after that. The window moves on, so a sender's clock that runs fast or slow is followed.
 */
export class PlayoutClock {
  readonly #clockRateHz: number;
  readonly #minDelayUs: number;
  readonly #maxDelayUs: number;
  #lastTimestamp: number | undefined;
  #lastMediaUs = 0;
  #current: Window | undefined;
  #previous: Window | undefined;

  constructor(clockRateHz: number, minDelayMs: number, maxDelayMs: number) {
    this.#clockRateHz = clockRateHz;
    this.#minDelayUs = minDelayMs * 1000;
    this.#maxDelayUs = Math.max(minDelayMs, maxDelayMs) * 1000;
  }

  get delayMs(): number {
    return this.#delayUs() / 1000;
  }

  /** Takes note of an arrival; the packet's place on the media time line. */
  arrived(timestamp: number, arrivalUs: number): number {
    const ticks = this.#lastTimestamp === undefined ? 0 : timestampDistance(this.#lastTimestamp, timestamp);
    let mediaUs = this.#lastMediaUs + (ticks * 1e6) / this.#clockRateHz;
    if (this.#current !== undefined && Math.abs(arrivalUs - mediaUs - this.#quickestUs()) > RESTART_US) {
      // Goes on right after what is queued, so that order and release times agree.
      mediaUs = Math.max(this.#lastMediaUs, arrivalUs - this.#quickestUs());
    }
    if (this.#lastTimestamp === undefined) mediaUs = 0;
    this.#lastTimestamp = timestamp;
    this.#lastMediaUs = mediaUs;
    this.#note(arrivalUs - mediaUs, arrivalUs);
    return mediaUs;
  }

  releaseUs(mediaUs: number): number {
    return mediaUs + this.#quickestUs() + this.#delayUs();
  }

  reset(): void {
    this.#lastTimestamp = undefined;
    this.#lastMediaUs = 0;
    this.#current = undefined;
    this.#previous = undefined;
  }

  #note(transitUs: number, arrivalUs: number): void {
    const current = this.#current;
    if (current === undefined || arrivalUs - current.sinceUs > WINDOW_US) {
      this.#previous = current;
      this.#current = { sinceUs: arrivalUs, quickestUs: transitUs, slowestUs: transitUs };
      return;
    }
    current.quickestUs = Math.min(current.quickestUs, transitUs);
    current.slowestUs = Math.max(current.slowestUs, transitUs);
  }

  #quickestUs(): number {
    const current = this.#current?.quickestUs ?? 0;
    return Math.min(current, this.#previous?.quickestUs ?? current);
  }

  #delayUs(): number {
    const current = this.#current?.slowestUs ?? 0;
    const spreadUs = Math.max(current, this.#previous?.slowestUs ?? current) - this.#quickestUs();
    return Math.min(this.#maxDelayUs, Math.max(this.#minDelayUs, spreadUs + MARGIN_US));
  }
}
