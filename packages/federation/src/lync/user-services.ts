import { addressOf, header, parseMediaType, type SipBody, type SipHeader, type SipRequest } from '@plugfest/sip';
import type { Flow, ResponseSpec } from '@plugfest/sip-node';
import { type EventDialog, EventDialogs, notification, piggybackSequence } from './event-dialogs.ts';
import type { Watcher } from './presence-book.ts';
import { type Provisioning, provisioningXml } from './provisioning.ts';
import { CATEGORIES_TYPE, resourceList, resourcesIn } from './resource-list.ts';
import type { UserRecord } from './user-record.ts';
import { parseXml, type XmlElement } from './xml.ts';

/** A response, and the tag of the dialog that it makes. */
export type ServiceResponse = ResponseSpec & { readonly toTag?: string };

/** What the services need of the front end that they are part of. */
export interface ServiceContext {
  readonly provisioning: Provisioning;
  readonly userOf: (address: string) => UserRecord | undefined;
  /** Our Contact. */
  readonly contact: () => string;
  readonly newTag: () => string;
  readonly nowMs: () => number;
  /** Sends a request of our own over a client's connection. */
  readonly notify: (request: SipRequest, flow: Flow) => void;
  /** Somebody of ours wants to see somebody of another domain; what is known of that one already. */
  readonly watchForeign: (watcher: string, address: string) => string | undefined;
}

const CONFERENCE_INFO = 'application/conference-info+xml';
const DEFAULT_EXPIRES_S = 28_800;
const ROAMING = {
  'vnd-microsoft-roaming-self': 'application/vnd-microsoft-roaming-self+xml',
  'vnd-microsoft-roaming-contacts': 'application/vnd-microsoft-roaming-contacts+xml',
  'vnd-microsoft-provisioning-v2': 'application/vnd-microsoft-roaming-provisioning-v2+xml',
} as const;
export const ALLOW_EVENTS = [...Object.keys(ROAMING), 'presence', 'conference'].join(',');

/** SUBSCRIBE and SERVICE to what the server keeps for people: roaming data, provisioning, contacts, presence. @see [MS-PRES], [MS-SIP] */
export class UserServices {
  readonly #context: ServiceContext;
  readonly #dialogs = new EventDialogs();

  constructor(context: ServiceContext) {
    this.#context = context;
  }

  dropFlow(flow: Flow): void {
    this.#dialogs.dropFlow(flow);
  }

  knows(request: SipRequest): boolean {
    return this.#dialogs.knows(request, eventOf(request));
  }

  /** @param watcher who subscribes: our own user, or somebody let in by an edge */
  subscribe(request: SipRequest, flow: Flow, watcher: Watcher): ServiceResponse {
    const event = eventOf(request);
    const body = parsedBody(request);
    const target = addressIn(request, 'To');
    if (event === 'presence') return this.#subscribePresence(request, flow, watcher, body, target);
    const user = this.#context.userOf(watcher.address);
    if (!(event in ROAMING) || user === undefined || target !== watcher.address) return { statusCode: 489 };
    const entry = this.#open(request, flow, watcher, event, []);
    if (entry === undefined) return { statusCode: 503 };
    const content = this.#roamingBody(event as keyof typeof ROAMING, user);
    return this.#accepted(entry, { contentType: ROAMING[event as keyof typeof ROAMING], body: Buffer.from(content) });
  }

  /** The roster of a conference, now and at each change. */
  subscribeConference(request: SipRequest, flow: Flow, watcher: Watcher, uri: string, roster: string): ServiceResponse {
    if (eventOf(request) !== 'conference') return { statusCode: 489 };
    const entry = this.#open(request, flow, watcher, 'conference', [uri]);
    if (entry === undefined) return { statusCode: 503 };
    return this.#accepted(entry, { contentType: CONFERENCE_INFO, body: Buffer.from(roster) });
  }

  tellRoster(uri: string, roster: string): void {
    const body = { contentType: CONFERENCE_INFO, body: Buffer.from(roster) };
    this.#notifyAll(
      'conference',
      ({ resources }) => resources.includes(uri),
      () => body,
    );
  }

  #roamingBody(event: keyof typeof ROAMING, user: UserRecord): string {
    if (event === 'vnd-microsoft-roaming-contacts') return user.contacts.toXml();
    if (event === 'vnd-microsoft-provisioning-v2') return provisioningXml(this.#context.provisioning);
    return user.roamingSelf(['categories', 'containers', 'subscribers']);
  }

  #subscribePresence(
    request: SipRequest,
    flow: Flow,
    watcher: Watcher,
    body: XmlElement | undefined,
    target: string,
  ): ServiceResponse {
    const named = body === undefined ? [] : resourcesIn(body);
    const isBatch = named.length > 0;
    const entry = this.#open(request, flow, watcher, 'presence', isBatch ? named : [target]);
    if (entry === undefined) return { statusCode: 503 };
    if (this.#context.userOf(target) === undefined) return { statusCode: 404 };
    const states = entry.resources.map((address) => ({ address, categories: this.categoriesOf(address, watcher) }));
    for (const address of entry.resources) this.#tellWatched(address, watcher.address);
    if (isBatch || entry.resources.length > 1)
      return this.#accepted(entry, resourceList(watcher.address, states, entry.dialog.localSequence));
    const categories = states[0]?.categories;
    return this.#accepted(entry, { contentType: CATEGORIES_TYPE, body: Buffer.from(categories ?? '') });
  }

  /** What a watcher is told of a person now, of ours or of another domain. */
  categoriesOf(address: string, watcher: Watcher): string | undefined {
    const user = this.#context.userOf(address);
    return user === undefined ? this.#context.watchForeign(watcher.address, address) : user.book.categoriesFor(watcher);
  }

  #open(request: SipRequest, flow: Flow, watcher: Watcher, event: string, resources: readonly string[]) {
    const asked = Number(header(request, 'Expires') ?? DEFAULT_EXPIRES_S);
    const seconds = Number.isFinite(asked) ? Math.min(Math.max(asked, 0), DEFAULT_EXPIRES_S) : DEFAULT_EXPIRES_S;
    const expiresAtMs = this.#context.nowMs() + seconds * 1000;
    const given = { event, subscriber: watcher.address, flow, resources, expiresAtMs };
    return this.#dialogs.subscribe(request, this.#context.newTag(), given);
  }

  /** A client that can takes its first notification with the 200; others get it by itself. @see [MS-SIP] §3.7 piggyback */
  #accepted(entry: EventDialog, body: SipBody): ServiceResponse {
    const { contact, nowMs, notify } = this.#context;
    const seconds = Math.max(0, Math.round((entry.expiresAtMs - nowMs()) / 1000));
    const state = seconds > 0 ? `active;expires=${seconds}` : 'terminated;reason=timeout';
    const headers: SipHeader[] = [
      { name: 'Contact', value: `<${contact()}>` },
      { name: 'Expires', value: String(seconds) },
    ];
    const toTag = entry.dialog.localTag;
    if (!entry.bestEffort) {
      queueMicrotask(() => notify(notification(entry, body, nowMs()), entry.flow));
      return { statusCode: 200, headers, toTag };
    }
    const piggyback = [
      { name: 'Event', value: entry.event },
      { name: 'subscription-state', value: state },
      { name: 'ms-piggyback-cseq', value: String(piggybackSequence(entry)) },
      { name: 'Supported', value: 'ms-benotify, ms-piggyback-first-notify' },
    ];
    return {
      statusCode: 200,
      headers: [...headers, ...piggyback],
      ...(body.body.length > 0 && { body }),
      toTag,
    };
  }

  #tellWatched(address: string, by: string): void {
    const user = this.#context.userOf(address);
    if (user?.watchedBy(by)) this.tellOwner(address, ['subscribers']);
  }

  /** SERVICE: publications, containers, subscribers, contacts. */
  service(request: SipRequest, sender: string): ServiceResponse {
    const user = this.#context.userOf(sender);
    const body = parsedBody(request);
    if (user === undefined || addressIn(request, 'To') !== sender) return { statusCode: 403 };
    if (body === undefined) return { statusCode: 400 };
    const type = parseMediaType(header(request, 'Content-Type') ?? '')?.essence;
    if (type === 'application/msrtc-category-publish+xml') return this.#publish(user, body);
    if (type === 'application/soap+xml') return this.#changeContacts(user, body);
    if (type === 'application/msrtc-setcontainermembers+xml') user.book.setMembers(body);
    else if (type === 'application/msrtc-presence-setsubscriber+xml') user.setSubscribers(body);
    else return { statusCode: 415 };
    this.tellOwner(sender, ['containers', 'subscribers']);
    this.tellWatchers(sender);
    return { statusCode: 200 };
  }

  #publish(user: UserRecord, body: XmlElement): ServiceResponse {
    const wrong = user.book.publish(body, this.#context.nowMs());
    if (wrong.length > 0) {
      const operations = wrong.map(
        ({ index, currentVersion }) => `<operation index="${index}" curVersion="${currentVersion}"/>`,
      );
      const fault = `<Fault xmlns="http://schemas.microsoft.com/2006/09/sip/error"><Faultcode>Client.BadCall.WrongDelta</Faultcode><details>${operations.join('')}</details></Fault>`;
      return { statusCode: 409, body: { contentType: 'application/msrtc-fault+xml', body: Buffer.from(fault) } };
    }
    const content = user.roamingSelf(['categories']);
    this.tellWatchers(user.user.address);
    return {
      statusCode: 200,
      body: { contentType: ROAMING['vnd-microsoft-roaming-self'], body: Buffer.from(content) },
    };
  }

  #changeContacts(user: UserRecord, body: XmlElement): ServiceResponse {
    const { answer, delta } = user.contacts.change(body);
    if (answer === undefined || delta === undefined) return { statusCode: 409 };
    const event = 'vnd-microsoft-roaming-contacts';
    this.#notifyAll(
      event,
      (entry) => entry.subscriber === user.user.address,
      () => ({ contentType: ROAMING[event], body: Buffer.from(delta) }),
    );
    return { statusCode: 200, body: { contentType: 'application/SOAP+xml', body: Buffer.from(answer) } };
  }

  /** A person's presence is another: all who watch are told what they may see. */
  tellWatchers(address: string, foreign?: { readonly watcher: string; readonly categories: string }): void {
    const about = ({ resources, subscriber }: EventDialog): boolean =>
      resources.includes(address) && (foreign === undefined || foreign.watcher === subscriber);
    this.#notifyAll('presence', about, ({ subscriber }) => {
      const categories = foreign?.categories ?? this.categoriesOf(address, this.#watcherOf(subscriber));
      return categories === undefined ? undefined : { contentType: CATEGORIES_TYPE, body: Buffer.from(categories) };
    });
  }

  /** A user's own clients hear of a change of what is kept for him. */
  tellOwner(address: string, parts: readonly ('categories' | 'containers' | 'subscribers')[]): void {
    const event = 'vnd-microsoft-roaming-self';
    const content = this.#context.userOf(address)?.roamingSelf(parts) ?? '';
    this.#notifyAll(
      event,
      ({ subscriber }) => subscriber === address,
      () => ({ contentType: ROAMING[event], body: Buffer.from(content) }),
    );
  }

  #watcherOf(address: string): Watcher {
    return { address, kind: this.#context.userOf(address) === undefined ? 'federated' : 'sameEnterprise' };
  }

  #notifyAll(
    event: string,
    about: (entry: EventDialog) => boolean,
    bodyFor: (entry: EventDialog) => SipBody | undefined,
  ): void {
    const nowMs = this.#context.nowMs();
    for (const entry of this.#dialogs.of(event, about, nowMs)) {
      const body = bodyFor(entry);
      if (body !== undefined) this.#context.notify(notification(entry, body, nowMs), entry.flow);
    }
  }
}

function eventOf(request: SipRequest): string {
  return (header(request, 'Event') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

function parsedBody(request: SipRequest): XmlElement | undefined {
  const parsed = request.body.length > 0 ? parseXml(request.body) : undefined;
  return parsed?.ok ? parsed.value : undefined;
}

/** `user@domain` of From or To, lower case. */
export function addressIn(request: SipRequest, name: 'From' | 'To'): string {
  const uri = addressOf(request, name)?.uri ?? '';
  return /^sips?:([^;>?]*)/i.exec(uri)?.[1]?.toLowerCase() ?? '';
}
