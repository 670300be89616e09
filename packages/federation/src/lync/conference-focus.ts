import { childrenOf, descend, escapeXml, type XmlElement } from './xml.ts';

const INFO = 'urn:ietf:params:xml:ns:conference-info';
const EXTENSIONS = 'http://schemas.microsoft.com/rtc/2005/08/confinfoextensions';
const MAX_USERS = 250;

export type Medium = 'main-audio' | 'main-video';

interface FocusEndpoint {
  readonly entity: string;
  readonly sessionType: 'focus' | 'audio-video';
  /** By medium: what a Video Source Request asks for, and whether the MCU takes it in. */
  readonly media: Map<Medium, { readonly sourceId: number; blocked: boolean }>;
}

interface FocusUser {
  readonly uri: string;
  role: 'presenter' | 'attendee';
  readonly endpoints: Map<string, FocusEndpoint>;
}

/** What a request of C3P came to: `success`, or why not. */
export interface FocusOutcome {
  readonly code: 'success' | 'failure';
  readonly reasonCode?: 'unauthorized' | 'userDoesntExist' | 'conferenceLocked' | 'otherFailure';
  /** Whom the AVMCU is to call. */
  readonly dialOut?: string;
  readonly isDeleted?: boolean;
}

const FAILED = (reasonCode: FocusOutcome['reasonCode'] & string): FocusOutcome => ({ code: 'failure', reasonCode });

/** One conference: who is in it, as whom and with which media. @see [MS-CONFBAS] §3; FEDERATION §1.5 */
export class ConferenceFocus {
  readonly uri: string;
  readonly avUri: string;
  readonly organizer: string;
  readonly #users = new Map<string, FocusUser>();
  #isLocked = false;
  #version = 0;
  #lastSourceId = 0;

  /** @param organizer `user@domain` */
  constructor(organizer: string, id: string) {
    this.organizer = organizer;
    this.uri = `sip:${organizer};gruu;opaque=app:conf:focus:id:${id}`;
    this.avUri = `sip:${organizer};gruu;opaque=app:conf:audio-video:id:${id}`;
  }

  /** One request of one who speaks, `user@domain`. */
  apply(request: XmlElement, sender: string): FocusOutcome {
    const operation = request.children[0];
    const name = operation?.name.split(':').at(-1) ?? '';
    if (operation === undefined) return FAILED('otherFailure');
    if (name === 'addUser') return this.#addUser(operation, sender);
    if (!this.#mayPreside(sender)) return FAILED('unauthorized');
    const outcome = this.#preside(name, operation);
    if (outcome.code === 'success') this.#version++;
    return outcome;
  }

  #preside(name: string, operation: XmlElement): FocusOutcome {
    const keys = descend(operation, 'userKeys') ?? descend(operation, 'mediaKeys');
    const user = this.#users.get(addressOf(keys?.attributes.userEntity ?? ''));
    if (name === 'deleteConference') return { code: 'success', isDeleted: true };
    if (name === 'modifyConferenceLock') {
      this.#isLocked = descend(operation, 'locked')?.text.trim() === 'true';
      return { code: 'success' };
    }
    if (user === undefined) return FAILED('userDoesntExist');
    if (name === 'deleteUser') this.#users.delete(addressOf(user.uri));
    else if (name === 'modifyUserRoles')
      user.role = descend(operation, 'user-roles', 'entry')?.text.trim() === 'presenter' ? 'presenter' : 'attendee';
    else if (name === 'modifyEndpointMedia') return modifyMedia(user, operation);
    else return FAILED('otherFailure');
    return { code: 'success' };
  }

  /** Who joins adds himself; who adds another, with `mcuUri`, has the AVMCU call that one. */
  #addUser(operation: XmlElement, sender: string): FocusOutcome {
    const user = descend(operation, 'user');
    const address = addressOf(user?.attributes.entity ?? '');
    if (user === undefined || !address.includes('@')) return FAILED('otherFailure');
    const isOwn = address === sender;
    if (!isOwn && !this.#mayPreside(sender)) return FAILED('unauthorized');
    if (this.#isLocked && isOwn && address !== this.organizer) return FAILED('conferenceLocked');
    if (!this.#users.has(address) && this.#users.size >= MAX_USERS) return FAILED('otherFailure');
    if (!isOwn) return { code: 'success', dialOut: address };
    const wished = childrenOf(user, 'roles')[0]?.children[0]?.text.trim();
    const isPresenter = address === this.organizer || wished === 'presenter';
    this.#add(address, isPresenter ? 'presenter' : 'attendee', 'focus', []);
    return { code: 'success' };
  }

  /** The AVMCU has somebody's media. */
  mediaJoined(address: string, media: readonly Medium[]): void {
    this.#add(address, this.#users.get(address)?.role ?? 'attendee', 'audio-video', media);
  }

  mediaLeft(address: string): void {
    if (this.#users.get(address)?.endpoints.delete('audio-video')) this.#version++;
  }

  left(address: string): void {
    if (this.#users.delete(address)) this.#version++;
  }

  #add(
    address: string,
    role: FocusUser['role'],
    sessionType: FocusEndpoint['sessionType'],
    media: readonly Medium[],
  ): void {
    const user = this.#users.get(address) ?? { uri: `sip:${address}`, role, endpoints: new Map() };
    user.role = role;
    const sources = media.map((medium) => [medium, { sourceId: ++this.#lastSourceId, blocked: false }] as const);
    user.endpoints.set(sessionType, {
      entity: `${user.uri};opaque=${sessionType}`,
      sessionType,
      media: new Map(sources),
    });
    this.#users.set(address, user);
    this.#version++;
  }

  #mayPreside(sender: string): boolean {
    return sender === this.organizer || this.#users.get(sender)?.role === 'presenter';
  }

  /** The roster, whole. @see RFC 4575; [MS-CONFBAS] §2.2.2 */
  roster(): string {
    const users = [...this.#users.values()].map((user) => {
      const endpoints = [...user.endpoints.values()].map(endpointXml).join('');
      return `<user entity="${escapeXml(user.uri)}" state="full"><roles><entry>${user.role}</entry></roles>${endpoints}</user>`;
    });
    const media =
      '<media><entry label="main-audio"><type>audio</type></entry><entry label="main-video"><type>video</type></entry></media>';
    const view = `<msci:entity-view entity="${escapeXml(this.avUri)}"><msci:entity-state><msci:locked>${this.#isLocked}</msci:locked>${media}</msci:entity-state></msci:entity-view>`;
    const uris = `<conf-uris><entry><uri>${escapeXml(this.avUri)}</uri><display-text>audio-video</display-text><purpose>audio-video</purpose></entry></conf-uris>`;
    return `<conference-info xmlns="${INFO}" xmlns:msci="${EXTENSIONS}" entity="${escapeXml(this.uri)}" state="full" version="${this.#version}"><conference-description>${uris}</conference-description><msci:conference-view>${view}</msci:conference-view><users>${users.join('')}</users></conference-info>`;
  }
}

function endpointXml({ entity, sessionType, media }: FocusEndpoint): string {
  const entries = [...media].map(([label, { sourceId, blocked }]) => {
    const filter = `<msci:media-ingress-filter>${blocked ? 'block' : 'unblock'}</msci:media-ingress-filter>`;
    return `<media id="${sourceId}"><type>${label.slice(5)}</type><label>${label}</label><status>sendrecv</status><msci:media-source-id>${sourceId}</msci:media-source-id>${filter}</media>`;
  });
  return `<endpoint entity="${escapeXml(entity)}" msci:session-type="${sessionType}"><status>connected</status>${entries.join('')}</endpoint>`;
}

function modifyMedia(user: FocusUser, operation: XmlElement): FocusOutcome {
  const asked = descend(operation, 'media');
  const medium = user.endpoints
    .get('audio-video')
    ?.media.get(`main-${descend(asked ?? operation, 'type')?.text.trim()}` as Medium);
  if (asked === undefined || medium === undefined) return FAILED('otherFailure');
  medium.blocked = descend(asked, 'media-ingress-filter')?.text.trim() === 'block';
  return { code: 'success' };
}

function addressOf(uri: string): string {
  return /^sips?:([^;>?]*)/i.exec(uri)?.[1]?.toLowerCase() ?? '';
}
