import {
  confirmDialog,
  createCancel,
  createRequest,
  createUacDialog,
  cseqOf,
  type Dialog,
  formatHostPort,
  nextHopOf,
  parseSipUri,
  reliableNumberOf,
  type SipBody,
  type SipHeader,
  type SipRequest,
  type SipResponse,
  tagOf,
  withHeader,
} from '@plugfest/sip';
import { Call } from './call.ts';
import type { CallCore } from './call-core.ts';
import type { ClientTransaction } from './client-transaction.ts';
import { EarlyDialogs } from './early-dialogs.ts';
import { localResponse } from './exchange.ts';
import type { Flow } from './flow.ts';
import { bracketed } from './out-of-dialog-client.ts';
import { isServerFailure, reach, Servers } from './reach.ts';
import { RequestRetries } from './request-retries.ts';
import type { InviteOutcome, OutgoingSession } from './session.ts';
import type { InviteOptions } from './user-agent-options.ts';

/** A call that we make. @see RFC 3261 §13.2 */
export class OutgoingCall extends Call implements OutgoingSession {
  onProgress: ((response: SipResponse) => void) | undefined;
  onReliableProgress: OutgoingSession['onReliableProgress'];
  invite: SipRequest | undefined;
  readonly remoteUri: string;
  readonly remoteDisplayName: string | undefined = undefined;
  readonly #answered = Promise.withResolvers<InviteOutcome>();
  readonly #from: string;
  readonly #target: string;
  readonly #options: InviteOptions;
  #transaction: ClientTransaction | undefined;
  #cancelHeaders: readonly SipHeader[] | undefined;
  #cancelSent = false;
  #settled = false;
  #servers: Servers | undefined;
  readonly #retries = new RequestRetries(this);
  /** Made with the first reliable provisional response. */
  #early: EarlyDialogs | undefined;
  /** The offer came in a reliable 1xx, and the answer went with its PRACK. */
  #answeredEarly = false;

  constructor(core: CallCore, target: string, options: InviteOptions) {
    const from = core.identity.newFrom();
    super(core, from.tag);
    this.#from = from.value;
    this.#target = target;
    this.#options = options;
    this.remoteUri = options.to ?? target;
    const leave = (): void => void this.bye();
    options.signal?.addEventListener('abort', leave, { once: true });
    this.terminated.then(() => options.signal?.removeEventListener('abort', leave));
    void this.#start();
  }

  get answered(): Promise<InviteOutcome> {
    return this.#answered.promise;
  }

  async #start(): Promise<void> {
    const route = this.#options.route ?? [];
    const draft = this.#createInvite('', route, []);
    const hop = nextHopOf(draft);
    const { layer, locate } = this.core;
    const sizeOver = (over: Flow): number => layer.sizeOver(this.#completeInvite(over), over);
    this.#servers = new Servers(hop, { locate, transport: layer.transport }, { sizeOver });
    const flow = await this.#servers.next();
    if (!flow.ok)
      return this.#fail(localResponse(draft, 503, `Service Unavailable (${flow.error.text})`), 'transport-failed');
    if (this.#cancelHeaders !== undefined || this.#options.signal?.aborted)
      return this.#fail(localResponse(draft, 487), 'cancelled');
    const uri = parseSipUri(hop);
    this.flow = flow.value;
    this.isDirect = route.length === 0;
    this.peerAlias = uri.ok ? formatHostPort(uri.value.host, uri.value.port) : undefined;
    this.callId = this.core.identity.newCallId(flow.value);
    this.core.add(this);
    this.#send(this.#completeInvite(flow.value), flow.value);
  }

  /** With what depends on the way that it goes. */
  #completeInvite(flow: Flow): SipRequest {
    const { identity } = this.core;
    const ownHeaders = [identity.contact(flow), ...identity.requestHeaders(), ...identity.capabilityHeaders()];
    const headers = [...ownHeaders, ...this.timing.requestHeaders('INVITE')];
    const callId = this.callId === '' ? identity.newCallId(flow) : this.callId;
    return this.#createInvite(callId, this.#options.route ?? [], [...headers, ...(this.#options.headers ?? [])]);
  }

  #createInvite(callId: string, route: readonly string[], headers: readonly SipHeader[]): SipRequest {
    const { body, contentType = 'application/sdp', to } = this.#options;
    return createRequest({
      method: 'INVITE',
      uri: this.#target,
      from: this.#from,
      to: `<${to ?? this.#target}>`,
      callId,
      sequence: 1,
      route: route.map(bracketed),
      headers,
      body: body && { contentType, body },
    });
  }

  #send(request: SipRequest, flow: Flow): void {
    const transaction = this.core.layer.send(request, flow, {
      onResponse: (response) => this.#receive(request, response, flow),
      onTimeout: () => void this.#failOver(request, localResponse(request, 408), 'timeout'),
      onTransportFailure: () => void this.#failOver(request, localResponse(request, 503), 'transport-failed'),
    });
    this.#transaction = transaction;
    this.invite = transaction.request;
    this.inviting = true;
    this.pendingOffer = this.#options.body === undefined ? undefined : 'ours';
    const { body, contentType = 'application/sdp' } = this.#options;
    this.described = body && { contentType, body };
  }

  #receive(request: SipRequest, response: SipResponse, flow: Flow): void {
    if (response.statusCode < 200) this.#receiveProvisional(request, response);
    else if (response.statusCode < 300) void this.#receiveSuccess(request, response);
    else this.#receiveFailure(request, response, flow);
  }

  #receiveProvisional(request: SipRequest, response: SipResponse): void {
    if (this.#settled) return;
    if (this.#cancelHeaders !== undefined) this.#sendCancel();
    if (!this.counter.takesProvisional()) {
      this.cancel();
      return;
    }
    if (this.state === 'calling') this.state = 'proceeding';
    if (response.statusCode === 100) return;
    const number = reliableNumberOf(response);
    if (number !== undefined) {
      this.#early ??= new EarlyDialogs(this);
      if (!this.#early.takes(request, response, number)) return;
    }
    if (tagOf(response, 'To') !== '') {
      this.state = 'early';
      this.dialog ??= createUacDialog(request, response);
    }
    if (number !== undefined) void this.#acknowledgeProgress(request, response, number);
    this.onProgress?.(response);
  }

  /** @see RFC 3262 §4, §5 */
  async #acknowledgeProgress(request: SipRequest, response: SipResponse, number: number): Promise<void> {
    const described = response.body.length > 0;
    if (described && this.pendingOffer === 'ours') this.pendingOffer = undefined;
    const theyOffer = described && this.#options.body === undefined && !this.#answeredEarly;
    const body = await this.onReliableProgress?.(response);
    const weOffer = body !== undefined && !theyOffer;
    if (theyOffer && body !== undefined) this.#answeredEarly = true;
    if (weOffer) this.pendingOffer = 'ours';
    const answered = await this.#early?.acknowledge(request, response, number, body);
    if (weOffer) this.pendingOffer = undefined;
    if (answered !== undefined) body?.onAnswered?.(answered);
  }

  async #receiveSuccess(request: SipRequest, response: SipResponse): Promise<void> {
    const sequence = cseqOf(request)?.number ?? 1;
    if (this.#settled) {
      if (this.dialog?.remoteTag === tagOf(response, 'To')) this.repeatAck(sequence);
      else await this.#refuseFork(createUacDialog(request, response), sequence);
      return;
    }
    this.#settled = true;
    const tag = tagOf(response, 'To');
    const early = this.dialog?.remoteTag === tag ? this.dialog : this.#early?.dialogOf(tag);
    this.dialog = early ? confirmDialog(early, response) : createUacDialog(request, response);
    if (this.isLeaving) return this.#acknowledgeAfterBye(request, sequence);
    this.state = 'established';
    if (this.#cancelHeaders !== undefined) return this.#hangUpLate(request, sequence);
    this.timing.accepted(request, response);
    this.inviting = false;
    this.pendingOffer = this.#isAnswerOwed ? 'theirs' : undefined;
    if (!this.#isAnswerOwed) await this.acknowledge(sequence);
    this.#answered.resolve({ ok: true, response });
  }

  /** The 2xx holds an offer that the ACK has to answer. */
  get #isAnswerOwed(): boolean {
    return this.#options.body === undefined && !this.#answeredEarly;
  }

  /** The 2xx crossed the BYE that we sent in the early dialog: it is acknowledged, and nothing comes of it. @see RFC 5407 §3.1.3 */
  async #acknowledgeAfterBye(request: SipRequest, sequence: number): Promise<void> {
    await this.acknowledge(sequence);
    this.#answered.resolve({ ok: false, response: localResponse(request, 487) });
  }

  /** The 2xx crossed our CANCEL. @see RFC 3261 §9.1 */
  async #hangUpLate(request: SipRequest, sequence: number): Promise<void> {
    await this.acknowledge(sequence);
    this.#answered.resolve({ ok: false, response: localResponse(request, 487) });
    await this.hangUp([], 'cancelled');
  }

  /** A proxy forked our INVITE and a second callee took it: ACK and BYE. @see RFC 3261 §13.2.2.4 */
  async #refuseFork(dialog: Dialog, sequence: number): Promise<void> {
    const kept = this.dialog;
    this.dialog = dialog;
    const ack = this.nextRequest('ACK', {}, sequence);
    const bye = this.nextRequest('BYE', {});
    this.dialog = kept;
    const { layer, locate } = this.core;
    const flow = await reach(nextHopOf(ack), { locate, transport: layer.transport });
    if (!flow.ok) return;
    this.core.layer.sendAck(ack, flow.value);
    this.core.layer.send(bye, flow.value, {
      onResponse: () => undefined,
      onTimeout: () => undefined,
      onTransportFailure: () => undefined,
    });
  }

  #receiveFailure(request: SipRequest, response: SipResponse, flow: Flow): void {
    if (this.#settled) return;
    const retry = this.#cancelHeaders === undefined ? this.#retries.next(request, response) : undefined;
    if (retry !== undefined) this.#send(retry, flow);
    else if (isServerFailure(response)) void this.#failOver(request, response, 'rejected');
    else this.#fail(response, this.#cancelHeaders === undefined ? 'rejected' : 'cancelled');
  }

  /** The same INVITE to the next server, in a transaction of its own; what the one that failed said is forgotten. @see RFC 3263 §4.3 */
  async #failOver(
    request: SipRequest,
    response: SipResponse,
    reason: 'rejected' | 'timeout' | 'transport-failed',
  ): Promise<void> {
    if (this.#settled) return;
    const isGivenUp = (): boolean => this.#cancelHeaders !== undefined || this.#options.signal?.aborted === true;
    const flow = isGivenUp() ? undefined : await this.#servers?.next();
    if (isGivenUp()) return this.#fail(localResponse(request, 487), 'cancelled');
    if (!flow?.ok) return this.#fail(response, reason);
    this.flow = flow.value;
    this.dialog = undefined;
    this.#early = undefined;
    this.state = 'calling';
    this.#send(withHeader(request, 'Contact', this.core.identity.contact(flow.value).value), flow.value);
  }

  #fail(response: SipResponse, reason: 'rejected' | 'cancelled' | 'timeout' | 'transport-failed'): void {
    if (this.#settled) return;
    this.#settled = true;
    this.end(reason, response);
    this.#answered.resolve({ ok: false, response });
  }

  ack(answer?: SipBody): void {
    const sequence = this.invite && cseqOf(this.invite)?.number;
    if (!this.#isAnswerOwed || sequence === undefined || this.state !== 'established' || this.acks.has(sequence))
      return;
    this.pendingOffer = undefined;
    void this.acknowledge(sequence, answer);
  }

  /** Before the first 1xx a CANCEL has to wait. @see RFC 3261 §9.1 */
  cancel(headers: readonly SipHeader[] = []): void {
    if (this.#settled || this.#cancelHeaders !== undefined) return;
    this.#cancelHeaders = headers;
    if (this.#transaction?.state === 'proceeding') this.#sendCancel();
  }

  #sendCancel(): void {
    const transaction = this.#transaction;
    if (transaction === undefined || this.#cancelSent) return;
    this.#cancelSent = true;
    const cancel = createCancel(transaction.request, this.#cancelHeaders);
    const giveUp = (): void => this.#fail(localResponse(transaction.request, 487), 'cancelled');
    this.core.layer.sendAsIs(cancel, transaction.flow, {
      onResponse: () => undefined,
      onTimeout: giveUp,
      onTransportFailure: giveUp,
    });
  }

  async bye(headers: readonly SipHeader[] = []): Promise<void> {
    if (!this.#settled) {
      this.cancel(headers);
      await this.terminated;
    } else if (this.state === 'established') {
      this.ack();
      await this.hangUp(headers);
    }
  }
}
