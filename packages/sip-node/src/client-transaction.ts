import type { Clock } from '@plugfest/model';
import {
  type Action,
  createFailureAck,
  formatMessage,
  INVITE_CLIENT,
  NON_INVITE_CLIENT,
  responseClass,
  type SipRequest,
  type SipResponse,
  type TimerBase,
  type TransactionState,
} from '@plugfest/sip';
import type { Flow } from './flow.ts';
import { TransactionRunner } from './transaction-runner.ts';

/** What the transaction user is told; each response once, a failure at most once. */
export interface ClientTransactionHandlers {
  onResponse(response: SipResponse): void;
  /** Timer B or F: treat as 408. */
  onTimeout(): void;
  /** The flow broke: treat as 503. */
  onTransportFailure(): void;
}

/** A request that we sent, with its Via, until its transaction is over. @see RFC 3261 §17.1 */
export class ClientTransaction {
  readonly request: SipRequest;
  readonly flow: Flow;
  readonly #runner: TransactionRunner;
  readonly #bytes: Uint8Array;
  readonly #handlers: ClientTransactionHandlers;
  #response: SipResponse | undefined;

  constructor(
    clock: Clock,
    base: TimerBase | undefined,
    request: SipRequest,
    flow: Flow,
    handlers: ClientTransactionHandlers,
    ended: () => void,
  ) {
    this.request = request;
    this.flow = flow;
    this.#handlers = handlers;
    this.#bytes = formatMessage(request);
    const table = request.method === 'INVITE' ? INVITE_CLIENT : NON_INVITE_CLIENT;
    this.#runner = new TransactionRunner(clock, table, flow.reliable, base, (action) => this.#perform(action), ended);
  }

  get state(): TransactionState {
    return this.#runner.state;
  }

  start(): void {
    this.#runner.input('start');
    if (this.flow.closed) this.#runner.input('transport-failed');
  }

  receive(response: SipResponse): void {
    this.#response = response;
    this.#runner.input(responseClass(response.statusCode));
  }

  flowClosed(): void {
    this.#runner.input('transport-failed');
  }

  abandon(): void {
    this.#runner.abandon();
  }

  #perform(action: Action): void {
    if (action === 'send-request') this.flow.send(this.#bytes);
    else if (action === 'report-timeout') this.#handlers.onTimeout();
    else if (action === 'report-transport-failure') this.#handlers.onTransportFailure();
    else if (this.#response === undefined) return;
    else if (action === 'send-ack') this.flow.send(formatMessage(createFailureAck(this.request, this.#response)));
    else if (action === 'deliver') this.#handlers.onResponse(this.#response);
  }
}
