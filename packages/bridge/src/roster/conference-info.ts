import type { Roster, RosterChange, RosterEndpoint, RosterUser } from './roster.ts';

export const CONFERENCE_INFO = 'application/conference-info+xml';
const NAMESPACE = 'urn:ietf:params:xml:ns:conference-info';

interface Head {
  /** URI of the conference. */
  readonly entity: string;
  /** Of this subscription: one more with each document. */
  readonly version: number;
}

/** Everything. @see RFC 4575 §4.4 */
export function formatFullState({ entity, version }: Head, displayText: string, roster: Roster): string {
  const description = `<conference-description>${element('display-text', displayText)}</conference-description>`;
  const users = [...roster.values()].map((user) => formatUser(user)).join('');
  return documentOf(
    { entity, version },
    'full',
    `${description}${stateOf(roster)}<users state="full">${users}</users>`,
  );
}

/** Only what changed; a user that is named is said whole. @see RFC 4575 §4.6 */
export function formatPartialState(head: Head, { present, gone }: RosterChange, roster: Roster): string {
  const changed = present.map((user) => formatUser(user)).join('');
  const deleted = gone.map((entity) => `<user entity="${escaped(entity)}" state="deleted"/>`).join('');
  return documentOf(head, 'partial', `${stateOf(roster)}<users state="partial">${changed}${deleted}</users>`);
}

function documentOf({ entity, version }: Head, state: 'full' | 'partial', content: string): string {
  const head = `xmlns="${NAMESPACE}" entity="${escaped(entity)}" state="${state}" version="${version}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<conference-info ${head}>${content}</conference-info>\n`;
}

function stateOf(roster: Roster): string {
  return `<conference-state><user-count>${roster.size}</user-count><active>${roster.size > 0}</active></conference-state>`;
}

function formatUser({ entity, displayText, endpoints }: RosterUser): string {
  const content = `${element('display-text', displayText)}${endpoints.map(formatEndpoint).join('')}`;
  return `<user entity="${escaped(entity)}" state="full">${content}</user>`;
}

function formatEndpoint({ entity, displayText, media }: RosterEndpoint): string {
  const streams = media.map(
    ({ id, type, status }) => `<media id="${id}">${element('type', type)}${element('status', status)}</media>`,
  );
  const content = `${element('display-text', displayText)}${element('status', 'connected')}${streams.join('')}`;
  return `<endpoint entity="${escaped(entity)}" state="full">${content}</endpoint>`;
}

function element(name: string, text: string): string {
  return `<${name}>${escaped(text)}</${name}>`;
}

const REFERENCES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/** Characters that XML cannot hold become U+FFFD. @see https://www.w3.org/TR/xml/#charsets */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replaceAll(/[&<>"\t\n\r]/g, (character) => REFERENCES[character] ?? '');
}
