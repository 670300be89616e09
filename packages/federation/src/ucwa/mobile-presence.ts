import { header, type SipResponse } from '@plugfest/sip';
import type { Subscription, UserAgent } from '@plugfest/sip-node';
import { childrenOf, descend, escapeXml, parseXml } from '../lync/xml.ts';

/** UCWA's words for the numbers of presence. @see [MS-PRES] §2.2.2.2; UCWA, “presence” */
const AVAILABILITIES = [
  ['Online', 3500],
  ['IdleOnline', 5000],
  ['Busy', 6500],
  ['IdleBusy', 8000],
  ['DoNotDisturb', 9500],
  ['BeRightBack', 12_500],
  ['Away', 15_500],
  ['Offwork', 15_500],
  ['Offline', 18_500],
] as const;

/** What somebody shows of himself. */
export interface ShownPresence {
  readonly availability: string;
  readonly note: string | undefined;
}

const CATEGORIES = 'application/msrtc-event-categories+xml';
const PUBLISH = 'application/msrtc-category-publish+xml';
const SUBSCRIPTION_S = 3600;
/** Whose container shows a note: federated people, the enterprise, work groups, team. */
const NOTE_CONTAINERS = [100, 200, 300, 400];
const STATE = 'http://schemas.microsoft.com/2006/09/sip/state';
const NOTE = 'http://schemas.microsoft.com/2006/09/sip/note';

interface Publication {
  readonly category: 'state' | 'note';
  readonly instance: number;
  readonly container: number;
  readonly expireType: 'endpoint' | 'static';
  /** Undefined: it is taken back. */
  readonly content: string | undefined;
}

/** A mobile client's presence, said in SIP by its front end. @see [MS-PRES] §3 */
export class MobilePresence {
  readonly #agent: UserAgent;
  readonly #address: string;
  readonly #machine: number;
  readonly #versions = new Map<string, number>();
  readonly #watched = new Map<string, Subscription>();

  /** @param machine the number of the client's own state */
  constructor(agent: UserAgent, address: string, machine: number) {
    this.#agent = agent;
    this.#address = address;
    this.#machine = machine;
  }

  /** The client is there, as long as it is signed in. */
  publishMachine(availability: string): Promise<number> {
    const content = stateXml('machineState', numberOf(availability));
    const publication = { category: 'state', instance: this.#machine, container: 2, expireType: 'endpoint' } as const;
    return this.#publish([{ ...publication, content }]);
  }

  /** What the user says of himself; undefined leaves it to his machines again. */
  publishUser(availability: string | undefined): Promise<number> {
    const content = availability === undefined ? undefined : stateXml('userState', numberOf(availability));
    return this.#publish([{ category: 'state', instance: 1, container: 2, expireType: 'static', content }]);
  }

  publishNote(text: string | undefined): Promise<number> {
    const content =
      text === undefined ? undefined : `<note xmlns="${NOTE}"><body type="personal">${escapeXml(text)}</body></note>`;
    const shared = { category: 'note', instance: 0, expireType: 'static', content } as const;
    return this.#publish(NOTE_CONTAINERS.map((container) => ({ ...shared, container })));
  }

  /** The final status; a stale version is tried again once, under the one that the server names. */
  async #publish(publications: readonly Publication[]): Promise<number> {
    const response = await this.#send(publications);
    if (response.statusCode !== 409 || !this.#learn(publications, response)) return response.statusCode;
    return (await this.#send(publications)).statusCode;
  }

  async #send(publications: readonly Publication[]): Promise<SipResponse> {
    const items = publications.map((publication) => {
      const { category, instance, container, expireType, content } = publication;
      const version = this.#versions.get(keyOf(publication)) ?? 0;
      const expires = content === undefined ? ' expires="0"' : '';
      return `<publication categoryName="${category}" instance="${instance}" container="${container}" version="${version}" expireType="${expireType}"${expires}>${content ?? ''}</publication>`;
    });
    const xml = `<publish xmlns="http://schemas.microsoft.com/2006/09/sip/rich-presence"><publications uri="sip:${escapeXml(this.#address)}">${items.join('')}</publications></publish>`;
    const body = { contentType: PUBLISH, body: Buffer.from(xml) };
    const response = await this.#agent.request('SERVICE', `sip:${this.#address}`, { body });
    if (response.statusCode === 200)
      for (const publication of publications) {
        const key = keyOf(publication);
        this.#versions.set(key, publication.content === undefined ? 0 : (this.#versions.get(key) ?? 0) + 1);
      }
    return response;
  }

  #learn(publications: readonly Publication[], response: SipResponse): boolean {
    const fault = parseXml(response.body);
    const details = fault.ok ? descend(fault.value, 'details') : undefined;
    for (const { attributes } of details ? childrenOf(details, 'operation') : []) {
      const wrong = publications[Number(attributes.index) - 1];
      if (wrong) this.#versions.set(keyOf(wrong), Number(attributes.curVersion));
    }
    return details !== undefined;
  }

  /** Subscribes to somebody's presence, of whichever domain; the status of the SUBSCRIBE. Once for each person. */
  async watch(address: string, onPresence: (presence: ShownPresence) => void): Promise<number> {
    if (this.#watched.has(address)) return 200;
    const wish = { event: 'presence', expiresS: SUBSCRIPTION_S, accept: [CATEGORIES] };
    const subscription = await this.#agent.subscribe(`sip:${address}`, wish);
    subscription.onNotify = (request) => {
      if (!(header(request, 'Content-Type') ?? '').toLowerCase().startsWith(CATEGORIES)) return;
      const shown = presenceIn(request.body);
      if (shown) onPresence(shown);
    };
    this.#watched.set(address, subscription);
    void subscription.terminated.then(() => this.#watched.delete(address));
    return (await subscription.answered).statusCode;
  }

  unwatch(address: string): void {
    this.#watched.get(address)?.unsubscribe();
  }
}

function presenceIn(body: Uint8Array): ShownPresence | undefined {
  const parsed = parseXml(body);
  if (!parsed.ok) return undefined;
  const categories = childrenOf(parsed.value, 'category');
  const of = (name: string) => categories.find(({ attributes }) => attributes.name === name);
  const [state, note] = [of('state'), of('note')];
  const value = Number(state && descend(state, 'state', 'availability')?.text);
  if (!Number.isFinite(value)) return undefined;
  return { availability: wordOf(value), note: note && descend(note, 'note', 'body')?.text };
}

/** The word of the class that a number falls in. */
function wordOf(value: number): string {
  return AVAILABILITIES.findLast(([, from]) => from <= value)?.[0].replace('Offwork', 'Away') ?? 'Online';
}

function numberOf(word: string): number {
  return AVAILABILITIES.find(([name]) => name === word)?.[1] ?? 3500;
}

function stateXml(type: string, availability: number): string {
  return `<state xmlns="${STATE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="${type}"><availability>${availability}</availability></state>`;
}

function keyOf({ category, instance, container }: Publication): string {
  return `${category} ${instance} ${container}`;
}
