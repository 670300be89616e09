/** Of each new measurement. */
const WEIGHT = 0.05;
/** Of the squared deviation, in kbit/s, as a share of the mean. */
const DEVIATION = { first: 0.4, least: 0.4, most: 2.5 } as const;
const SIGMAS = 3;

/** What a path bore when its queue began to grow: near it a rate goes up with care. @see draft-ietf-rmcat-gcc-02 §5.5 */
export class LinkCapacity {
  #meanKbps: number | undefined;
  #deviation: number = DEVIATION.first;

  /** So much arrived, and more was sent. */
  exceeded(acknowledgedBps: number): void {
    const kbps = acknowledgedBps / 1000;
    if (!this.isNear(acknowledgedBps)) this.#forget();
    const mean = this.#meanKbps === undefined ? kbps : (1 - WEIGHT) * this.#meanKbps + WEIGHT * kbps;
    const square = (mean - kbps) ** 2 / Math.max(mean, 1);
    const deviation = (1 - WEIGHT) * this.#deviation + WEIGHT * square;
    this.#deviation = Math.max(DEVIATION.least, Math.min(DEVIATION.most, deviation));
    this.#meanKbps = mean;
  }

  /** What arrives is as much as was too much before. More: it bears more than it did, and that is forgotten. */
  isNear(acknowledgedBps: number): boolean {
    if (this.#meanKbps === undefined) return false;
    const rangeKbps = SIGMAS * Math.sqrt(this.#deviation * this.#meanKbps);
    const aboveKbps = acknowledgedBps / 1000 - this.#meanKbps;
    if (aboveKbps > rangeKbps) this.#forget();
    return Math.abs(aboveKbps) <= rangeKbps;
  }

  #forget(): void {
    this.#meanKbps = undefined;
    this.#deviation = DEVIATION.first;
  }
}
