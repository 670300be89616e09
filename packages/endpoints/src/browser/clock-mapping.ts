/** Maps another clock onto the run's: by the round trip that took least time, whose half is the error. */
export class ClockMapping {
  #offsetUs = 0;
  #errorUs = Number.POSITIVE_INFINITY;

  /** One round trip: sent and received on the run's clock, `remoteUs` what the other clock said between. */
  add(sentUs: number, remoteUs: number, receivedUs: number): void {
    const errorUs = (receivedUs - sentUs) / 2;
    if (errorUs < 0 || errorUs >= this.#errorUs) return;
    this.#errorUs = errorUs;
    this.#offsetUs = sentUs + errorUs - remoteUs;
  }

  /** Infinite before the first round trip. */
  get errorUs(): number {
    return this.#errorUs;
  }

  get offsetUs(): number {
    return this.#offsetUs;
  }

  /** The run's time at that time of the other clock. */
  toRunUs(remoteUs: number): number {
    return remoteUs + this.#offsetUs;
  }
}
