import type { Clock, Timer } from '@plugfest/model';
import { createCancel, createResponse, popVia, type SipRequest, type SipResponse } from '@plugfest/sip';
import type { ClientTransaction } from './client-transaction.ts';
import type { Flow } from './flow.ts';
import type { ServerTransaction } from './server-transaction.ts';
import type { TransactionLayer } from './transaction-layer.ts';

/** Longest that a forwarded INVITE may ring without a word. @see RFC 3261 §16.6 step 11 */
const TIMER_C_MS = 181_000;

export interface BranchContext {
  readonly clock: Clock;
  readonly layer: TransactionLayer;
  readonly onResponse: ((response: SipResponse, request: SipRequest) => SipResponse) | undefined;
}

/** One request on its way through a proxy: its responses go back, its CANCEL goes on. @see RFC 3261 §16.7, §16.10 */
export class ProxyBranch {
  readonly #context: BranchContext;
  readonly #upstream: ServerTransaction;
  readonly #client: ClientTransaction;
  readonly #ended: () => void;
  #timerC: Timer | undefined;
  #cancelWanted = false;
  #cancelSent = false;

  constructor(
    context: BranchContext,
    upstream: ServerTransaction,
    request: SipRequest,
    flow: Flow,
    branch: string,
    ended: () => void,
  ) {
    this.#context = context;
    this.#upstream = upstream;
    this.#ended = ended;
    upstream.onCancel = () => this.#cancel();
    this.#client = context.layer.send(
      request,
      flow,
      {
        onResponse: (response) => this.#relay(response),
        onTimeout: () => this.#fail(408),
        onTransportFailure: () => this.#fail(503),
      },
      branch,
    );
    if (request.method === 'INVITE') this.#restartTimerC();
  }

  #relay(response: SipResponse): void {
    if (response.statusCode >= 200) this.stop();
    else if (this.#client.request.method === 'INVITE') this.#restartTimerC();
    if (response.statusCode < 200 && this.#cancelWanted) this.#cancel();
    if (response.statusCode === 100) return;
    const popped = popVia(response);
    if (popped === undefined) return;
    this.#upstream.respond(this.#context.onResponse?.(popped, this.#client.request) ?? popped);
  }

  /** What the proxy says itself still passes `onResponse`. */
  #fail(statusCode: number): void {
    this.stop();
    const response = createResponse(this.#upstream.request, { statusCode, toTag: this.#context.layer.newTag() });
    this.#upstream.respond(this.#context.onResponse?.(response, this.#client.request) ?? response);
  }

  #restartTimerC(): void {
    this.#timerC?.cancel();
    this.#timerC = this.#context.clock.schedule(TIMER_C_MS, () => {
      if (this.#client.state === 'proceeding') this.#cancel();
      else this.#fail(408);
    });
  }

  #cancel(): void {
    this.#cancelWanted = true;
    if (this.#cancelSent || this.#client.state !== 'proceeding') return;
    this.#cancelSent = true;
    const fail = (): void => this.#fail(408);
    const handlers = { onResponse: () => undefined, onTimeout: fail, onTransportFailure: fail };
    this.#context.layer.sendAsIs(createCancel(this.#client.request), this.#client.flow, handlers);
  }

  /** No more timers: it is answered, or the proxy is closing. */
  stop(): void {
    this.#timerC?.cancel();
    this.#ended();
  }
}
