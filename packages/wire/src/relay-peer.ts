import type { TransportAddress } from './transport-address.ts';

/** Who is at one end of one port of a relay: the address that its description declared, and whom we hear. */
export class RelayPeer {
  /** Undefined: no description yet; null: the description wants no packets (hold). */
  #declared: TransportAddress | null | undefined;
  #latched: TransportAddress | undefined;
  #heardDeclared = false;
  #strict = false;
  #foreign = 0;

  /** Packets from somebody else, not passed on. */
  get foreign(): number {
    return this.#foreign;
  }

  /** No address: it wants nothing (hold). `strict`: only the declared address is heard (ICE: every other path has a check of its own that must fail). */
  declare(address: TransportAddress | undefined, strict: boolean): void {
    this.#strict = strict;
    if (address && same(address, this.#declared)) return;
    this.#declared = address ?? null;
    this.#latched = undefined;
    this.#heardDeclared = false;
  }

  /** Where packets for it go, if anywhere. */
  get destination(): TransportAddress | undefined {
    return this.#declared === undefined ? this.#latched : (this.#declared ?? undefined);
  }

  /**
   * Whether a packet from there is the peer's. Media may come from another port than it is wanted at (an RTP sender apart from its receiver), so
   * the first unknown source is heard until the declared one speaks; a third party never is.
   */
  accepts(source: TransportAddress): boolean {
    const accepted = this.#accepts(source);
    if (!accepted) this.#foreign++;
    return accepted;
  }

  #accepts(source: TransportAddress): boolean {
    if (same(source, this.#declared)) {
      this.#heardDeclared = true;
      return true;
    }
    if (this.#heardDeclared || (this.#strict && this.#declared)) return false;
    this.#latched ??= { address: source.address, port: source.port };
    return same(source, this.#latched);
  }
}

function same(a: TransportAddress, b: TransportAddress | null | undefined): boolean {
  return b != null && a.port === b.port && a.address === b.address;
}
