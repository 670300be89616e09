/** Compact forms. @see RFC 3261 §7.3.3 and the IANA registry of SIP header fields */
export const COMPACT_FORMS: ReadonlyMap<string, string> = new Map([
  ['a', 'accept-contact'],
  ['b', 'referred-by'],
  ['c', 'content-type'],
  ['d', 'request-disposition'],
  ['e', 'content-encoding'],
  ['f', 'from'],
  ['i', 'call-id'],
  ['j', 'reject-contact'],
  ['k', 'supported'],
  ['l', 'content-length'],
  ['m', 'contact'],
  ['n', 'identity-info'],
  ['o', 'event'],
  ['r', 'refer-to'],
  ['s', 'subject'],
  ['t', 'to'],
  ['u', 'allow-events'],
  ['v', 'via'],
  ['x', 'session-expires'],
  ['y', 'identity'],
]);

/** The usual spellings, so that the hot path makes no new string. */
const USUAL_SPELLINGS: ReadonlyMap<string, string> = new Map(
  [
    'Via From To Call-ID CSeq Contact Max-Forwards Route Record-Route Content-Type Content-Length User-Agent Server Allow Supported',
    'Require Proxy-Require Unsupported Expires Date Authorization WWW-Authenticate Proxy-Authorization Proxy-Authenticate Accept Warning',
    'Subject Reason Session-Expires Min-SE RSeq RAck Content-Disposition MIME-Version Timestamp Event Subscription-State Refer-To',
  ]
    .flatMap((line) => line.split(' '))
    .map((name) => [name, name.toLowerCase()]),
);

const SPELLINGS: ReadonlyMap<string, string> = new Map([...USUAL_SPELLINGS.keys()].map((name) => [name, name]));

/** The same name, as one and the same string for all messages where it is spelled as usual: lookups compare no characters then. */
export function usualSpelling(name: string): string {
  return SPELLINGS.get(name) ?? name;
}

/** What header names are compared by: lower case, compact forms written out. */
export function headerKey(name: string): string {
  const usual = USUAL_SPELLINGS.get(name);
  if (usual !== undefined) return usual;
  const lower = name.toLowerCase();
  return (lower.length === 1 ? COMPACT_FORMS.get(lower) : undefined) ?? lower;
}
