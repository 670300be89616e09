import type { Clock } from '@plugfest/model';
import { createResponse, type SipRequest, type SipResponse, tagOf } from '@plugfest/sip';
import { CallAdmission } from './call-admission.ts';
import type { Flow } from './flow.ts';
import { peerKey } from './peer-key.ts';
import { TokenBuckets } from './token-buckets.ts';
import type { TransportCounters } from './transport-counters.ts';
import type { TransportLimits } from './transport-limits.ts';

/**
 * Which new requests get a server transaction. What is refused costs no state: the 503 is made anew for each retransmission, with the same To tag.
 * @see RFC 3261 §8.2.7, §21.5.4
 */
export class RequestAdmission {
  readonly calls: CallAdmission;
  readonly #clock: Clock;
  readonly #limits: TransportLimits;
  readonly #counters: TransportCounters;
  readonly #toTag: string;
  readonly #refusals: TokenBuckets;
  readonly #transactions = new Map<string, number>();

  constructor(clock: Clock, limits: TransportLimits, counters: TransportCounters, toTag: string) {
    this.calls = new CallAdmission(clock, limits);
    this.#clock = clock;
    this.#limits = limits;
    this.#counters = counters;
    this.#toTag = toTag;
    this.#refusals = new TokenBuckets(limits.refusalsPerSecondPerPeer, limits.refusalsPerSecondPerPeer);
  }

  /** Undefined: it is taken. `drop`: the peer was told often enough. */
  refusalOf(request: SipRequest, flow: Flow, inProgress: number): SipResponse | 'drop' | undefined {
    if (this.#hasRoom(flow, inProgress) && (!beginsCall(request) || this.calls.admits(flow))) return undefined;
    if (!this.#refusals.take(peerKey(flow), this.#clock.nowUs())) {
      this.#counters.requestsDropped++;
      return 'drop';
    }
    this.#counters.requestsRefused++;
    return createResponse(request, {
      statusCode: 503,
      toTag: this.#toTag,
      headers: [{ name: 'Retry-After', value: String(this.#limits.retryAfterS) }],
    });
  }

  /** Counts a transaction of this peer until what is returned is called. */
  hold(flow: Flow): () => void {
    const key = peerKey(flow);
    this.#transactions.set(key, (this.#transactions.get(key) ?? 0) + 1);
    return () => {
      const left = (this.#transactions.get(key) ?? 1) - 1;
      if (left > 0) this.#transactions.set(key, left);
      else this.#transactions.delete(key);
    };
  }

  #hasRoom(flow: Flow, inProgress: number): boolean {
    const { maxServerTransactions, serverTransactionsPerPeer } = this.#limits;
    return (
      inProgress < maxServerTransactions && (this.#transactions.get(peerKey(flow)) ?? 0) < serverTransactionsPerPeer
    );
  }
}

function beginsCall(request: SipRequest): boolean {
  return request.method === 'INVITE' && tagOf(request, 'To') === '';
}
