import type { Clock, Random } from '@plugfest/model';
import type { SipBody, SipRequest } from '@plugfest/sip';
import { type EventPackage, type NotifierSubscription, UserAgent } from '@plugfest/sip-node';
import { addressOfHeader } from './call-facts.ts';
import type { CertificateAuthority } from './certificate-authority.ts';
import type { NextHop } from './edge-proxy.ts';

/** Somebody on a contact list. */
export interface Contact {
  /** `user@domain`. */
  readonly address: string;
  readonly name: string;
}

/** MS-PRES numbers: 3500 online, 6500 busy, 9500 do not disturb, 12500 be right back, 15500 away, 18500 offline. */
export type Availability = 3500 | 6500 | 9500 | 12500 | 15500 | 18500;

export interface UserServicesOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly authority: CertificateAuthority;
  /** FQDN, in its certificate. */
  readonly name: string;
  readonly domain: string;
  /** By `user@domain` of this domain. */
  readonly contactsOf: (address: string) => readonly Contact[];
  /** Where the presence of other domains is asked for. */
  readonly next: NextHop;
}

/** Contact lists and presence of a domain's users. */
export interface UserServices extends AsyncDisposable {
  readonly addresses: UserAgent['addresses'];
}

const CATEGORIES = 'application/msrtc-event-categories+xml';
const CATEGORY_LIST = 'application/msrtc-adrl-categorylist+xml';
const ONE_DAY_S = 86_400;

/**
 * What a Lync client asks its pool for once it is registered: provisioning, its contact list, what it published, and the presence of its contacts, of whom those in
 * other domains are asked through the edge. What a client publishes is accepted and not kept.
 * @see [MS-PRES], [MS-SIPREGE]; FEDERATION §1.4
 */
export async function openUserServices(options: UserServicesOptions): Promise<UserServices> {
  const { authority, name, domain, clock, random, next } = options;
  const identity = await authority.issue([name]);
  const ca = authority.certificate;
  const agent = await UserAgent.open({
    clock,
    random: random.fork(name),
    listen: [{ transport: 'tls', host: '127.0.0.1', tls: { ...identity, ca } }],
    tls: { ...identity, ca, serverName: next.name },
    aor: `sip:presence@${domain}`,
    userAgentHeader: 'RTC/5.0',
    allow: ['SUBSCRIBE', 'SERVICE', 'NOTIFY', 'OPTIONS'],
    supported: ['adhoclist', 'categoryList', 'eventlist', 'ms-benotify'],
    outboundProxy: `sip:${next.address};transport=tls;lr`,
  });
  const seen = new PresenceOfOthers(agent);
  const addressOfSubscriber = ({ request }: NotifierSubscription): string => addressOfHeader(request, 'From');
  agent.serve(
    list('vnd-microsoft-roaming-contacts', (who) => contactList(options.contactsOf(addressOfSubscriber(who)))),
  );
  agent.serve(list('vnd-microsoft-provisioning-v2', () => PROVISIONING, 'vnd-microsoft-roaming-provisioning-v2'));
  agent.serve(list('vnd-microsoft-roaming-self', (who) => roamingSelf(addressOfSubscriber(who))));
  agent.serve(list('presence.wpending', () => '<watchers/>'));
  agent.serve(batchPresence(seen));
  agent.onRequest = ({ method }) => (method === 'SERVICE' ? { statusCode: 200 } : undefined);
  return { addresses: agent.addresses, [Symbol.asyncDispose]: () => agent[Symbol.asyncDispose]() };
}

/** A package whose state is one document. */
function list(name: string, document: (who: NotifierSubscription) => string, type: string = name): EventPackage {
  const contentType = `application/${type}+xml`;
  return {
    name,
    mediaTypes: [contentType, 'text/xml+msrtc.wpending', 'application/msrtc.wpending+xml'],
    defaultExpiresS: ONE_DAY_S,
    maxExpiresS: ONE_DAY_S,
    onSubscribe: () => undefined,
    stateFor: (who) => ({ contentType, body: Buffer.from(document(who)) }),
  };
}

const PROVISIONING =
  '<provisionGroupList xmlns="http://schemas.microsoft.com/2006/09/sip/provisiongrouplist-notification"><provisionGroup name="ServerConfiguration"/><provisionGroup name="ucPolicy"/></provisionGroupList>';

function contactList(contacts: readonly Contact[]): string {
  const entries = contacts.map(
    ({ address, name }) =>
      `<contact uri="${escaped(address)}" name="${escaped(name)}" groups="1" subscribed="true" externalURI=""/>`,
  );
  return `<contactList deltaNum="1"><group id="1" name="~" externalURI=""/>${entries.join('')}</contactList>`;
}

function roamingSelf(address: string): string {
  return `<roamingData xmlns="http://schemas.microsoft.com/2006/09/sip/roaming-self"><categories xmlns="http://schemas.microsoft.com/2006/09/sip/categories" uri="sip:${escaped(address)}"/><containers xmlns="http://schemas.microsoft.com/2006/09/sip/containers"/><subscribers xmlns="http://schemas.microsoft.com/2006/09/sip/presence-subscribers"/></roamingData>`;
}

/** One SUBSCRIBE for many: a first answer for the first of them, then a NOTIFY for each, and for each change. */
function batchPresence(seen: PresenceOfOthers): EventPackage {
  return {
    name: 'presence',
    mediaTypes: [CATEGORIES, 'application/rlmi+xml', 'multipart/related', 'text/xml+msrtc.pidf'],
    defaultExpiresS: ONE_DAY_S,
    maxExpiresS: ONE_DAY_S,
    onSubscribe(subscription) {
      const stops = resourcesOf(subscription.request).map((address) =>
        seen.watch(address, (availability) => void subscription.notify(categories(address, availability))),
      );
      subscription.ended.then(() => {
        for (const stop of stops) stop();
      });
      return undefined;
    },
    stateFor({ request }) {
      const [first] = resourcesOf(request);
      return first === undefined ? undefined : categories(first, seen.of(first));
    },
  };
}

/** Whom a SUBSCRIBE speaks of: those of its list, or the one it is sent to. */
export function resourcesOf(request: SipRequest): string[] {
  const body = Buffer.from(request.body).toString('latin1');
  const isList = request.headers.some(({ value }) => value.toLowerCase().startsWith(CATEGORY_LIST));
  const named = isList ? [...body.matchAll(/<resource\b[^>]{0,500}?\buri="sip:([^"]{1,200})"/gi)] : [];
  const addresses = named.map(([, address = '']) => address.toLowerCase());
  return addresses.length > 0 ? [...new Set(addresses)] : [addressOfHeader(request, 'To')];
}

export function categories(address: string, availability: Availability): SipBody {
  const xml =
    `<categories xmlns="http://schemas.microsoft.com/2006/09/sip/categories" uri="sip:${escaped(address)}">` +
    '<category name="state" instance="1" publishTime="2014-12-03T12:00:00"><state xmlns="http://schemas.microsoft.com/2006/09/sip/state" ' +
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" manual="false" xsi:type="aggregateState">' +
    `<availability>${availability}</availability></state></category></categories>`;
  return { contentType: CATEGORIES, body: Buffer.from(xml) };
}

/** What is known of the presence of people of other domains: each is subscribed to once, as long as anybody watches. */
class PresenceOfOthers {
  readonly #agent: UserAgent;
  readonly #known = new Map<string, Availability>();
  readonly #watchers = new Map<string, Set<(availability: Availability) => void>>();

  constructor(agent: UserAgent) {
    this.#agent = agent;
  }

  of(address: string): Availability {
    return this.#known.get(address) ?? 18500;
  }

  watch(address: string, told: (availability: Availability) => void): () => void {
    const watchers = this.#watchers.get(address) ?? new Set();
    watchers.add(told);
    if (!this.#watchers.has(address)) void this.#subscribe(address);
    this.#watchers.set(address, watchers);
    return () => void watchers.delete(told);
  }

  async #subscribe(address: string): Promise<void> {
    const subscription = await this.#agent.subscribe(`sip:${address}`, {
      event: 'presence',
      expiresS: ONE_DAY_S,
      accept: [CATEGORIES],
    });
    subscription.onNotify = ({ body }) => {
      const said = /<availability>(\d{4,5})<\/availability>/.exec(Buffer.from(body).toString('latin1'))?.[1];
      if (said === undefined) return;
      const availability = Number(said) as Availability;
      this.#known.set(address, availability);
      for (const told of this.#watchers.get(address) ?? []) told(availability);
    };
  }
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
