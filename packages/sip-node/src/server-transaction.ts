import type { Clock } from '@plugfest/model';
import {
  type Action,
  createResponse,
  formatMessage,
  INVITE_SERVER,
  NON_INVITE_SERVER,
  responseClass,
  type SipRequest,
  type SipResponse,
  type TimerBase,
  type TransactionState,
} from '@plugfest/sip';
import type { Flow } from './flow.ts';
import { TransactionRunner } from './transaction-runner.ts';

/** A request that we were sent, until its transaction is over. @see RFC 3261 §17.2 */
export class ServerTransaction {
  readonly request: SipRequest;
  #flow: Flow;
  /** A CANCEL came for it. */
  onCancel: ((cancel: SipRequest) => void) | undefined;
  /** Timer H: nobody acknowledged the final response of 300-699. */
  onUnacknowledged: (() => void) | undefined;
  readonly #runner: TransactionRunner;
  readonly #onSettled: (response: Uint8Array | undefined) => void;
  #settledState: 'accepted' | 'completed' | undefined;
  #bytes: Uint8Array | undefined;
  #statusCode = 0;

  /** `onSettled`: nothing is left to do but to absorb retransmissions, which whoever gave it does from then on: with this response, or silently. */
  constructor(
    clock: Clock,
    base: TimerBase | undefined,
    request: SipRequest,
    flow: Flow,
    ended: () => void,
    onSettled: (response: Uint8Array | undefined) => void,
  ) {
    this.request = request;
    this.#flow = flow;
    this.#onSettled = onSettled;
    const table = request.method === 'INVITE' ? INVITE_SERVER : NON_INVITE_SERVER;
    this.#runner = new TransactionRunner(clock, table, flow.reliable, base, (action) => this.#perform(action), ended);
  }

  get state(): TransactionState {
    return this.#settledState ?? this.#runner.state;
  }

  /** Status code of the last response that the TU gave; 0 before the first. */
  get statusCode(): number {
    return this.#statusCode;
  }

  /** Where responses go. */
  get flow(): Flow {
    return this.#flow;
  }

  /** The request, or a retransmission of it: a peer that comes again over another connection or port is answered there. @see RFC 3261 §18.2.2 */
  receive(flow: Flow): void {
    if (this.#flow.closed || flow.remote.host === this.#flow.remote.host) this.#flow = flow;
    this.#runner.input('request');
  }

  receiveAck(): void {
    this.#runner.input('ack');
  }

  /** Sends a response; a second final response is ignored, but for 2xx to INVITE, which the TU repeats. */
  respond(response: SipResponse): void {
    const isFinal = this.#statusCode >= 200;
    const repeatsSuccess = isFinal && this.state === 'accepted' && response.statusCode < 300;
    if (isFinal && !repeatsSuccess) return;
    this.#statusCode = response.statusCode;
    this.#bytes = formatMessage(response);
    if (this.#settledState === 'accepted') this.#flow.send(this.#bytes);
    else this.#runner.input(`tu-${responseClass(response.statusCode)}`);
    if (response.statusCode >= 200 && this.#settledState === undefined) this.#settle();
  }

  #settle(): void {
    const { state } = this.#runner;
    if (state !== 'accepted' && (state !== 'completed' || this.request.method === 'INVITE')) return;
    this.#settledState = state;
    this.#runner.abandon();
    this.#onSettled(state === 'completed' ? this.#bytes : undefined);
  }

  abandon(): void {
    this.#runner.abandon();
  }

  #perform(action: Action): void {
    if (action === 'send-response') {
      if (this.#bytes !== undefined) this.#flow.send(this.#bytes);
    } else if (action === 'send-trying') {
      this.#bytes = formatMessage(createResponse(this.request, { statusCode: 100 }));
      this.#flow.send(this.#bytes);
    } else if (action === 'report-timeout') this.onUnacknowledged?.();
  }
}
