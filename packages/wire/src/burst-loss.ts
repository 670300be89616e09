import type { Impairment, Random } from '@plugfest/model';

type Chain = NonNullable<Impairment['burstLoss']>;

/** Loss by a chain of two states, which moves once a packet. Starts good. @see Gilbert 1960; Elliott 1963 */
export class BurstLoss {
  readonly #chain: Chain;
  readonly #random: Random;
  #isBad = false;

  constructor(chain: Chain, random: Random) {
    this.#chain = chain;
    this.#random = random;
  }

  /** Whether the next packet is lost. */
  next(): boolean {
    const { toBad, toGood, lossInBad, lossInGood } = this.#chain;
    if (this.#random.next() < (this.#isBad ? toGood : toBad)) this.#isBad = !this.#isBad;
    const ratio = this.#isBad ? lossInBad : lossInGood;
    return ratio > 0 && this.#random.next() < ratio;
  }
}

/** The share of packets that such a chain loses in the long run. */
export function expectedLoss({ toBad, toGood, lossInBad, lossInGood }: Chain): number {
  const bad = toBad + toGood === 0 ? 0 : toBad / (toBad + toGood);
  return bad * lossInBad + (1 - bad) * lossInGood;
}
