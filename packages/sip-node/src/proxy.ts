import { err, ok, type Result } from '@plugfest/model';
import {
  BRANCH_COOKIE,
  createResponse,
  DEFAULT_UAS_PROFILE,
  decrementMaxForwards,
  hasLooped,
  loopDigest,
  nextHopOf,
  parameter,
  popOwnRoutes,
  prependHeader,
  type SipRequest,
  type SipUri,
  tagOf,
  validateForwarding,
  withBreadth,
  withHeader,
  withoutHeader,
} from '@plugfest/sip';
import type { Flow, ListenAddress } from './flow.ts';
import { FlowTokens } from './flow-token.ts';
import { ProxyBranch } from './proxy-branch.ts';
import type { ProxyDecision, ProxyOptions, ProxyRequestContext } from './proxy-options.ts';
import { reach } from './reach.ts';
import type { ServerTransaction } from './server-transaction.ts';
import type { ResponseSpec } from './session.ts';
import type { TransportFault } from './target.ts';
import { TransactionLayer } from './transaction-layer.ts';
import { SipTransportLayer } from './transport-layer.ts';

type Forward = Extract<ProxyDecision, { action: 'forward' }>;

/** A request after its Routes that meant us are gone, and the flow that the last of them named. */
interface Routed {
  readonly request: SipRequest;
  /** One of them was recorded by us. */
  readonly recorded: boolean;
  readonly flow: Flow | undefined;
  /** The flow was named and is gone. */
  readonly flowGone: boolean;
}

/** Methods whose dialogs we want to stay in. */
const RECORDED_METHODS = ['INVITE', 'SUBSCRIBE', 'REFER'];

/** A stateful proxy: one branch a request, Record-Route with a flow token each side. @see RFC 3261 §16, RFC 5658 */
export class SipProxy implements AsyncDisposable {
  readonly #options: ProxyOptions;
  readonly #transport: SipTransportLayer;
  readonly #layer: TransactionLayer;
  readonly #tokens: FlowTokens;
  readonly #branches = new Set<ProxyBranch>();

  private constructor(options: ProxyOptions, transport: SipTransportLayer) {
    const { clock, random, timerBase } = options;
    this.#options = options;
    this.#transport = transport;
    this.#tokens = new FlowTokens(random.token(32));
    this.#layer = new TransactionLayer({ clock, random, transport, timerBase });
    this.#layer.onRequest = (transaction, flow) => void this.#receive(transaction, flow);
    this.#layer.onAck = (ack) => void this.#forwardAck(ack);
  }

  /** @throws the system's error when a point cannot be bound */
  static async open(options: ProxyOptions): Promise<SipProxy> {
    const { clock, listen, tls, tap, limits } = options;
    return new SipProxy(options, await SipTransportLayer.open({ clock, listen, tls, tap, limits }));
  }

  /** Where it listens, in the order of `options.listen`. */
  get addresses(): readonly ListenAddress[] {
    return this.#transport.addresses;
  }

  async #receive(transaction: ServerTransaction, from: Flow): Promise<void> {
    const { request } = transaction;
    const extensions = this.#options.extensions ?? [];
    const refusal = validateForwarding(request, { ...DEFAULT_UAS_PROFILE, extensions });
    if (refusal !== undefined) this.#respond(transaction, refusal);
    else if (request.method === 'CANCEL') this.#receiveCancel(transaction);
    else if (hasLooped(request, loopDigest(request), (host, port) => this.#isOurAddress(host, port)))
      this.#respond(transaction, { statusCode: 482 });
    else if (withBreadth(request) === undefined) this.#respond(transaction, { statusCode: 440 });
    else await this.#decide(transaction, from);
  }

  #receiveCancel(transaction: ServerTransaction): void {
    const invite = this.#layer.cancelled(transaction.request);
    this.#respond(transaction, {
      statusCode: invite === undefined && !this.#layer.isTooLate(transaction.request) ? 481 : 200,
    });
    invite?.onCancel?.(transaction.request);
  }

  async #decide(transaction: ServerTransaction, from: Flow): Promise<void> {
    const routed = this.#route(transaction.request);
    const inDialog = routed.recorded && tagOf(transaction.request, 'To') !== '';
    let cancelled = false;
    transaction.onCancel = () => {
      cancelled = true;
    };
    const decision = await this.#decisionOn(routed.request, { from, inDialog });
    if (cancelled) this.#respond(transaction, { statusCode: 487 });
    else if (decision.action === 'respond') this.#respond(transaction, decision);
    else await this.#forward(transaction, from, routed, decision);
  }

  /** A callback that throws costs its request a 500, no more. */
  async #decisionOn(request: SipRequest, context: ProxyRequestContext): Promise<ProxyDecision> {
    const { onRequest, onInDialogRequest } = this.#options;
    try {
      if (!context.inDialog) return await onRequest(request, context);
      return (await onInDialogRequest?.(request, context)) ?? { action: 'forward' };
    } catch {
      return { action: 'respond', statusCode: 500 };
    }
  }

  async #forward(transaction: ServerTransaction, from: Flow, routed: Routed, decision: Forward): Promise<void> {
    const { request } = transaction;
    const breadth = withBreadth(routed.request) ?? routed.request;
    let onward = decrementMaxForwards(breadth) ?? breadth;
    if (decision.target !== undefined) onward = { ...onward, uri: decision.target };
    for (const name of decision.removeHeaders ?? []) onward = withoutHeader(onward, name);
    for (const { name, value } of decision.headers ?? []) onward = withHeader(onward, name, value);
    const flow = await this.#flowFor(onward, routed, decision);
    if (!flow.ok) {
      this.#respond(
        transaction,
        this.#options.onUnreachable?.(onward, flow.error) ?? {
          statusCode: flow.error.code === 'flow-gone' ? 430 : 504,
        },
      );
      return;
    }
    if (
      this.#options.recordRoute !== false &&
      RECORDED_METHODS.includes(request.method) &&
      tagOf(request, 'To') === ''
    ) {
      onward = this.#record(onward, from, flow.value);
    }
    const branch = `${BRANCH_COOKIE}${this.#options.random.token(16)}.${loopDigest(request)}`;
    const context = { clock: this.#options.clock, layer: this.#layer, onResponse: this.#options.onResponse };
    const started = new ProxyBranch(context, transaction, onward, flow.value, branch, () =>
      this.#branches.delete(started),
    );
    this.#branches.add(started);
  }

  async #flowFor(onward: SipRequest, routed: Routed, decision: Forward): Promise<Result<Flow, TransportFault>> {
    const named = decision.flow ?? (decision.nextHop === undefined ? routed.flow : undefined);
    if (named !== undefined)
      return named.closed ? err({ code: 'flow-gone', text: 'the connection is closed' }) : ok(named);
    const ways = { locate: this.#options.locate, transport: this.#transport };
    const sizeOver = (flow: Flow): number => this.#layer.sizeOver(onward, flow);
    const flow = await reach(decision.nextHop ?? nextHopOf(onward), ways, {
      serverName: decision.serverName,
      sizeOver,
    });
    const isNowhere = !flow.ok && ['bad-target', 'unresolved', 'flow-gone'].includes(flow.error.code);
    return isNowhere && routed.flowGone ? err({ code: 'flow-gone', text: 'the connection is closed' }) : flow;
  }

  /** One entry a side, each naming its own side's flow. @see RFC 5658 §5 */
  #record(request: SipRequest, from: Flow, to: Flow): SipRequest {
    return prependHeader(
      prependHeader(request, 'Record-Route', this.#recordUri(from)),
      'Record-Route',
      this.#recordUri(to),
    );
  }

  #recordUri(flow: Flow): string {
    const transport = flow.transport === 'udp' ? '' : `;transport=${flow.transport}`;
    const token = flow.reliable ? `;ft=${this.#tokens.tokenOf(flow)}` : ';ft=none';
    return `<sip:${this.#options.name ?? this.#layer.sentBy(flow)}${transport};lr${token}>`;
  }

  #route(request: SipRequest): Routed {
    const { request: rest, popped } = popOwnRoutes(request, (uri) => this.#isUs(uri));
    const token = popped.map((uri) => parameter(uri.parameters, 'ft')).findLast((value) => value !== undefined);
    const id = token === undefined ? undefined : this.#tokens.flowIdOf(token);
    const flow = id === undefined ? undefined : this.#transport.flowById(id);
    const recorded = popped.some((uri) => parameter(uri.parameters, 'ft') !== undefined);
    return { request: rest, recorded, flow, flowGone: id !== undefined && flow === undefined };
  }

  #isUs({ host, port, parameters }: SipUri): boolean {
    if (parameter(parameters, 'ft') !== undefined && host.endsWith('.invalid')) return true;
    return this.#isOurAddress(host, port);
  }

  #isOurAddress(host: string, port: number | undefined): boolean {
    const { name, aliases = [] } = this.#options;
    if (host === name || aliases.includes(host)) return true;
    return this.addresses.some(
      (address) => address.host === host && address.port === (port ?? (address.transport === 'tls' ? 5061 : 5060)),
    );
  }

  async #forwardAck(ack: SipRequest): Promise<void> {
    if (validateForwarding(ack) !== undefined) return;
    const routed = this.#route(ack);
    const onward = decrementMaxForwards(routed.request);
    const flow = onward && (await this.#flowFor(onward, routed, { action: 'forward' }));
    if (flow?.ok) this.#layer.sendAck(onward as SipRequest, flow.value);
  }

  #respond(transaction: ServerTransaction, spec: ResponseSpec): void {
    const { serverHeader } = this.#options;
    const own = serverHeader === undefined ? [] : [{ name: 'Server', value: serverHeader }];
    const headers = [...(spec.headers ?? []), ...own];
    transaction.respond(createResponse(transaction.request, { ...spec, headers, toTag: this.#layer.newTag() }));
  }

  async close(): Promise<void> {
    for (const branch of this.#branches) branch.stop();
    this.#layer.close();
    await this.#transport.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
