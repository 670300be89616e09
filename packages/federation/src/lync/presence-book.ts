import type { XmlElement } from './xml.ts';
import { childrenOf, descend, escapeXml, formatXml } from './xml.ts';

/** What the states of presence mean on the wire. @see [MS-PRES] §2.2.2.2; FEDERATION §1.4 */
export const AVAILABILITY = {
  online: 3500,
  busy: 6500,
  'do-not-disturb': 9500,
  'be-right-back': 12500,
  away: 15500,
  offline: 18500,
} as const;
export type Availability = keyof typeof AVAILABILITY;

/** Who asks, as the containers' members tell people apart. */
export interface Watcher {
  /** `user@domain`, lower case. */
  readonly address: string;
  readonly kind: 'sameEnterprise' | 'federated' | 'publicCloud';
}

interface Publication {
  readonly category: string;
  readonly instance: string;
  readonly container: number;
  readonly version: number;
  readonly expireType: string;
  /** The category's own XML. */
  readonly content: string;
  readonly availability: number | undefined;
  /** machineState, userState …, for `state`. */
  readonly type: string;
  readonly publishedMs: number;
}

interface Member {
  readonly type: string;
  readonly value: string;
}

interface Container {
  readonly id: number;
  version: number;
  members: Member[];
}

/** Nobody sees anything that is in here. */
export const BLOCKED_CONTAINER = 32_000;
/** The default access: own people see much, federated people little, the public cloud nothing. @see FEDERATION §1.4 */
export const DEFAULT_ACES: readonly { readonly id: number; readonly types: readonly string[] }[] = [
  { id: 100, types: ['federated'] },
  { id: 200, types: ['sameEnterprise'] },
  { id: 300, types: [] },
  { id: 400, types: [] },
  { id: BLOCKED_CONTAINER, types: ['publicCloud'] },
];
const NAMESPACES = {
  categories: 'http://schemas.microsoft.com/2006/09/sip/categories',
  state: 'http://schemas.microsoft.com/2006/09/sip/state',
};
/** A person may publish so much; a peer's flood is refused. */
const MAX_PUBLICATIONS = 200;

/** A publication under another version than was there: 409 is owed. */
export interface WrongVersion {
  readonly index: number;
  readonly currentVersion: number;
}

/** One person's published presence and who may see it. @see [MS-PRES] §3 */
export class PresenceBook {
  readonly address: string;
  readonly displayName: string;
  readonly #publications = new Map<string, Publication>();
  readonly #containers: Container[];

  constructor(address: string, displayName: string, aces = DEFAULT_ACES) {
    this.address = address;
    this.displayName = displayName;
    this.#containers = aces.map(({ id, types }) => ({
      id,
      version: 1,
      members: types.map((type) => ({ type, value: '' })),
    }));
  }

  /** Takes `<publish>` in: all of it, or nothing and what stood against it. */
  publish(root: XmlElement, nowMs: number): readonly WrongVersion[] {
    const given = (descend(root, 'publications')?.children ?? []).filter(({ name }) => name.endsWith('publication'));
    const wrong = given.flatMap(({ attributes }, i) => {
      const currentVersion = this.#publications.get(keyOf(attributes))?.version ?? 0;
      return Number(attributes.version ?? 0) === currentVersion ? [] : [{ index: i + 1, currentVersion }];
    });
    if (wrong.length > 0 || this.#publications.size + given.length > MAX_PUBLICATIONS) return wrong;
    for (const element of given) this.#take(element, nowMs);
    return [];
  }

  #take({ attributes, children }: XmlElement, nowMs: number): void {
    const [content] = children;
    const key = keyOf(attributes);
    if (content === undefined && attributes.expires === '0') {
      this.#publications.delete(key);
      return;
    }
    const availability = content && Number(descend(content, 'availability')?.text ?? Number.NaN);
    this.#publications.set(key, {
      category: attributes.categoryName ?? '',
      instance: attributes.instance ?? '0',
      container: Number(attributes.container ?? 0),
      version: (this.#publications.get(key)?.version ?? 0) + 1,
      expireType: attributes.expireType ?? 'endpoint',
      content: content === undefined ? '' : formatXml(content),
      availability: Number.isFinite(availability) ? availability : undefined,
      type: content?.attributes['xsi:type'] ?? content?.attributes.type ?? '',
      publishedMs: nowMs,
    });
  }

  /** What a simulated person says of himself, as a client's own publication would. */
  say(availability: Availability, nowMs: number): void {
    const key = keyOf({ categoryName: 'state', instance: '1', container: '2' });
    this.#publications.set(key, {
      category: 'state',
      instance: '1',
      container: 2,
      version: (this.#publications.get(key)?.version ?? 0) + 1,
      expireType: 'static',
      content: stateXml('userState', AVAILABILITY[availability]),
      availability: AVAILABILITY[availability],
      type: 'userState',
      publishedMs: nowMs,
    });
  }

  /** An endpoint left: what lived as long as it goes. */
  forgetEndpoints(): void {
    for (const [key, { expireType }] of this.#publications)
      if (expireType === 'endpoint') this.#publications.delete(key);
  }

  /** The state that others see: what the user set, else that of the most available machine; offline where nobody is signed in. [M] */
  get availability(): number {
    const states = [...this.#publications.values()].filter(({ category }) => category === 'state');
    const of = (type: string): number[] =>
      states.filter((state) => state.type === type && state.availability !== undefined).map((s) => s.availability ?? 0);
    const [user] = of('userState');
    const machines = of('machineState');
    return user ?? (machines.length > 0 ? Math.min(...machines) : AVAILABILITY.offline);
  }

  /** The container that decides what this watcher sees: the one that names him best. @see [MS-PRES] §3.1 */
  containerOf({ address, kind }: Watcher): number {
    const domain = address.split('@')[1] ?? '';
    const names = (member: Member): boolean[] => [
      member.type === 'user' && member.value.toLowerCase() === address,
      member.type === 'domain' && member.value.toLowerCase() === domain,
      member.type === kind,
      member.type === 'everyone',
    ];
    for (let rank = 0; rank < 4; rank++) {
      const found = this.#containers.filter(({ members }) => members.some((member) => names(member)[rank]));
      if (found.length > 0) return Math.max(...found.map(({ id }) => id));
    }
    return 0;
  }

  /** `<categories>` for a watcher; undefined where he is blocked or has no access. */
  categoriesFor(watcher: Watcher): string | undefined {
    const container = this.containerOf(watcher);
    if (container === 0 || container === BLOCKED_CONTAINER) return undefined;
    const notes = [...this.#publications.values()].filter(
      ({ category, container: of }) => category === 'note' && of === container,
    );
    const categories = [
      `<category name="state" instance="1" publishTime="${iso(this.#changedMs())}">${stateXml('aggregateState', this.availability)}</category>`,
      `<category name="contactCard" instance="0" publishTime="${iso(this.#changedMs())}"><contactCard xmlns="http://schemas.microsoft.com/2006/09/sip/contactcard"><identity><name><displayName>${escapeXml(this.displayName)}</displayName></name><email>${escapeXml(this.address)}</email></identity></contactCard></category>`,
      ...notes.map(
        ({ instance, publishedMs, content }) =>
          `<category name="note" instance="${escapeXml(instance)}" publishTime="${iso(publishedMs)}">${content}</category>`,
      ),
    ];
    return `<categories xmlns="${NAMESPACES.categories}" uri="sip:${escapeXml(this.address)}">${categories.join('')}</categories>`;
  }

  #changedMs(): number {
    return Math.max(0, ...[...this.#publications.values()].map(({ publishedMs }) => publishedMs));
  }

  /** `<categories>` as its owner is told in roaming-self: with containers and versions, and the aggregate in container 2. */
  ownCategories(): string {
    const own = [...this.#publications.values()].map(
      ({ category, instance, container, version, expireType, content, publishedMs }) =>
        `<category name="${escapeXml(category)}" instance="${escapeXml(instance)}" publishTime="${iso(publishedMs)}" container="${container}" version="${version}" expireType="${escapeXml(expireType)}">${content}</category>`,
    );
    const aggregate = `<category name="state" instance="0" publishTime="${iso(this.#changedMs())}" container="2" version="1" expireType="user">${stateXml('aggregateState', this.availability)}</category>`;
    return `<categories xmlns="${NAMESPACES.categories}" uri="sip:${escapeXml(this.address)}">${own.join('')}${aggregate}</categories>`;
  }

  /** Takes `<setContainerMembers>` in. */
  setMembers(root: XmlElement): void {
    for (const { attributes, children } of childrenOf(root, 'container')) {
      const container = this.#containers.find(({ id }) => id === Number(attributes.id));
      if (container === undefined) continue;
      for (const { attributes: member } of children) {
        const { action, type = '', value = '' } = member;
        container.members = container.members.filter((known) => known.type !== type || known.value !== value);
        if (action === 'add') container.members.push({ type, value });
      }
      container.version++;
    }
  }

  /** Puts one person into a container, as accepting or blocking him in a client does. */
  admit(address: string, container: number): void {
    for (const { members } of this.#containers) {
      const at = members.findIndex(({ type, value }) => type === 'user' && value === address);
      if (at >= 0) members.splice(at, 1);
    }
    this.#containers.find(({ id }) => id === container)?.members.push({ type: 'user', value: address });
  }

  containersXml(): string {
    const containers = this.#containers.map(({ id, version, members }) => {
      const inner = members.map(
        ({ type, value }) => `<member type="${escapeXml(type)}"${value === '' ? '' : ` value="${escapeXml(value)}"`}/>`,
      );
      return `<container id="${id}" version="${version}">${inner.join('')}</container>`;
    });
    return `<containers xmlns="http://schemas.microsoft.com/2006/09/sip/container-management">${containers.join('')}</containers>`;
  }
}

/** The whole presence of a person who only has a state, as another domain's pool tells it. */
export function stateOnly(address: string, availability: number, wallMs: number): string {
  const state = `<category name="state" instance="1" publishTime="${iso(wallMs)}">${stateXml('aggregateState', availability)}</category>`;
  return `<categories xmlns="${NAMESPACES.categories}" uri="sip:${escapeXml(address)}">${state}</categories>`;
}

function keyOf(attributes: Readonly<Record<string, string>>): string {
  return `${attributes.categoryName ?? ''} ${attributes.instance ?? '0'} ${attributes.container ?? '0'}`;
}

function stateXml(type: string, availability: number): string {
  return `<state xmlns="${NAMESPACES.state}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="${type}"><availability>${availability}</availability></state>`;
}

function iso(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z/, 'Z');
}
