import { type Contact, ContactList } from './contact-list.ts';
import { type DEFAULT_ACES, PresenceBook } from './presence-book.ts';
import { childrenOf, escapeXml, type XmlElement } from './xml.ts';

/** A person with an account at a front end. */
export interface LyncUser {
  /** `user@domain`, lower case. */
  readonly address: string;
  readonly displayName: string;
  /** Absent: this person's clients sign in without a challenge, as simulated people do. */
  readonly password?: string;
  readonly contacts?: readonly Contact[];
}

const MAX_SUBSCRIBERS = 500;

/** What the server keeps for one person. */
export class UserRecord {
  readonly user: LyncUser;
  readonly book: PresenceBook;
  readonly contacts: ContactList;
  /** Who watches without being on the contact list, and whether that was acknowledged. */
  readonly #subscribers = new Map<string, boolean>();

  constructor(user: LyncUser, aces?: typeof DEFAULT_ACES) {
    this.user = user;
    this.book = new PresenceBook(user.address, user.displayName, aces);
    this.contacts = new ContactList(user.contacts ?? []);
  }

  /** Somebody watches; true where that is news to the person. */
  watchedBy(address: string): boolean {
    if (this.contacts.has(address) || this.#subscribers.has(address) || address === this.user.address) return false;
    if (this.#subscribers.size >= MAX_SUBSCRIBERS) return false;
    this.#subscribers.set(address, false);
    return true;
  }

  /** Takes `<setSubscribers>` in. @see [MS-PRES] §2.2.2.9 */
  setSubscribers(root: XmlElement): void {
    for (const { attributes } of childrenOf(root, 'subscriber')) {
      const address = (attributes.user ?? '').replace(/^sips?:/, '').toLowerCase();
      if (this.#subscribers.has(address)) this.#subscribers.set(address, attributes.acknowledged === 'true');
    }
  }

  /** `<roamingData>` with the parts asked for. @see [MS-PRES] §2.2.2.5 */
  roamingSelf(parts: readonly ('categories' | 'containers' | 'subscribers')[]): string {
    const subscribers = [...this.#subscribers].map(
      ([address, acknowledged]) =>
        `<subscriber user="${escapeXml(address)}" displayName="${escapeXml(address)}" acknowledged="${acknowledged}" type="federated"/>`,
    );
    const xml = {
      categories: this.book.ownCategories(),
      containers: this.book.containersXml(),
      subscribers: `<subscribers xmlns="http://schemas.microsoft.com/2006/09/sip/presence-subscribers">${subscribers.join('')}</subscribers>`,
    };
    return `<roamingData xmlns="http://schemas.microsoft.com/2006/09/sip/roaming-self">${parts.map((part) => xml[part]).join('')}</roamingData>`;
  }
}
