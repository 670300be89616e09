import type { Clock } from '@plugfest/model';
import type { Flow } from './flow.ts';
import { peerKey } from './peer-key.ts';
import { TokenBuckets } from './token-buckets.ts';
import type { TransportLimits } from './transport-limits.ts';

/** A call is dear in the first seconds only: a conference that begins may bring everybody at once. */
const BURST_S = 4;

/** Which new calls are taken: so many a second, and so many that nobody has acknowledged yet, a peer and an address. */
export class CallAdmission {
  readonly #clock: Clock;
  readonly #limits: TransportLimits;
  readonly #peers: TokenBuckets;
  readonly #addresses: TokenBuckets;
  readonly #unacknowledged = new Map<string, number>();

  constructor(clock: Clock, limits: TransportLimits) {
    this.#clock = clock;
    this.#limits = limits;
    this.#peers = new TokenBuckets(limits.callsPerSecondPerPeer, limits.callsPerSecondPerPeer * BURST_S);
    this.#addresses = new TokenBuckets(limits.callsPerSecondPerAddress, limits.callsPerSecondPerAddress * BURST_S);
  }

  /** Whether an INVITE that begins a call may go on. A peer beyond his own rate takes nothing of his address's. */
  admits(flow: Flow): boolean {
    const [peer, { host }] = [peerKey(flow), flow.remote];
    const { unacknowledgedCallsPerPeer, unacknowledgedCallsPerAddress } = this.#limits;
    if ((this.#unacknowledged.get(peer) ?? 0) >= unacknowledgedCallsPerPeer) return false;
    if ((this.#unacknowledged.get(host) ?? 0) >= unacknowledgedCallsPerAddress) return false;
    const nowUs = this.#clock.nowUs();
    return this.#peers.take(peer, nowUs) && this.#addresses.take(host, nowUs);
  }

  /** A call of this peer waits for its ACK until `settled`. */
  hold(flow: Flow, settled: Promise<unknown>): void {
    const keys = [peerKey(flow), flow.remote.host];
    for (const key of keys) this.#unacknowledged.set(key, (this.#unacknowledged.get(key) ?? 0) + 1);
    void settled.then(() => {
      for (const key of keys) this.#release(key);
    });
  }

  #release(key: string): void {
    const left = (this.#unacknowledged.get(key) ?? 1) - 1;
    if (left > 0) this.#unacknowledged.set(key, left);
    else this.#unacknowledged.delete(key);
  }
}
