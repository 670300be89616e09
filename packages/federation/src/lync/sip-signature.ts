import { cseqOf, header, type SipMessage, tagOf } from '@plugfest/sip';

export const REALM = 'SIP Communications Service';

/** Parameters of an Authorization line: `NTLM qop="auth", opaque="…", …`. Names are lower case. */
export interface AuthParameters {
  readonly scheme: string;
  readonly values: ReadonlyMap<string, string>;
}

export function parseAuthParameters(line: string): AuthParameters {
  const scheme = /^\s*([!-~]{1,32})/.exec(line)?.[1] ?? '';
  const values = new Map<string, string>();
  for (const [, name = '', quoted, token] of line
    .slice(scheme.length)
    .matchAll(/([A-Za-z-]{1,32})=(?:"([^"]*)"|([^,\s"]+))/g))
    values.set(name.toLowerCase(), quoted ?? token ?? '');
  return { scheme, values };
}

/** What goes into a signature beside the message's own fields. */
export interface SignatureContext {
  readonly scheme: string;
  /** `crand` or `srand`, `cnum` or `snum`. */
  readonly rand: string;
  readonly num: string;
  readonly target: string;
}

/** The text that version 4 of the protocol signs: fields in angle brackets, empty where the message has none. @see [MS-SIPAE] §3.2.5.1 */
export function signedText(message: SipMessage, { scheme, rand, num, target }: SignatureContext): string {
  const cseq = cseqOf(message);
  const identities = identitiesOf(message);
  const fields = [
    scheme,
    rand,
    num,
    REALM,
    target,
    header(message, 'Call-ID') ?? '',
    String(cseq?.number ?? ''),
    cseq?.method ?? '',
    uriOf(message, 'From'),
    tagOf(message, 'From'),
    uriOf(message, 'To'),
    tagOf(message, 'To'),
    identities.sip,
    identities.tel,
    header(message, 'Expires') ?? '',
    ...(message.kind === 'response' ? [String(message.statusCode)] : []),
  ];
  return fields.map((field) => `<${field}>`).join('');
}

function uriOf(message: SipMessage, name: string): string {
  return /<([^>]*)>/.exec(header(message, name) ?? '')?.[1] ?? '';
}

function identitiesOf(message: SipMessage): { readonly sip: string; readonly tel: string } {
  const line = header(message, 'P-Asserted-Identity') ?? header(message, 'P-Preferred-Identity') ?? '';
  const uris = [...line.matchAll(/<([^>]*)>/g)].map(([, uri = '']) => uri);
  const of = (scheme: string): string => uris.find((uri) => uri.toLowerCase().startsWith(scheme)) ?? '';
  return { sip: of('sip'), tel: of('tel') };
}
