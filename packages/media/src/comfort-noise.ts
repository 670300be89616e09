import type { Random } from '@plugfest/model';
import { TICK_SAMPLES } from './codec-names.ts';

const FULL_SCALE = 32_768;
/** Uniform noise has this times its RMS as its peak. */
const CREST = Math.sqrt(3);

/**
 * What is heard while a peer sends nothing but the level of its background: white noise of that level. The spectrum that may follow the level is not followed: receivers need not
 * (RFC 3389 §3).
 */
export class ComfortNoise {
  readonly #random: Random;
  #peak = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Takes a payload; one without a level is ignored. */
  update(payload: Uint8Array): void {
    const [level] = payload;
    // Minus dBov; the first bit is 0. @see RFC 3389 §3.1
    if (level !== undefined && level < 128) this.#peak = FULL_SCALE * 10 ** (-level / 20) * CREST;
  }

  /** 20 ms. */
  next(): Int16Array {
    const peak = Math.min(this.#peak, FULL_SCALE - 1);
    return Int16Array.from({ length: TICK_SAMPLES }, () => (2 * this.#random.next() - 1) * peak);
  }
}
