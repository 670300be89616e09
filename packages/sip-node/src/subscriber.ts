import type { Timer } from '@plugfest/model';
import {
  confirmDialog,
  createRequest,
  createResponse,
  createUacDialog,
  createUasDialog,
  decimalOf,
  type EventType,
  header,
  nextHopOf,
  parseEventType,
  parseSubscriptionState,
  type SipHeader,
  type SipRequest,
  type SipResponse,
  tagOf,
} from '@plugfest/sip';
import type { CallCore } from './call-core.ts';
import { DialogUsage } from './dialog-usage.ts';
import { exchangeAuthorized, localResponse } from './exchange.ts';
import type { Flow } from './flow.ts';
import { bracketed } from './out-of-dialog-client.ts';
import { reach } from './reach.ts';
import type { ServerTransaction } from './server-transaction.ts';
import type { SubscribeOptions, Subscription, SubscriptionEnd } from './subscription.ts';

/** A refresh goes out this long before the time is up, or at half of it when that is short. */
const REFRESH_MARGIN_S = 32;

/** @see RFC 6665 §4.1 */
export class Subscriber implements Subscription {
  onNotify: ((request: SipRequest) => void) | undefined;
  state: 'pending' | 'active' | 'terminated' = 'pending';
  readonly callId: string;
  readonly localTag: string;
  readonly #core: CallCore;
  readonly #options: SubscribeOptions;
  readonly #event: EventType;
  readonly #request: SipRequest;
  readonly #answered = Promise.withResolvers<SipResponse>();
  readonly #end = Promise.withResolvers<SubscriptionEnd>();
  readonly #flow: Flow;
  #usage: DialogUsage | undefined;
  #refresh: Timer | undefined;
  /** Timer N: a NOTIFY must follow each SUBSCRIBE. @see RFC 6665 §4.1.2.4 */
  #awaited: Timer | undefined;

  private constructor(core: CallCore, uri: string, options: SubscribeOptions, flow: Flow) {
    const { identity } = core;
    const from = identity.newFrom();
    this.#core = core;
    this.#options = options;
    this.#event = parseEventType(options.event) ?? { name: options.event, id: undefined };
    this.#flow = flow;
    this.callId = identity.newCallId(flow);
    this.localTag = from.tag;
    this.#request = createRequest({
      method: 'SUBSCRIBE',
      uri,
      from: from.value,
      to: `<${options.to ?? uri}>`,
      callId: this.callId,
      sequence: 1,
      route: (options.route ?? []).map(bracketed),
      headers: [identity.contact(flow), ...identity.requestHeaders(), ...this.#headers(options.expiresS)],
    });
  }

  /** Resolves with a subscription whose SUBSCRIBE is about to leave, or with the response that says why it cannot. */
  static async open(core: CallCore, uri: string, options: SubscribeOptions): Promise<Subscriber | SipResponse> {
    const hop = options.route?.[0]?.replace(/[<>]/g, '') ?? uri;
    const flow = await reach(hop, { locate: core.locate, transport: core.layer.transport });
    if (flow.ok) return new Subscriber(core, uri, options, flow.value);
    const draft = createRequest({ method: 'SUBSCRIBE', uri, from: '', to: '', callId: '', sequence: 1 });
    return localResponse(draft, 503, `Service Unavailable (${flow.error.text})`);
  }

  get answered(): Promise<SipResponse> {
    return this.#answered.promise;
  }

  get terminated(): Promise<SubscriptionEnd> {
    return this.#end.promise;
  }

  async start(): Promise<void> {
    this.#awaitNotify();
    const { layer, digest } = this.#core;
    const response = await exchangeAuthorized(layer, digest, this.#request, this.#flow);
    this.#answered.resolve(response);
    if (response.statusCode >= 300) {
      this.end({ message: response });
      return;
    }
    const dialog = confirmDialog(createUacDialog(this.#request, response), response);
    this.#usage ??= this.#usageOf(dialog);
    // A NOTIFY that overtook this response made the dialog without the proxies, which need not record-route it.
    this.#usage.dialog = { ...this.#usage.dialog, routeSet: dialog.routeSet, remoteTarget: dialog.remoteTarget };
    this.#refreshBefore(grantedBy(response, this.#options.expiresS));
  }

  /** A NOTIFY within our subscription: by what it says the dialog begins, too, when it overtakes the 200. */
  receive(transaction: ServerTransaction): void {
    const { request } = transaction;
    const state = parseSubscriptionState(header(request, 'Subscription-State') ?? '');
    const event = parseEventType(header(request, 'Event') ?? '');
    if (event?.name !== this.#event.name) {
      this.#respond(transaction, 489);
      return;
    }
    if (state === undefined) {
      this.#respond(transaction, 400);
      return;
    }
    this.#usage ??= this.#usageOf(dialogByNotify(request, this.localTag));
    if (this.state === 'terminated' || this.#usage.dialog.remoteTag !== tagOf(request, 'From')) {
      this.#respond(transaction, 481);
      return;
    }
    if (!this.#usage.receive(request, transaction.flow)) {
      this.#respond(transaction, 500);
      return;
    }
    this.#respond(transaction, 200);
    this.#awaited?.cancel();
    if (state.state !== 'terminated') this.state = state.state;
    if (state.state !== 'terminated' && state.expiresS !== undefined) this.#refreshBefore(state.expiresS);
    this.onNotify?.(request);
    if (state.state === 'terminated')
      this.end({ message: request, reason: state.reason, retryAfterS: state.retryAfterS });
  }

  unsubscribe(): void {
    if (this.state === 'terminated') return;
    this.#refresh?.cancel();
    void this.#resubscribe(0);
  }

  end(end: SubscriptionEnd = {}): void {
    if (this.state === 'terminated') return;
    this.state = 'terminated';
    this.#refresh?.cancel();
    this.#awaited?.cancel();
    this.#answered.resolve(localResponse(this.#request, 487));
    this.#end.resolve(end);
  }

  async #resubscribe(expiresS: number): Promise<void> {
    this.#awaitNotify();
    const response = await this.#usage?.sendRequest('SUBSCRIBE', { headers: this.#headers(expiresS) });
    if (response === undefined || this.state === 'terminated') return;
    const minS = decimalOf(header(response, 'Min-Expires') ?? '', 3600);
    if (response.statusCode === 423 && minS !== undefined && minS > expiresS) return this.#resubscribe(minS);
    // Other failures leave what was granted before as it is.
    if ([404, 405, 408, 410, 416, 481, 482, 483, 484, 485, 489, 501, 604].includes(response.statusCode)) {
      this.end({ message: response });
      return;
    }
    if (response.statusCode < 300 && expiresS > 0) this.#refreshBefore(grantedBy(response, expiresS));
  }

  #refreshBefore(expiresS: number): void {
    this.#refresh?.cancel();
    if (this.state === 'terminated' || expiresS <= 0) return;
    const delayS = Math.min(Math.max(expiresS - REFRESH_MARGIN_S, expiresS / 2), 86_400);
    this.#refresh = this.#core.clock.schedule(delayS * 1000, () => void this.#resubscribe(this.#options.expiresS));
  }

  #awaitNotify(): void {
    this.#awaited?.cancel();
    this.#awaited = this.#core.clock.schedule(64 * this.#core.timerBase.t1Ms, () => this.end());
  }

  #headers(expiresS: number): SipHeader[] {
    const { event, accept = [], headers = [] } = this.#options;
    const list = [
      { name: 'Event', value: event },
      { name: 'Expires', value: String(expiresS) },
    ];
    return accept.length === 0
      ? [...list, ...headers]
      : [...list, { name: 'Accept', value: accept.join(', ') }, ...headers];
  }

  #usageOf(dialog: DialogUsage['dialog']): DialogUsage {
    const isDirect = (this.#options.route ?? []).length === 0;
    return new DialogUsage(this.#core, dialog, this.#flow, { peerAlias: nextHopOf(this.#request), isDirect });
  }

  #respond(transaction: ServerTransaction, statusCode: number): void {
    const headers = this.#core.identity.responseHeaders();
    transaction.respond(createResponse(transaction.request, { statusCode, headers, toTag: this.localTag }));
  }
}

/** The time that a 2xx grants; never more than was asked for. */
function grantedBy(response: SipResponse, askedS: number): number {
  return Math.min(decimalOf(header(response, 'Expires') ?? '', 2 ** 32 - 1) ?? askedS, askedS);
}

/** @see RFC 6665 §4.4.1 */
function dialogByNotify(notify: SipRequest, localTag: string): DialogUsage['dialog'] {
  const dialog = createUasDialog(notify, localTag);
  return { ...dialog, early: false, localSequence: 1, remoteSequence: undefined };
}
