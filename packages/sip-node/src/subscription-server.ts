import {
  createResponse,
  createUasDialog,
  decimalOf,
  dialogKey,
  type EventType,
  header,
  headerValues,
  parseEventType,
  parseMediaType,
  type SipHeader,
  type SipRequest,
  tagOf,
} from '@plugfest/sip';
import type { CallCore } from './call-core.ts';
import { DialogUsage } from './dialog-usage.ts';
import type { EventPackage } from './event-package.ts';
import { Notifier } from './notifier.ts';
import type { ServerTransaction } from './server-transaction.ts';
import type { ResponseSpec } from './session.ts';

const DEFAULT_MIN_EXPIRES_S = 60;
/** The longest that a notifier may ask for. @see RFC 6665 §4.2.1.1 */
const MAX_MIN_EXPIRES_S = 3600;
/** More than this, and who subscribes next is told to come later. */
const MAX_SUBSCRIPTIONS = 5000;

interface Served {
  readonly notifier: Notifier;
  readonly usage: DialogUsage;
  readonly kind: EventPackage;
}

/** Subscriptions of others to our event packages. @see RFC 6665 §4.2 */
export class SubscriptionServer {
  readonly #core: CallCore;
  readonly #packages = new Map<string, EventPackage>();
  readonly #served = new Map<string, Served>();

  constructor(core: CallCore) {
    this.#core = core;
  }

  get size(): number {
    return this.#served.size;
  }

  /** Names for Allow-Events. */
  get events(): readonly string[] {
    return [...this.#packages.keys()];
  }

  serve(kind: EventPackage): void {
    this.#packages.set(kind.name, kind);
  }

  /** A SUBSCRIBE, new or within a dialog of ours; false: it is not for us. */
  receive(transaction: ServerTransaction): boolean {
    const { request } = transaction;
    if (this.#packages.size === 0) return false;
    if (tagOf(request, 'To') === '') this.#subscribe(transaction);
    else this.#refresh(transaction);
    return true;
  }

  #subscribe(transaction: ServerTransaction): void {
    const { request } = transaction;
    const event = parseEventType(header(request, 'Event') ?? '');
    const kind = event && this.#packages.get(event.name);
    const refusal = event && kind ? this.#refusalOf(request, kind) : this.#badEvent();
    if (refusal !== undefined || event === undefined || kind === undefined) {
      this.#respond(transaction, refusal ?? this.#badEvent());
      return;
    }
    const dialog = createUasDialog(request, this.#core.identity.newTag());
    const usage = DialogUsage.ofRequest(this.#core, { ...dialog, early: false }, request, transaction.flow);
    const notifier = new Notifier(this.#core, usage, request, event);
    const refused = kind.onSubscribe(notifier);
    if (refused !== undefined) {
      notifier.stop();
      this.#respond(transaction, refused);
      return;
    }
    const served: Served = { notifier, usage, kind };
    this.#served.set(usage.key, served);
    notifier.ended.then(() => this.#served.delete(usage.key));
    this.#accept(transaction, served);
  }

  #refresh(transaction: ServerTransaction): void {
    const { request } = transaction;
    const key = dialogKey(header(request, 'Call-ID') ?? '', tagOf(request, 'To'), tagOf(request, 'From'));
    const served = this.#served.get(key);
    const event = parseEventType(header(request, 'Event') ?? '');
    if (served === undefined || !served.notifier.active || !sameEvent(served.notifier.event, event)) {
      this.#respond(transaction, { statusCode: 481, reasonPhrase: 'Subscription does not exist' });
      return;
    }
    if (!served.usage.receive(request, transaction.flow)) {
      this.#respond(transaction, { statusCode: 500 });
      return;
    }
    const brief = this.#tooBrief(request, served.kind);
    if (brief === undefined) this.#accept(transaction, served);
    else this.#respond(transaction, brief);
  }

  #refusalOf(request: SipRequest, kind: EventPackage): ResponseSpec | undefined {
    if (header(request, 'Contact') === undefined) return { statusCode: 400, reasonPhrase: 'Bad Request (no Contact)' };
    if (this.#served.size >= MAX_SUBSCRIPTIONS) {
      return { statusCode: 503, headers: [{ name: 'Retry-After', value: '10' }] };
    }
    const accepted = headerValues(request, 'Accept').map((value) => parseMediaType(value)?.essence);
    if (accepted.length > 0 && !accepted.some((type) => fits(type, kind.mediaTypes)))
      return { statusCode: 406, headers: [{ name: 'Accept', value: kind.mediaTypes.join(', ') }] };
    return this.#tooBrief(request, kind);
  }

  #tooBrief(request: SipRequest, kind: EventPackage): ResponseSpec | undefined {
    const minS = Math.min(kind.minExpiresS ?? DEFAULT_MIN_EXPIRES_S, MAX_MIN_EXPIRES_S);
    const askedS = askedExpiryOf(request) ?? kind.defaultExpiresS;
    return askedS > 0 && askedS < minS
      ? { statusCode: 423, headers: [{ name: 'Min-Expires', value: String(minS) }] }
      : undefined;
  }

  /** 200 with the time granted, and at once the NOTIFY with the state. */
  #accept(transaction: ServerTransaction, { notifier, kind, usage }: Served): void {
    const { identity } = this.#core;
    const grantedS = Math.min(askedExpiryOf(transaction.request) ?? kind.defaultExpiresS, kind.maxExpiresS);
    const headers: SipHeader[] = [
      identity.contact(transaction.flow),
      { name: 'Expires', value: String(grantedS) },
      { name: 'Allow-Events', value: this.events.join(', ') },
      ...identity.responseHeaders(),
    ];
    transaction.respond(
      createResponse(transaction.request, { statusCode: 200, toTag: usage.dialog.localTag, headers }),
    );
    const body = kind.stateFor(notifier);
    if (grantedS === 0) {
      notifier.terminate('timeout', body === undefined ? {} : { body });
      return;
    }
    notifier.extend(grantedS, () => kind.stateFor(notifier));
    void notifier.notify(body);
  }

  #badEvent(): ResponseSpec {
    return { statusCode: 489, headers: [{ name: 'Allow-Events', value: this.events.join(', ') }] };
  }

  #respond(transaction: ServerTransaction, spec: ResponseSpec): void {
    const { identity } = this.#core;
    const headers = [...(spec.headers ?? []), ...identity.responseHeaders()];
    transaction.respond(createResponse(transaction.request, { ...spec, headers, toTag: identity.newTag() }));
  }

  /** Says to every subscriber that it is over; they may come back. */
  close(): void {
    for (const { notifier } of this.#served.values()) notifier.terminate('deactivated');
  }

  stop(): void {
    for (const { notifier } of [...this.#served.values()]) notifier.stop();
  }
}

function askedExpiryOf(request: SipRequest): number | undefined {
  return decimalOf(header(request, 'Expires') ?? '', 2 ** 32 - 1);
}

function fits(type: string | undefined, mediaTypes: readonly string[]): boolean {
  return type === '*/*' || mediaTypes.some((ours) => ours === type || `${ours.split('/')[0]}/*` === type);
}

function sameEvent(ours: EventType, theirs: EventType | undefined): boolean {
  return theirs !== undefined && ours.name === theirs.name && ours.id === theirs.id;
}
