import type { Clock, Random } from '@plugfest/model';
import { bodyParts, type SipBody, type SipRequest } from '@plugfest/sip';
import { type NotifierSubscription, type Session, UserAgent } from '@plugfest/sip-node';
import type { CertificateAuthority } from './certificate-authority.ts';
import type { NextHop } from './edge-proxy.ts';
import { MESSAGE_SESSION } from './lync/message-session.ts';
import { AVAILABILITY, type Availability, stateOnly } from './lync/presence-book.ts';

export interface PartnerPoolOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly authority: CertificateAuthority;
  /** FQDN, in its certificate. */
  readonly name: string;
  /** `user@domain` of its one person. */
  readonly person: string;
  /** Its domain's edge. */
  readonly next: NextHop;
}

const CATEGORIES = 'application/msrtc-event-categories+xml';
const ONE_DAY_S = 86_400;

/** A federated partner's pool with one simulated person, who shows presence and writes messages. */
export class PartnerPool implements AsyncDisposable {
  readonly #agent: UserAgent;
  readonly #person: string;
  readonly #subscriptions = new Set<NotifierSubscription>();
  readonly #talks = new Set<Session>();
  #availability: Availability = 'online';
  /** Called with the text of each message that the person is sent. */
  onMessage: ((text: string, from: string) => void) | undefined;

  private constructor(agent: UserAgent, person: string) {
    this.#agent = agent;
    this.#person = person;
    agent.serve({
      name: 'presence',
      mediaTypes: [CATEGORIES],
      defaultExpiresS: ONE_DAY_S,
      maxExpiresS: ONE_DAY_S,
      onSubscribe: (subscription) => {
        this.#subscriptions.add(subscription);
        subscription.ended.then(() => this.#subscriptions.delete(subscription));
        return undefined;
      },
      stateFor: () => this.#presence(),
    });
    agent.onInvite = (call) => {
      this.#listens(call);
      call.accept({ body: Buffer.from(MESSAGE_SESSION) });
    };
    agent.onRequest = (request) => this.#takes(request);
  }

  static async open({ clock, random, authority, name, person, next }: PartnerPoolOptions): Promise<PartnerPool> {
    const identity = await authority.issue([name]);
    const ca = authority.certificate;
    const agent = await UserAgent.open({
      clock,
      random: random.fork(name),
      listen: [{ transport: 'tls', host: '127.0.0.1', tls: { ...identity, ca } }],
      tls: { ...identity, ca, serverName: next.name },
      aor: `sip:${person}`,
      displayName: person.split('@')[0] ?? person,
      userAgentHeader: 'UCCAPI/15.0.4569.1503 OC/15.0.4569.1503 (Microsoft Lync)',
      outboundProxy: `sip:${next.address};transport=tls;lr`,
    });
    return new PartnerPool(agent, person);
  }

  get addresses(): UserAgent['addresses'] {
    return this.#agent.addresses;
  }

  #presence(): SipBody {
    const xml = stateOnly(this.#person, AVAILABILITY[this.#availability], Date.now());
    return { contentType: CATEGORIES, body: Buffer.from(xml) };
  }

  /** The person is available otherwise from now on; how many who watch were told, and said so. */
  async setAvailability(availability: Availability): Promise<number> {
    this.#availability = availability;
    const told = [...this.#subscriptions].map((one) => one.notify(this.#presence()));
    const responses = await Promise.all(told);
    return responses.filter((response) => response?.statusCode === 200).length;
  }

  /** Begins a conversation and writes one message; the status of the INVITE, or of the MESSAGE where that was accepted. */
  async writes(to: string, text: string): Promise<number> {
    const session = this.#agent.invite(`sip:${to}`, { body: Buffer.from(MESSAGE_SESSION) });
    this.#listens(session);
    const { ok, response } = await session.answered;
    if (!ok) return response.statusCode;
    const body = { contentType: 'text/plain; charset=UTF-8', body: Buffer.from(text) };
    return (await session.sendRequest('MESSAGE', { body })).statusCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#talks].map((session) => session.bye()));
    await this.#agent[Symbol.asyncDispose]();
  }

  #listens(session: Session): void {
    this.#talks.add(session);
    session.terminated.then(() => this.#talks.delete(session));
    session.onRequest = (request) => this.#takes(request) ?? { statusCode: 405 };
    session.onInfo = () => ({ statusCode: 200 });
  }

  #takes(request: SipRequest): { readonly statusCode: number } | undefined {
    if (request.method !== 'MESSAGE') return undefined;
    const text = bodyParts(request).find(({ contentType }) => contentType.toLowerCase().startsWith('text/'));
    const from = request.headers.find(({ name }) => /^(from|f)$/i.test(name))?.value ?? '';
    if (text) this.onMessage?.(Buffer.from(text.body).toString('utf8'), from);
    return { statusCode: 200 };
  }
}
