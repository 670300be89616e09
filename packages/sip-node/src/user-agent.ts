import {
  answerTimer,
  BRANCH_COOKIE,
  createResponse,
  DEFAULT_TIMER_BASE,
  dialogKey,
  header,
  parameter,
  parseSipUri,
  type SipRequest,
  type SipResponse,
  tagOf,
  topVia,
  validateRequest,
} from '@plugfest/sip';
import type { Call } from './call.ts';
import type { CallCore } from './call-core.ts';
import { DEFAULT_CALL_LIMITS } from './call-limits.ts';
import { DigestClient } from './digest-client.ts';
import type { EventPackage } from './event-package.ts';
import type { Flow, ListenAddress } from './flow.ts';
import { receiveAck, receiveRequest } from './in-dialog.ts';
import { IncomingCall } from './incoming-call.ts';
import { LocalIdentity } from './local-identity.ts';
import { OutOfDialogClient } from './out-of-dialog-client.ts';
import { OutgoingCall } from './outgoing-call.ts';
import { type Replacement, replacementFor } from './replaced-call.ts';
import type { ServerTransaction } from './server-transaction.ts';
import type { IncomingSession, OutgoingSession, ResponseSpec, Session } from './session.ts';
import type { SubscribeOptions, Subscription } from './subscription.ts';
import { Subscriptions } from './subscriptions.ts';
import { TransactionLayer } from './transaction-layer.ts';
import type { TransportCounters } from './transport-counters.ts';
import { SipTransportLayer } from './transport-layer.ts';
import type { SipTransportPort } from './transport-port.ts';
import type {
  InviteOptions,
  OutOfDialogHandler,
  OutOfDialogOptions,
  RegisterOptions,
  UserAgentOptions,
} from './user-agent-options.ts';

const CLOSE_GRACE_MS = 500;

/** Methods that make no sense outside a dialog. */
const DIALOG_ONLY = ['BYE', 'UPDATE', 'PRACK'];

/** A SIP user agent: UAC and UAS on any number of transports at once. */
export class UserAgent implements AsyncDisposable {
  /** Each new call; 100 is sent by itself. Must end in `accept`, `reject` or the caller's CANCEL. Unset: 480. */
  onInvite: ((session: IncomingSession) => void) | undefined;
  onRequest: OutOfDialogHandler | undefined;
  readonly #options: UserAgentOptions;
  readonly #transport: SipTransportPort;
  readonly #layer: TransactionLayer;
  readonly #core: CallCore;
  readonly #calls = new Map<string, Call>();
  readonly #sessions = new Set<Call>();
  readonly #client: OutOfDialogClient;
  readonly #subscriptions: Subscriptions;

  private constructor(options: UserAgentOptions, transport: SipTransportPort) {
    const { clock, random, timerBase = DEFAULT_TIMER_BASE, locate } = options;
    this.#options = options;
    this.#transport = transport;
    this.#layer = new TransactionLayer({ clock, random, transport, timerBase });
    this.#layer.onRequest = (transaction, flow) => this.#receive(transaction, flow);
    this.#layer.onAck = (ack) => this.#receiveAck(ack);
    this.#layer.onFlowClosed = (flow) => this.#flowClosed(flow);
    this.#core = {
      clock,
      random,
      timerBase,
      locate,
      sessionTimer: options.sessionTimer,
      callLimits: { ...DEFAULT_CALL_LIMITS, ...options.callLimits },
      layer: this.#layer,
      identity: new LocalIdentity(options, this.#layer, random),
      digest: new DigestClient(options.credentials, random),
      add: (call) => this.#add(call),
      remove: (call) => this.#remove(call),
    };
    this.#client = new OutOfDialogClient(this.#core);
    this.#subscriptions = new Subscriptions(this.#core);
  }

  /** @throws the system's error when a point cannot be bound; TypeError when `aor` is no SIP URI */
  static async open(options: UserAgentOptions): Promise<UserAgent> {
    const { clock, random, listen, tls, tap, limits, keepAliveMs } = options;
    const keepAlive =
      keepAliveMs === undefined ? undefined : { intervalMs: keepAliveMs, random: random.fork('keep-alive') };
    const transport =
      options.transport ?? (await SipTransportLayer.open({ clock, listen, tls, tap, limits, keepAlive }));
    return new UserAgent(options, transport);
  }

  /** Where it listens, in the order of `options.listen`. */
  get addresses(): readonly ListenAddress[] {
    return this.#transport.addresses;
  }

  /** Sessions that are not terminated. */
  get sessions(): ReadonlySet<Session> {
    return this.#sessions;
  }

  /** What is held at the moment, for statistics and leak checks. */
  get statistics(): { readonly sessions: number; readonly transactions: number; readonly connections: number } {
    return {
      sessions: this.#sessions.size,
      transactions: this.#layer.size,
      connections: this.#transport.connectionCount,
    };
  }

  /** What was done against bad peers so far. */
  get counters(): Readonly<TransportCounters> {
    return this.#transport.counters;
  }

  invite(targetUri: string, options: InviteOptions = {}): OutgoingSession {
    const call = new OutgoingCall(this.#core, targetUri, { ...options, route: this.#route(options.route) });
    this.#sessions.add(call);
    return call;
  }

  /** A request outside a dialog. Resolves with the final response (408 when none came, 503 when it could not be sent); 401/407 are answered once. */
  request(method: string, uri: string, options: OutOfDialogOptions = {}): Promise<SipResponse> {
    return this.#client.request(method, uri, { ...options, route: this.#route(options.route) });
  }

  /** Registers our Contact; answers a challenge. Resolves with the final response; no refresh by itself. @see RFC 3261 §10.2 */
  register(options: RegisterOptions): Promise<SipResponse> {
    return this.#client.register({ ...options, route: this.#route(options.route) });
  }

  /** Offers an event package: SUBSCRIBEs to it are answered from now on, those to others with 489. @see RFC 6665 */
  serve(kind: EventPackage): void {
    this.#subscriptions.server.serve(kind);
  }

  /** Subscribes to somebody's events; what could not even be sent is `terminated` with the reason. */
  subscribe(uri: string, options: SubscribeOptions): Promise<Subscription> {
    return this.#subscriptions.subscribe(uri, { ...options, route: this.#route(options.route) });
  }

  #route(route: readonly string[] | undefined): readonly string[] {
    return route ?? (this.#options.outboundProxy === undefined ? [] : [this.#options.outboundProxy]);
  }

  #add(call: Call): void {
    this.#calls.set(call.key, call);
    this.#sessions.add(call);
  }

  #remove(call: Call): void {
    this.#calls.delete(call.key);
    this.#sessions.delete(call);
  }

  #callOf(request: SipRequest): Call | undefined {
    const call = this.#calls.get(dialogKey(header(request, 'Call-ID') ?? '', tagOf(request, 'To'), ''));
    return call?.dialog?.remoteTag === tagOf(request, 'From') ? call : undefined;
  }

  /** Peers that only their connection led to (`.invalid` Contacts of WebSocket clients) are gone with it. @see RFC 7118 §5.2 */
  #flowClosed(flow: Flow): void {
    for (const call of [...this.#sessions]) {
      const target = parseSipUri(call.dialog?.remoteTarget ?? '');
      if (call.flow?.id === flow.id && target.ok && target.value.host.endsWith('.invalid'))
        call.end('transport-failed');
    }
  }

  #receiveAck(ack: SipRequest): void {
    const call = this.#callOf(ack);
    if (call !== undefined) receiveAck(call, ack);
  }

  #receive(transaction: ServerTransaction, flow: Flow): void {
    const { request } = transaction;
    const refusal = validateRequest(request, this.#core.identity.profile);
    if (refusal !== undefined) this.#respond(transaction, refusal);
    else if (request.method === 'CANCEL') this.#receiveCancel(transaction);
    else if (tagOf(request, 'To') !== '' || DIALOG_ONLY.includes(request.method))
      this.#receiveInDialog(transaction, flow);
    else if (request.method === 'INVITE') this.#receiveInvite(transaction, flow);
    else if (!this.#subscriptions.receive(transaction)) void this.#receiveOutOfDialog(transaction, flow);
  }

  /** Dialogs that are not ours may be the application's (a subscription's), but for INVITE and BYE. */
  #receiveInDialog(transaction: ServerTransaction, flow: Flow): void {
    const { request } = transaction;
    const call = this.#callOf(request);
    if (call !== undefined) receiveRequest(call, transaction);
    else if (this.#subscriptions.receive(transaction)) return;
    else if (request.method === 'INVITE' || DIALOG_ONLY.includes(request.method))
      this.#respond(transaction, { statusCode: 481 });
    else void this.#receiveOutOfDialog(transaction, flow);
  }

  #receiveCancel(transaction: ServerTransaction): void {
    const invite = this.#layer.cancelled(transaction.request);
    this.#respond(transaction, {
      statusCode: invite === undefined && !this.#layer.isTooLate(transaction.request) ? 481 : 200,
    });
    invite?.onCancel?.(transaction.request);
  }

  #receiveInvite(transaction: ServerTransaction, flow: Flow): void {
    if (header(transaction.request, 'Contact') === undefined && !isOfRfc2543(transaction.request)) {
      this.#respond(transaction, { statusCode: 400, reasonPhrase: 'Bad Request (no Contact)' });
    } else if (this.onInvite === undefined) this.#respond(transaction, { statusCode: 480 });
    else if (!this.#refusesTimer(transaction)) {
      const replaced = this.#replacement(transaction.request);
      if ('statusCode' in replaced) {
        this.#respond(transaction, replaced);
        return;
      }
      const call = new IncomingCall(this.#core, transaction, flow, replaced.call);
      this.#layer.holdCall(flow, Promise.race([call.acked, call.terminated]));
      this.onInvite(call);
    }
  }

  /** Who knows nothing of Replaces takes no notice of it. */
  #replacement(request: SipRequest): Replacement {
    if (!this.#core.identity.profile.extensions.includes('replaces')) return { call: undefined };
    return replacementFor(request, (key) => this.#calls.get(key));
  }

  /** @see RFC 4028 §9 */
  #refusesTimer(transaction: ServerTransaction): boolean {
    const { sessionTimer } = this.#options;
    const answer = sessionTimer && answerTimer(transaction.request, sessionTimer);
    if (answer === undefined || answer.ok) return false;
    this.#respond(transaction, answer);
    return true;
  }

  async #receiveOutOfDialog(transaction: ServerTransaction, flow: Flow): Promise<void> {
    const { request } = transaction;
    const spec = await Promise.resolve(this.onRequest?.(request, flow)).catch(() => ({ statusCode: 500 }));
    this.#respond(transaction, spec ?? this.#defaultResponse(request));
  }

  #defaultResponse(request: SipRequest): ResponseSpec {
    const headers = this.#core.identity.capabilityHeaders();
    if (tagOf(request, 'To') !== '') return { statusCode: 481 };
    if (request.method === 'OPTIONS') {
      return {
        statusCode: 200,
        headers: [...headers, { name: 'Accept', value: this.#core.identity.profile.mediaTypes.join(', ') }],
      };
    }
    return { statusCode: 405, headers };
  }

  #respond(transaction: ServerTransaction, spec: ResponseSpec): void {
    const { identity } = this.#core;
    const headers = [...(spec.headers ?? []), ...identity.responseHeaders()];
    transaction.respond(createResponse(transaction.request, { ...spec, toTag: identity.newTag(), headers }));
  }

  /** Hangs up what is up (waiting at most `graceMs`), then closes sockets and timers. */
  async close(graceMs: number = CLOSE_GRACE_MS): Promise<void> {
    const leaving = [...this.#sessions].map((call) => call.bye());
    if (leaving.length > 0 && graceMs > 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = this.#options.clock.schedule(graceMs, resolve);
      await Promise.race([Promise.allSettled(leaving), promise]);
      timer.cancel();
    }
    for (const call of [...this.#sessions]) call.end('closed');
    this.#subscriptions.stop();
    this.#layer.close();
    await this.#transport.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Elements of RFC 2543 may send no Contact: their From is where they are. @see RFC 4475 §3.4.1 */
function isOfRfc2543(request: SipRequest): boolean {
  const via = topVia(request);
  return via !== undefined && parameter(via.parameters, 'branch')?.startsWith(BRANCH_COOKIE) !== true;
}
