import type { Timer } from '@plugfest/model';
import {
  addressOf,
  type EventType,
  formatEventType,
  formatSubscriptionState,
  parseSipUri,
  type SipBody,
  type SipRequest,
  type SipResponse,
  type SubscriptionEndReason,
  type SubscriptionState,
  unicodeOf,
} from '@plugfest/sip';
import type { CallCore } from './call-core.ts';
import type { DialogSender } from './dialog-usage.ts';
import type { NotifierSubscription } from './event-package.ts';

/** NOTIFYs that wait for the answer to those before them; a subscriber that is further behind is given up. */
const MAX_WAITING = 32;

interface Waiting {
  readonly body: SipBody | undefined;
  /** Present on the last one. */
  readonly last?: SubscriptionState;
  readonly done: (response: SipResponse | undefined) => void;
}

/** Our side of a subscription: one NOTIFY at a time, in order, until it ends. @see RFC 6665 §4.2 */
export class Notifier implements NotifierSubscription {
  readonly id: string;
  readonly request: SipRequest;
  readonly resource: string;
  readonly subscriberUri: string;
  readonly eventId: string | undefined;
  readonly event: EventType;
  expiresAtUs = 0;
  readonly #core: CallCore;
  readonly #sender: DialogSender;
  readonly #end = Promise.withResolvers<void>();
  readonly #queue: Waiting[] = [];
  #expiry: Timer | undefined;
  #sending = false;
  #ended = false;
  #leaving = false;

  constructor(core: CallCore, sender: DialogSender, request: SipRequest, event: EventType) {
    const uri = parseSipUri(request.uri);
    this.#core = core;
    this.#sender = sender;
    this.id = core.random.token(12);
    this.request = request;
    this.event = event;
    this.eventId = event.id;
    this.resource = uri.ok ? unicodeOf(uri.value.user ?? '') : '';
    this.subscriberUri = addressOf(request, 'From')?.uri ?? '';
  }

  get active(): boolean {
    return !this.#ended && !this.#leaving;
  }

  get ended(): Promise<void> {
    return this.#end.promise;
  }

  /** Sets the time that is left; when it is up `lastBody` says what the last NOTIFY holds. */
  extend(expiresS: number, lastBody: () => SipBody | undefined = () => undefined): void {
    this.#expiry?.cancel();
    this.expiresAtUs = this.#core.clock.nowUs() + expiresS * 1e6;
    this.#expiry = this.#core.clock.schedule(expiresS * 1000, () => {
      const body = lastBody();
      this.terminate('timeout', body === undefined ? {} : { body });
    });
  }

  notify(body: SipBody | undefined): Promise<SipResponse | undefined> {
    if (!this.active) return Promise.resolve(undefined);
    if (this.#queue.length >= MAX_WAITING) {
      this.stop();
      return Promise.resolve(undefined);
    }
    return this.#enqueue({ body });
  }

  terminate(
    reason: SubscriptionEndReason,
    { body, retryAfterS }: { readonly body?: SipBody; readonly retryAfterS?: number } = {},
  ): void {
    if (!this.active) return;
    this.#leaving = true;
    this.#expiry?.cancel();
    void this.#enqueue({ body, last: { state: 'terminated', reason, retryAfterS } });
  }

  /** Ends it without another word. */
  stop(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#expiry?.cancel();
    for (const { done } of this.#queue.splice(0)) done(undefined);
    this.#end.resolve();
  }

  #enqueue(waiting: Omit<Waiting, 'done'>): Promise<SipResponse | undefined> {
    return new Promise((done) => {
      this.#queue.push({ ...waiting, done });
      if (!this.#sending) void this.#sendAll();
    });
  }

  async #sendAll(): Promise<void> {
    this.#sending = true;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      const response = await this.#send(next);
      next.done(response);
      if (next.last !== undefined || isGone(response)) this.stop();
    }
    this.#sending = false;
  }

  #send({ body, last }: Waiting): Promise<SipResponse> {
    const leftS = Math.max(0, Math.round((this.expiresAtUs - this.#core.clock.nowUs()) / 1e6));
    const state = last ?? { state: 'active' as const, expiresS: leftS };
    const headers = [
      { name: 'Event', value: formatEventType(this.event) },
      { name: 'Subscription-State', value: formatSubscriptionState(state) },
    ];
    return this.#sender.sendRequest('NOTIFY', body === undefined ? { headers } : { headers, body });
  }
}

/** Any failure but one that is to be tried again later ends the subscription. @see RFC 6665 §4.2.2 */
function isGone({ statusCode, headers }: SipResponse): boolean {
  return statusCode >= 300 && !headers.some(({ name }) => name.toLowerCase() === 'retry-after');
}
