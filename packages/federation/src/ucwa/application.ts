import { randomUUID } from 'node:crypto';
import type { Clock, Random } from '@plugfest/model';
import { UserAgent } from '@plugfest/sip-node';
import type { CertificateAuthority } from '../certificate-authority.ts';
import type { NextHop } from '../edge-proxy.ts';
import { Communication } from './communication.ts';
import { EventChannel } from './event-channel.ts';
import { type HalResource, resource } from './hal.ts';
import { MobilePresence, type ShownPresence } from './mobile-presence.ts';

export interface ApplicationOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly authority: CertificateAuthority;
  /** FQDN of the web server, in the certificate with which it speaks SIP. */
  readonly name: string;
  /** The front end that it is part of, over TLS. */
  readonly frontEnd: NextHop;
  /** `user@domain`. */
  readonly address: string;
  readonly displayName: string;
  /** As the client calls itself, e.g. `iPhoneLync/5.0.0 (Lync 2013 for iPhone)`. */
  readonly userAgent: string;
  readonly endpointId: string;
}

const REGISTRATION_S = 7200;
const MAX_WATCHED = 200;
const ALLOW = 'INVITE, BYE, ACK, CANCEL, INFO, UPDATE, MESSAGE, REFER, NOTIFY, BENOTIFY, OPTIONS';
/** What the front end's INVITEs have for a phone. [M] */
const INVITE_HEADERS = ['timer', 'ms-early-media', 'replaces'].map((value) => ({ name: 'Supported', value }));

/** One client that is signed in over HTTPS, and the SIP that the front end speaks for it. @see UCWA, “application”; FEDERATION §1.2 */
export class Application implements AsyncDisposable {
  readonly id: string;
  readonly address: string;
  readonly channel: EventChannel;
  readonly communication: Communication;
  readonly #options: ApplicationOptions;
  readonly #agent: UserAgent;
  readonly #presence: MobilePresence;
  readonly #shown = new Map<string, ShownPresence>();
  readonly #subscriptions = new Map<string, readonly string[]>();
  #isAvailable = false;
  #availability = 'Online';
  #note: string | undefined;

  private constructor(options: ApplicationOptions, agent: UserAgent, id: string) {
    this.id = id;
    this.address = options.address;
    this.#options = options;
    this.#agent = agent;
    this.channel = new EventChannel(options.clock, (ack) => `${this.href}/events?ack=${ack}`);
    this.#presence = new MobilePresence(agent, options.address, options.random.uint32() % 0x7fff_ffff);
    this.communication = new Communication({
      base: this.href,
      agent,
      newToken: () => options.random.token(16),
      inviteHeaders: INVITE_HEADERS,
      tell: (event) => this.channel.tell(event),
      conference: { address: options.address, newToken: () => options.random.token(16) },
    });
  }

  /** Opens its own connection to the front end and registers there; the status where that refuses. */
  static async open(options: ApplicationOptions): Promise<Application | number> {
    const { clock, random, authority, name, frontEnd, address, displayName, userAgent } = options;
    const identity = await authority.issue([name]);
    const version = /\/([0-9.]{1,20})/.exec(userAgent)?.[1] ?? '5.0';
    const agent = await UserAgent.open({
      clock,
      random: random.fork('sip'),
      listen: [],
      aor: `sip:${address}`,
      displayName,
      fromParameters: [{ name: 'epid', value: random.token(10).toLowerCase() }],
      contactParameters: `;+sip.instance="<urn:uuid:${randomUUID()}>"`,
      userAgentHeader: `UCWA/${version} ${userAgent}`,
      allow: ALLOW.split(', '),
      tls: { ...identity, ca: authority.certificate, serverName: frontEnd.name },
      outboundProxy: `sip:${frontEnd.address};transport=tls;lr`,
    });
    const domain = address.split('@')[1] ?? '';
    const { statusCode } = await agent.register({ registrar: `sip:${domain}`, expiresS: REGISTRATION_S });
    if (statusCode < 300) return new Application(options, agent, random.token(12));
    await agent.close();
    return statusCode;
  }

  get href(): string {
    return `/ucwa/oauth/v1/applications/${this.id}`;
  }

  resource(): HalResource {
    const { userAgent } = this.#options;
    return resource(
      'application',
      this.href,
      { culture: 'en-us', userAgent },
      { events: this.channel.href, reportMyActivity: `${this.href}/reportMyActivity` },
      { me: this.me(), people: this.people(), communication: this.communication.resource() },
    );
  }

  /** Before it has made itself available, only that is offered. @see UCWA, “makeMeAvailable” */
  me(): HalResource {
    const href = `${this.href}/me`;
    const { displayName } = this.#options;
    const links = this.#isAvailable
      ? { note: `${href}/note`, presence: `${href}/presence` }
      : { makeMeAvailable: `${href}/makeMeAvailable` };
    return resource('me', href, { name: displayName, uri: `sip:${this.address}` }, links);
  }

  get isAvailable(): boolean {
    return this.#isAvailable;
  }

  people(): HalResource {
    const href = `${this.href}/people`;
    return resource('people', href, {}, { presenceSubscriptions: `${href}/presenceSubscriptions` });
  }

  presence(): HalResource {
    return resource('presence', `${this.href}/me/presence`, { availability: this.#availability });
  }

  note(): HalResource {
    const type = this.#note === undefined ? {} : { message: this.#note, type: 'Personal' };
    return resource('note', `${this.href}/me/note`, type);
  }

  /** The status of SIP's answer, here and in what follows. */
  async makeAvailable(availability: string): Promise<number> {
    const status = await this.#presence.publishMachine(availability);
    if (status >= 300) return status;
    const isNew = !this.#isAvailable;
    this.#isAvailable = true;
    this.#availability = availability;
    if (isNew) this.#tellMe('me', `${this.href}/me`, this.me());
    return status;
  }

  async setPresence(availability: string | undefined): Promise<number> {
    const status = await this.#presence.publishUser(availability);
    if (status >= 300) return status;
    this.#availability = availability ?? 'Online';
    this.#tellMe('presence', `${this.href}/me/presence`, this.presence());
    return status;
  }

  async setNote(message: string | undefined): Promise<number> {
    const status = await this.#presence.publishNote(message);
    if (status >= 300) return status;
    this.#note = message;
    this.#tellMe('note', `${this.href}/me/note`, this.note());
    return status;
  }

  /** Watches people; undefined where there would be too many. */
  subscribe(uris: readonly string[]): HalResource | undefined {
    const addresses = uris.map((uri) => uri.replace(/^sips?:/i, '').toLowerCase());
    if (addresses.some((address) => !/^[^\s@<>";]+@[^\s@<>";]+$/.test(address))) return undefined;
    const watched = new Set([...this.#subscriptions.values()].flat().concat(addresses));
    if (watched.size > MAX_WATCHED || this.#subscriptions.size >= MAX_WATCHED) return undefined;
    const id = this.#options.random.token(8);
    this.#subscriptions.set(id, addresses);
    for (const address of addresses)
      void this.#presence.watch(address, (presence) => {
        this.#shown.set(address, presence);
        this.#tellPresence(address);
      });
    return this.subscription(id);
  }

  subscription(id: string): HalResource | undefined {
    const href = `${this.href}/people/presenceSubscriptions/${id}`;
    const people = this.#subscriptions.get(id);
    return people && resource('presenceSubscription', href, { id, uris: people.map((address) => `sip:${address}`) });
  }

  /** Ends it for those whom no other subscription names. */
  unsubscribe(id: string): boolean {
    const addresses = this.#subscriptions.get(id);
    if (addresses === undefined) return false;
    this.#subscriptions.delete(id);
    const others = new Set([...this.#subscriptions.values()].flat());
    for (const address of addresses.filter((each) => !others.has(each))) this.#presence.unwatch(address);
    return true;
  }

  contact(address: string): HalResource {
    const href = `${this.href}/people/${address}`;
    return resource(
      'contact',
      href,
      { uri: `sip:${address}` },
      { contactPresence: `${href}/presence`, contactNote: `${href}/note` },
    );
  }

  /** What was told of somebody last; undefined where nothing was. */
  contactPresence(address: string): HalResource | undefined {
    const shown = this.#shown.get(address);
    const href = `${this.href}/people/${address}/presence`;
    return shown && resource('contactPresence', href, { availability: shown.availability });
  }

  contactNote(address: string): HalResource | undefined {
    const shown = this.#shown.get(address);
    const href = `${this.href}/people/${address}/note`;
    return shown && resource('contactNote', href, shown.note === undefined ? {} : { message: shown.note });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.channel.close();
    await this.communication.close();
    const domain = this.address.split('@')[1] ?? '';
    await this.#agent.register({ registrar: `sip:${domain}`, expiresS: 0 });
    await this.#agent.close();
  }

  #tellMe(rel: string, href: string, embedded: HalResource): void {
    this.channel.tell({ sender: { rel: 'me', href: `${this.href}/me` }, rel, href, type: 'updated', embedded });
  }

  #tellPresence(address: string): void {
    const sender = { rel: 'people', href: `${this.href}/people` };
    for (const embedded of [this.contactPresence(address), this.contactNote(address)])
      if (embedded) {
        const [rel, href] = [String(embedded.rel), (embedded._links.self as { href: string }).href];
        this.channel.tell({ sender, rel, href, type: 'updated', embedded });
      }
  }
}
