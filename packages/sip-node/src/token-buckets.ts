interface Bucket {
  tokens: number;
  atUs: number;
}

/**
 * Rates by key. A bucket that would be full again is the same as none and is forgotten; where more keys than `maxKeys` are in use at once, the
 * oldest are forgotten too, which errs in the peer's favour and keeps memory bounded.
 */
export class TokenBuckets {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #maxKeys: number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(perSecond: number, burst: number, maxKeys = 10_000) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#maxKeys = maxKeys;
  }

  /** Keys that are remembered. */
  get size(): number {
    return this.#buckets.size;
  }

  /** Takes one if there is one. */
  take(key: string, nowUs: number): boolean {
    const bucket = this.#bucket(key, nowUs);
    if (bucket.tokens < 1) return false;
    bucket.tokens--;
    return true;
  }

  /** Takes `count` whether they are there or not; milliseconds until what is missing is made up for. */
  charge(key: string, count: number, nowUs: number): number {
    const bucket = this.#bucket(key, nowUs);
    bucket.tokens -= count;
    return bucket.tokens >= 0 ? 0 : (-bucket.tokens / this.#perSecond) * 1000;
  }

  #bucket(key: string, nowUs: number): Bucket {
    const known = this.#buckets.get(key);
    if (known !== undefined) {
      known.tokens = Math.min(this.#burst, known.tokens + ((nowUs - known.atUs) / 1e6) * this.#perSecond);
      known.atUs = nowUs;
      return known;
    }
    if (this.#buckets.size >= this.#maxKeys) this.#forget(nowUs);
    const fresh = { tokens: this.#burst, atUs: nowUs };
    this.#buckets.set(key, fresh);
    return fresh;
  }

  #forget(nowUs: number): void {
    const fillUs = (this.#burst / this.#perSecond) * 1e6;
    for (const [key, { atUs }] of this.#buckets) if (nowUs - atUs >= fillUs) this.#buckets.delete(key);
    const surplus = this.#buckets.size - this.#maxKeys / 2;
    if (this.#buckets.size < this.#maxKeys) return;
    for (const key of [...this.#buckets.keys()].slice(0, surplus)) this.#buckets.delete(key);
  }
}
