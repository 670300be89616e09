import type { Clock, Random } from '@plugfest/model';
import {
  BRANCH_COOKIE,
  clientTransactionKey,
  DEFAULT_TIMER_BASE,
  formatHostPort,
  formatMessage,
  header,
  parameter,
  prependHeader,
  type SipMessage,
  type SipRequest,
  serverTransactionKey,
  type TimerBase,
  topVia,
  validateResponse,
} from '@plugfest/sip';
import { ClientTransaction, type ClientTransactionHandlers } from './client-transaction.ts';
import type { Flow } from './flow.ts';
import { RequestAdmission } from './request-admission.ts';
import { ServerTransaction } from './server-transaction.ts';
import { SettledTransactions } from './settled-transactions.ts';
import type { SipTransportPort } from './transport-port.ts';

export interface TransactionLayerOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: SipTransportPort;
  readonly timerBase?: TimerBase | undefined;
}

/** Matches messages to transactions and runs their machines. @see RFC 3261 §17 */
export class TransactionLayer {
  /** A new request (not ACK). Its INVITE is answered with 100 after 200 ms if nothing else was. */
  onRequest: ((transaction: ServerTransaction, flow: Flow) => void) | undefined;
  /** An ACK that belongs to no failed INVITE: one to a 2xx. */
  onAck: ((ack: SipRequest, flow: Flow) => void) | undefined;
  /** A connection closed; its client transactions were told already. */
  onFlowClosed: ((flow: Flow) => void) | undefined;
  readonly #options: TransactionLayerOptions;
  readonly #clients = new Map<string, ClientTransaction>();
  readonly #servers = new Map<string, ServerTransaction>();
  readonly #settled: SettledTransactions;
  readonly #admission: RequestAdmission;
  readonly #sentBys = new Map<string, string>();
  #closed = false;

  constructor(options: TransactionLayerOptions) {
    this.#options = options;
    const { clock, timerBase = DEFAULT_TIMER_BASE, transport } = options;
    this.#settled = new SettledTransactions(clock, 64 * timerBase.t1Ms, transport.limits.maxSettledTransactions);
    this.#admission = new RequestAdmission(clock, transport.limits, transport.counters, this.newTag());
    options.transport.onMessage = (message, flow) => this.#receive(message, flow);
    options.transport.onFlowClosed = (flow) => this.#flowClosed(flow);
  }

  get transport(): SipTransportPort {
    return this.#options.transport;
  }

  /** Transactions that are not terminated. */
  get size(): number {
    return this.#clients.size + this.#servers.size + this.#settled.size;
  }

  /** A call came of an INVITE: until it is acknowledged or over it counts against its peer. */
  holdCall(flow: Flow, settled: Promise<unknown>): void {
    this.#admission.calls.hold(flow, settled);
  }

  /** Pushes a Via with a new branch (or `branch`) and sends; `onResponse` is never called before this returns. */
  send(
    request: SipRequest,
    flow: Flow,
    handlers: ClientTransactionHandlers,
    branch = this.newBranch(),
  ): ClientTransaction {
    return this.sendAsIs(this.withVia(request, flow, branch), flow, handlers);
  }

  /** Sends a request that has its Via: CANCEL. */
  sendAsIs(request: SipRequest, flow: Flow, handlers: ClientTransactionHandlers): ClientTransaction {
    const { clock, timerBase } = this.#options;
    const key = clientTransactionKey(request) ?? '';
    const transaction = new ClientTransaction(clock, timerBase, request, flow, handlers, () =>
      this.#clients.delete(key),
    );
    if (this.#closed) return transaction;
    this.#clients.set(key, transaction);
    queueMicrotask(() => transaction.start());
    return transaction;
  }

  /** Sends outside any transaction: the ACK to a 2xx. Returns what was sent. */
  sendAck(ack: SipRequest, flow: Flow): SipRequest {
    const sent = this.withVia(ack, flow, this.newBranch());
    flow.send(formatMessage(sent));
    return sent;
  }

  /** The same ACK for a repeated 2xx. */
  sendAckAgain(ack: SipRequest, flow: Flow): void {
    flow.send(formatMessage(ack));
  }

  newBranch(): string {
    return `${BRANCH_COOKIE}${this.#options.random.token(20)}`;
  }

  newTag(): string {
    return this.#options.random.token(12);
  }

  withVia(request: SipRequest, flow: Flow, branch: string): SipRequest {
    const rport = flow.transport === 'udp' ? ';rport' : '';
    return prependHeader(
      request,
      'Via',
      `SIP/2.0/${flow.transport.toUpperCase()} ${this.sentBy(flow)};branch=${branch}${rport}`,
    );
  }

  /** How long a request would be with our Via. */
  sizeOver(request: SipRequest, flow: Flow): number {
    return formatMessage(this.withVia(request, flow, this.newBranch())).length;
  }

  /** Our address as peers on this flow should know it: where we listen, else our end of the connection; a WebSocket client has none. @see RFC 7118 §5.2 */
  sentBy(flow: Flow): string {
    const listening = this.transport.addressFor(flow.transport, flow.local.host);
    if (listening !== undefined) return formatHostPort(listening.host, listening.port);
    if (flow.transport !== 'ws' && flow.transport !== 'wss') return formatHostPort(flow.local.host, flow.local.port);
    let name = this.#sentBys.get(flow.id);
    if (name === undefined) {
      name = `${this.#options.random.token(12)}.invalid`;
      this.#sentBys.set(flow.id, name);
    }
    return name;
  }

  /** The INVITE transaction that a CANCEL is for. @see RFC 3261 §9.2 */
  cancelled(cancel: SipRequest): ServerTransaction | undefined {
    return this.#servers.get(serverTransactionKey(cancel, 'INVITE') ?? '');
  }

  /** Whether this CANCEL came for an INVITE that was accepted already: it is answered with 200, and changes nothing. @see RFC 3261 §9.2 */
  isTooLate(cancel: SipRequest): boolean {
    return this.#settled.has(serverTransactionKey(cancel, 'INVITE') ?? '');
  }

  close(): void {
    this.#closed = true;
    for (const transaction of [...this.#clients.values(), ...this.#servers.values()]) transaction.abandon();
    this.#settled.clear();
  }

  /** Responses without a transaction are dropped, late 2xx too. @see RFC 6026 §7.1 */
  #receive(message: SipMessage, flow: Flow): void {
    if (this.#closed) return;
    if (message.kind === 'request') this.#receiveRequest(message, flow);
    else if (validateResponse(message) === undefined)
      this.#clients.get(clientTransactionKey(message) ?? '')?.receive(message);
  }

  #receiveRequest(request: SipRequest, flow: Flow): void {
    const key = serverTransactionKey(request) ?? `none ${this.newBranch()}`;
    const known = this.#servers.get(key);
    if (request.method === 'ACK') {
      if (known === undefined || known.state === 'accepted') this.onAck?.(request, flow);
      else known.receiveAck();
      return;
    }
    if (known !== undefined) {
      known.receive(this.#responseFlow(request, flow));
      return;
    }
    if (this.#settled.has(key)) {
      const response = this.#settled.responseTo(key);
      if (response !== undefined) this.#responseFlow(request, flow).send(response);
      return;
    }
    if (header(request, 'Via') === undefined) return;
    const refusal = this.#admission.refusalOf(request, flow, this.#servers.size);
    if (refusal === 'drop') return;
    if (refusal !== undefined) {
      this.#responseFlow(request, flow).send(formatMessage(refusal));
      return;
    }
    const { clock, timerBase } = this.#options;
    const release = this.#admission.hold(flow);
    const transaction = new ServerTransaction(
      clock,
      timerBase,
      request,
      this.#responseFlow(request, flow),
      () => {
        release();
        this.#servers.delete(key);
      },
      (response) => this.#settled.add(key, response),
    );
    this.#servers.set(key, transaction);
    transaction.receive(transaction.flow);
    this.onRequest?.(transaction, flow);
  }

  /**
   * Over UDP without rport the answer goes to the port of sent-by. DIVERGES: not when sent-by names another host than the packet came from;
   * who is not where his Via says is answered where he is, as if he had sent rport. @see RFC 3261 §18.2.2, RFC 3581 §4
   */
  #responseFlow(request: SipRequest, flow: Flow): Flow {
    const via = flow.transport === 'udp' ? topVia(request) : undefined;
    const port = via?.port ?? 5060;
    if (via === undefined || via.host !== flow.remote.host || port === flow.remote.port) return flow;
    if (parameter(via.parameters, 'rport') !== undefined) return flow;
    return this.transport.datagramFlow({ host: flow.remote.host, port }, flow.local) ?? flow;
  }

  #flowClosed(flow: Flow): void {
    this.#sentBys.delete(flow.id);
    for (const transaction of [...this.#clients.values()])
      if (transaction.flow.id === flow.id) transaction.flowClosed();
    this.onFlowClosed?.(flow);
  }
}
