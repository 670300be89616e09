import {
  createInDialogRequest,
  cseqOf,
  type Dialog,
  dialogKey,
  header,
  parseNameAddr,
  type Referral,
  type SipBody,
  type SipHeader,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  unicodeOf,
} from '@plugfest/sip';
import type { CallCore } from './call-core.ts';
import { CallCounter } from './call-limits.ts';
import { dialogFlow } from './dialog-flow.ts';
import { exchange, localResponse } from './exchange.ts';
import type { Flow } from './flow.ts';
import { type ReferralDecision, Referrals } from './referrals.ts';
import { sendReinvite } from './reinvite.ts';
import { RequestRetries } from './request-retries.ts';
import type { ServerTransaction } from './server-transaction.ts';
import type {
  OfferOutcome,
  ReinviteOptions,
  RequestOptions,
  ResponseSpec,
  Session,
  SessionEnd,
  SessionEndReason,
  SessionState,
} from './session.ts';
import { SessionTiming } from './session-timing.ts';
import type { SuccessResponse } from './success-response.ts';
import { sendUpdate } from './update.ts';

/** Methods of the other usages of a dialog: what becomes of them is not the call's end. @see RFC 5057 §5.1 */
const OTHER_USAGES = ['NOTIFY', 'SUBSCRIBE', 'REFER'];

/** What outgoing and incoming calls have in common. Members that `Session` does not name are for this package. */
export abstract class Call implements Session {
  onReinvite: ((offer: SipBody | null, request: SipRequest) => OfferOutcome | Promise<OfferOutcome>) | undefined;
  onAnswer: ((answer: SipBody | null, message: SipMessage) => void) | undefined;
  onRefresh: (() => SipBody | Promise<SipBody>) | undefined;
  onInfo: ((request: SipRequest) => ResponseSpec | undefined) | undefined;
  onRefer: ((referral: Referral) => ReferralDecision) | undefined;
  onRequest: ((request: SipRequest) => ResponseSpec | Promise<ResponseSpec>) | undefined;
  onBye: ((request: SipRequest) => void) | undefined;
  readonly core: CallCore;
  readonly counter: CallCounter;
  readonly timing: SessionTiming;
  readonly referrals = new Referrals(this);
  /** Another call is about to take the place of this one. */
  isTaken = false;
  state: SessionState = 'calling';
  dialog: Dialog | undefined;
  flow: Flow | undefined;
  callId = '';
  readonly localTag: string;
  /** host:port by which the peer (or the proxy next to us) calls its end of `flow`. */
  peerAlias: string | undefined;
  /** Nobody is between us and the peer. */
  isDirect = false;
  /** Whose offer lacks its answer. @see RFC 3264 §4 */
  pendingOffer: 'ours' | 'theirs' | undefined;
  /** Our description of the session, as it was sent last. */
  described: SipBody | undefined;
  /** Our INVITE that has no final response yet. */
  inviting = false;
  /** The peer's INVITE or UPDATE that we have not answered yet. */
  answering: ServerTransaction | undefined;
  /** Our 2xx to INVITEs that lack their ACK, by CSeq number. */
  readonly successes = new Map<number, SuccessResponse>();
  /** The ACKs that we sent, by CSeq number: sent again with each repeated 2xx. */
  readonly acks = new Map<number, { readonly ack: SipRequest; readonly flow: Flow }>();
  readonly #end = Promise.withResolvers<SessionEnd>();
  #leaving: Promise<SipResponse> | undefined;

  constructor(core: CallCore, localTag: string) {
    this.core = core;
    this.localTag = localTag;
    this.counter = new CallCounter(core.clock, core.callLimits);
    this.timing = new SessionTiming(this, core.sessionTimer);
  }

  abstract readonly remoteUri: string;
  abstract readonly remoteDisplayName: string | undefined;
  abstract bye(headers?: readonly SipHeader[]): Promise<void>;

  /** A PRACK: only an INVITE that we have not answered yet knows what to do with it. */
  receivePrack(_transaction: ServerTransaction): boolean {
    return false;
  }

  /** We said goodbye, and wait for the answer. @see RFC 5407 §2 (Mortal) */
  get isLeaving(): boolean {
    return this.#leaving !== undefined;
  }

  get terminated(): Promise<SessionEnd> {
    return this.#end.promise;
  }

  /** Ends the session; the first reason counts. */
  end(reason: SessionEndReason, message?: SipRequest | SipResponse): void {
    if (this.state === 'terminated') return;
    this.state = 'terminated';
    this.timing.stop();
    this.referrals.stop();
    for (const success of this.successes.values()) success.stop();
    this.successes.clear();
    this.core.remove(this);
    this.#end.resolve(message === undefined ? { reason } : { reason, message });
  }

  reinvite(body: SipBody | null, options: ReinviteOptions = {}): Promise<SipResponse> {
    return sendReinvite(this, body, options);
  }

  update(body: SipBody | null, options: Pick<RequestOptions, 'headers'> = {}): Promise<SipResponse> {
    return sendUpdate(this, body, options);
  }

  info(contentType: string, body: Uint8Array): Promise<SipResponse> {
    return this.sendRequest('INFO', { body: { contentType, body } });
  }

  async sendRequest(method: string, options: RequestOptions = {}): Promise<SipResponse> {
    if (method === 'BYE') return this.#leave(options);
    const { response } = await this.exchangeInDialog(method, options);
    return response;
  }

  /** Sends a request in the dialog, answers one challenge, asks for a longer session timer where that is wanted, and ends the session when the peer does not know it (any more). @see RFC 3261 §12.2.1.2 */
  async exchangeInDialog(
    method: string,
    options: RequestOptions,
  ): Promise<{ request: SipRequest; response: SipResponse }> {
    const next = this.nextRequest(method, options);
    const flow = await dialogFlow(this, next);
    if (!flow.ok)
      return { request: next, response: localResponse(next, 503, `Service Unavailable (${flow.error.text})`) };
    let request = this.withContact(next, flow.value);
    const { layer } = this.core;
    const send = (sent: SipRequest): Promise<SipResponse> =>
      exchange(layer, sent, flow.value, undefined, undefined, () => this.repeatAck(cseqOf(sent)?.number ?? 0));
    const retries = new RequestRetries(this);
    let response = await send(request);
    for (let retry = retries.next(request, response); retry; retry = retries.next(request, response)) {
      this.nextRequest(method, options);
      request = retry;
      response = await send(request);
    }
    const isGone = response.statusCode === 481 || response.statusCode === 408;
    if (isGone && !OTHER_USAGES.includes(method) && this.state === 'established') this.#abandon(flow.value, response);
    if (response.statusCode < 300) this.timing.accepted(request, response);
    return { request, response };
  }

  /** The peer is gone, or has no such dialog: it gets a BYE all the same, whose answer nobody waits for. @see RFC 3261 §12.2.1.2 */
  #abandon(flow: Flow, response: SipResponse): void {
    const nothing = { onResponse: () => undefined, onTimeout: () => undefined, onTransportFailure: () => undefined };
    if (!this.isLeaving) this.core.layer.send(this.nextRequest('BYE', {}), flow, nothing);
    this.end('timeout', response);
  }

  /** Sends BYE once, however often it is asked for; the session ends with its answer. */
  async hangUp(headers: readonly SipHeader[] = [], reason: SessionEndReason = 'local-bye'): Promise<void> {
    await this.#leave({ headers }, reason);
  }

  #leave(options: RequestOptions, reason: SessionEndReason = 'local-bye'): Promise<SipResponse> {
    this.#leaving ??= this.exchangeInDialog('BYE', options).then(({ response }) => {
      this.end(reason);
      return response;
    });
    return this.#leaving;
  }

  /** The next request of the dialog, its CSeq taken. */
  nextRequest(method: string, options: RequestOptions, sequence?: number): SipRequest {
    if (this.dialog === undefined) throw new Error(`${method} in a call without a dialog`);
    const headers = [...this.core.identity.requestHeaders(), ...(options.headers ?? [])];
    const built = createInDialogRequest(this.dialog, { method, headers, body: options.body, sequence });
    this.dialog = built.dialog;
    return built.request;
  }

  /** INVITE and UPDATE refresh the peer's target: they carry our Contact. */
  withContact(request: SipRequest, flow: Flow): SipRequest {
    if (!['INVITE', 'UPDATE', 'REFER', 'SUBSCRIBE', 'NOTIFY'].includes(request.method)) return request;
    const timer = header(request, 'Session-Expires') === undefined ? this.timing.requestHeaders(request.method) : [];
    return { ...request, headers: [...request.headers, this.core.identity.contact(flow), ...timer] };
  }

  /** Sends the ACK to a 2xx of the INVITE with this CSeq number. */
  async acknowledge(sequence: number, answer?: SipBody): Promise<void> {
    const ack = this.nextRequest('ACK', answer === undefined ? {} : { body: answer }, sequence);
    const flow = await dialogFlow(this, ack);
    if (!flow.ok) return;
    if (answer !== undefined) this.described = answer;
    this.acks.set(sequence, { ack: this.core.layer.sendAck(ack, flow.value), flow: flow.value });
    if (this.acks.size > 8) for (const old of this.acks.keys()) if (old < sequence - 8) this.acks.delete(old);
  }

  /** The peer sent its 2xx again: our ACK was lost. @see RFC 3261 §13.2.2.4 */
  repeatAck(sequence: number): void {
    const sent = this.acks.get(sequence);
    if (sent !== undefined) this.core.layer.sendAckAgain(sent.ack, sent.flow);
  }

  get key(): string {
    return dialogKey(this.callId, this.localTag, '');
  }
}

/** URI and display name of From or To. */
export function partyOf(message: SipRequest, name: 'From' | 'To'): { uri: string; displayName: string | undefined } {
  const address = parseNameAddr(header(message, name) ?? '');
  if (!address.ok) return { uri: '', displayName: undefined };
  const { uri, displayName } = address.value;
  return { uri, displayName: displayName === undefined ? undefined : unicodeOf(displayName) };
}
