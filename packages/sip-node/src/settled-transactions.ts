import type { Clock, Timer } from '@plugfest/model';

const SWEEP_MS = 100;

/** What is left of a server transaction: the response to repeat, one character a byte; none for an accepted INVITE, whose 2xx its TU repeats. */
interface Settled {
  readonly response: string | undefined;
  readonly expiresUs: number;
}

/**
 * Server transactions that have nothing left to do but absorb retransmissions (Timer J in Completed, Timer L in Accepted). At thousands of calls a
 * second most transactions are of this kind, so that each keeps a few hundred bytes and no timer of its own. Where there are too many, the oldest
 * is forgotten: it is the least likely to be asked for again.
 * @see RFC 3261 §17.2.2, RFC 6026 §8.7
 */
export class SettledTransactions {
  readonly #clock: Clock;
  readonly #lifetimeUs: number;
  readonly #max: number;
  /** In the order in which they expire: all live equally long. */
  readonly #byKey = new Map<string, Settled>();
  #sweep: Timer | undefined;

  constructor(clock: Clock, lifetimeMs: number, max: number) {
    this.#clock = clock;
    this.#lifetimeUs = lifetimeMs * 1000;
    this.#max = max;
  }

  get size(): number {
    return this.#byKey.size;
  }

  add(key: string, response: Uint8Array | undefined): void {
    if (this.#byKey.size >= this.#max) this.#byKey.delete(this.#byKey.keys().next().value as string);
    const text = response && Buffer.from(response.buffer, response.byteOffset, response.length).toString('latin1');
    this.#byKey.set(copyOf(key), { response: text, expiresUs: this.#clock.nowUs() + this.#lifetimeUs });
    if (this.#sweep === undefined) this.#scheduleSweep(this.#lifetimeUs);
  }

  has(key: string): boolean {
    return this.#byKey.has(key);
  }

  /** The bytes to send again; undefined where there are none. */
  responseTo(key: string): Uint8Array | undefined {
    const response = this.#byKey.get(key)?.response;
    return response === undefined ? undefined : Buffer.from(response, 'latin1');
  }

  clear(): void {
    this.#sweep?.cancel();
    this.#sweep = undefined;
    this.#byKey.clear();
  }

  #scheduleSweep(delayUs: number): void {
    // A little later than due, so that one sweep takes many.
    this.#sweep = this.#clock.schedule(delayUs / 1000 + SWEEP_MS, () => {
      const nowUs = this.#clock.nowUs();
      for (const [key, { expiresUs }] of this.#byKey) {
        if (expiresUs > nowUs) return this.#scheduleSweep(expiresUs - nowUs);
        this.#byKey.delete(key);
      }
      this.#sweep = undefined;
    });
  }
}

/** A key is made of slices of its message, and would keep the whole of it: three times what the rest of an entry takes. */
function copyOf(key: string): string {
  return Buffer.from(key, 'latin1').toString('latin1');
}
