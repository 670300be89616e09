import { childrenOf, descend, escapeXml, localName, type XmlElement } from './xml.ts';

/** Somebody on a contact list. */
export interface Contact {
  /** `user@domain`. */
  readonly address: string;
  readonly name: string;
}

interface Entry extends Contact {
  readonly groups: string;
}

const NAMESPACE = 'http://schemas.microsoft.com/winrtc/2002/11/sip';
const MAX_CONTACTS = 1000;

/** What a change came to. */
export interface ContactChange {
  /** The SOAP answer; undefined: the request was none that we know, or stale. */
  readonly answer: string | undefined;
  /** `<contactDelta>` for all of the user's clients. */
  readonly delta: string | undefined;
  readonly added?: string;
  readonly deleted?: string;
}

/** One person's contacts and groups, kept by the server. @see [MS-SIP] §3.3 contact management */
export class ContactList {
  readonly #contacts = new Map<string, Entry>();
  readonly #groups = new Map<number, string>([[1, 'Other Contacts']]);
  #deltaNumber = 1;
  #lastGroup = 1;

  constructor(contacts: readonly Contact[]) {
    for (const contact of contacts) this.#contacts.set(contact.address, { ...contact, groups: '1' });
  }

  has(address: string): boolean {
    return this.#contacts.has(address);
  }

  toXml(): string {
    const groups = [...this.#groups].map(([id, name]) => groupXml('group', id, name));
    const contacts = [...this.#contacts.values()].map((contact) => contactXml('contact', contact, contact.address));
    return `<contactList deltaNum="${this.#deltaNumber}">${groups.join('')}${contacts.join('')}</contactList>`;
  }

  /** Takes a SOAP request in: setContact, deleteContact, addGroup, modifyGroup, deleteGroup. */
  change(envelope: XmlElement): ContactChange {
    const request = descend(envelope, 'Body')?.children[0];
    const operation = request && localName(request);
    if (request === undefined || operation === undefined) return { answer: undefined, delta: undefined };
    const value = (name: string): string => descend(request, name)?.text.trim() ?? '';
    if (Number(value('deltaNum')) !== this.#deltaNumber) return { answer: undefined, delta: undefined };
    const done = this.#apply(operation, value, childrenOf(request, 'URI').length > 0);
    if (done === undefined) return { answer: undefined, delta: undefined };
    this.#deltaNumber++;
    const { inner, answer = '', ...people } = done;
    return {
      answer: `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:m="${NAMESPACE}"><s:Body><m:${operation}>${answer}<m:deltaNum>${this.#deltaNumber}</m:deltaNum></m:${operation}></s:Body></s:Envelope>`,
      delta: `<contactDelta deltaNum="${this.#deltaNumber}" prevDeltaNum="${this.#deltaNumber - 1}">${inner}</contactDelta>`,
      ...people,
    };
  }

  #apply(
    operation: string,
    value: (name: string) => string,
    hasUri: boolean,
  ): { inner: string; answer?: string; added?: string; deleted?: string } | undefined {
    const address = value('URI')
      .replace(/^sips?:/, '')
      .toLowerCase();
    const id = Number(value('groupID'));
    if (operation === 'setContact' && hasUri && this.#contacts.size < MAX_CONTACTS) {
      const known = this.#contacts.has(address);
      const contact = { address, name: value('displayName'), groups: value('groups') || '1' };
      this.#contacts.set(address, contact);
      const inner = contactXml(known ? 'modifiedContact' : 'addedContact', contact, `sip:${address}`);
      return known ? { inner } : { inner, added: address };
    }
    if (operation === 'deleteContact' && this.#contacts.delete(address))
      return { inner: `<deletedContact uri="sip:${escapeXml(address)}"/>`, deleted: address };
    if (operation === 'addGroup' && this.#groups.size < 64) {
      this.#groups.set(++this.#lastGroup, value('name'));
      const answer = `<m:groupID>${this.#lastGroup}</m:groupID>`;
      return { inner: groupXml('addedGroup', this.#lastGroup, value('name')), answer };
    }
    if (operation === 'modifyGroup' && this.#groups.has(id)) {
      this.#groups.set(id, value('name'));
      return { inner: groupXml('modifiedGroup', id, value('name')) };
    }
    if (operation === 'deleteGroup' && this.#groups.delete(id)) return { inner: `<deletedGroup id="${id}"/>` };
    return undefined;
  }
}

function groupXml(element: string, id: number, name: string): string {
  return `<${element} id="${id}" name="${escapeXml(name)}" externalURI=""/>`;
}

/** A whole list has bare addresses, a change has URIs. */
function contactXml(element: string, { name, groups }: Entry, uri: string): string {
  return `<${element} uri="${escapeXml(uri)}" name="${escapeXml(name)}" groups="${escapeXml(groups)}" subscribed="true" externalURI=""/>`;
}
