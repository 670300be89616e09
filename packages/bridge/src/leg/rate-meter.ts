const WINDOW_US = 2_000_000;

/** Bits a second over the last seconds. */
export class RateMeter {
  readonly #windowUs: number;
  #sinceUs = Number.NEGATIVE_INFINITY;
  #bytes = 0;
  #rateBps = 0;

  constructor(windowUs = WINDOW_US) {
    this.#windowUs = windowUs;
  }

  add(bytes: number, nowUs: number): void {
    this.#turn(nowUs);
    this.#bytes += bytes;
  }

  bitrateBps(nowUs: number): number {
    this.#turn(nowUs);
    return Math.round(this.#rateBps);
  }

  #turn(nowUs: number): void {
    const elapsedUs = nowUs - this.#sinceUs;
    if (elapsedUs < this.#windowUs) return;
    this.#rateBps = Number.isFinite(elapsedUs) ? (this.#bytes * 8e6) / elapsedUs : 0;
    this.#bytes = 0;
    this.#sinceUs = nowUs;
  }
}
