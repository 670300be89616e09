import type { Clock } from '@plugfest/model';
import type { Flow } from './flow.ts';
import { peerKey } from './peer-key.ts';
import { TokenBuckets } from './token-buckets.ts';
import type { TransportLimits } from './transport-limits.ts';

const BURST_S = 2;

/** How fast peers may send messages of any kind; asked before a byte is looked at. A peer beyond his own rate takes nothing of his address's. */
export class MessageRate {
  readonly #clock: Clock;
  readonly #peers: TokenBuckets;
  readonly #addresses: TokenBuckets;

  constructor(clock: Clock, { messagesPerSecondPerPeer, messagesPerSecondPerAddress }: TransportLimits) {
    this.#clock = clock;
    this.#peers = new TokenBuckets(messagesPerSecondPerPeer, messagesPerSecondPerPeer * BURST_S);
    this.#addresses = new TokenBuckets(messagesPerSecondPerAddress, messagesPerSecondPerAddress * BURST_S);
  }

  /** Whether a datagram is to be read. */
  admits(flow: Flow): boolean {
    const nowUs = this.#clock.nowUs();
    return this.#peers.take(peerKey(flow), nowUs) && this.#addresses.take(flow.remote.host, nowUs);
  }

  /** For how long nothing more is to be read from a connection that brought `messages`, ms. */
  pauseAfter(messages: number, id: string): number {
    return this.#peers.charge(id, messages, this.#clock.nowUs());
  }
}
