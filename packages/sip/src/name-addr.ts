import { err, ok, type ParseFault, type Result } from '@plugfest/model';
import { ADDR_SPEC, consistsOf, TOKEN, URI_TEXT } from './character-class.ts';
import { HeaderScanner, quote, unquote } from './header-scanner.ts';
import type { SipParameter } from './message.ts';
import { formatParameters, parseParameters } from './parameters.ts';
import { schemeOf } from './sip-uri.ts';
import { trimSpace } from './white-space.ts';

/** The value of From, To, Contact, Route and their like. @see RFC 3261 §20.10 */
export interface NameAddr {
  /** Without quotes, escapes undone, one character a byte (`unicodeOf` makes text of it). */
  readonly displayName?: string | undefined;
  /** The URI as received, any scheme. */
  readonly uri: string;
  /** Parameters of the header field, not of the URI. */
  readonly parameters: readonly SipParameter[];
}

const SECTION = 'RFC 3261 §20.10';

function fault(code: string, offset: number, text: string): Result<never, ParseFault> {
  return err({ code, offset, section: SECTION, text });
}

/** Parses one `name-addr` or `addr-spec` with its parameters; white space before `<` may be missing (RFC 4475 §3.1.1.6). */
export function parseNameAddr(value: string): Result<NameAddr, ParseFault> {
  const scanner = new HeaderScanner(value);
  scanner.skipSpace();
  const start = scanner.position;
  const quoted = scanner.quotedString();
  if (quoted === undefined && scanner.peek() === 34)
    return fault('unterminated-quote', start, 'a quotation mark is not closed');
  scanner.skipSpace();
  const bracket = value.indexOf('<', scanner.position);
  if (bracket < 0)
    return quoted === undefined
      ? parseAddrSpec(scanner)
      : fault('name-addr', scanner.position, 'no < after a display name');
  const plain = trimSpace(value, scanner.position, bracket);
  if (quoted !== undefined ? plain !== '' : !isDisplayName(plain)) {
    return plain.includes(':') && quoted === undefined
      ? parseAddrSpec(scanner)
      : fault('display-name', start, 'a display name that is neither quoted nor tokens');
  }
  return parseBracketed(scanner, bracket, quoted === undefined ? plain : unquote(quoted), quoted !== undefined);
}

function parseBracketed(
  scanner: HeaderScanner,
  bracket: number,
  name: string,
  named: boolean,
): Result<NameAddr, ParseFault> {
  const close = scanner.text.indexOf('>', bracket);
  if (close < 0) return fault('name-addr', bracket, 'an angle bracket is not closed');
  const uri = scanner.text.slice(bracket + 1, close);
  if (!isUriText(uri)) return fault('uri', bracket + 1, 'white space or no scheme in the URI');
  scanner.position = close + 1;
  return withParameters(scanner, uri, name !== '' || named ? name : undefined);
}

/** Without brackets, what follows `;` belongs to the header, and `,` and `?` cannot occur. */
function parseAddrSpec(scanner: HeaderScanner): Result<NameAddr, ParseFault> {
  const uri = scanner.run(ADDR_SPEC) ?? '';
  if (!isUriText(uri)) return fault('uri', scanner.position, 'no URI');
  if (uri.includes('?')) return fault('uri-brackets', scanner.position, 'a URI with headers needs angle brackets');
  return withParameters(scanner, uri, undefined);
}

function withParameters(
  scanner: HeaderScanner,
  uri: string,
  displayName: string | undefined,
): Result<NameAddr, ParseFault> {
  const parameters = parseParameters(scanner);
  if (!parameters.ok) return parameters;
  if (!scanner.atEnd) return fault('trailing', scanner.position, 'something follows the address');
  return ok({ displayName, uri, parameters: parameters.value });
}

function isUriText(uri: string): boolean {
  return consistsOf(uri, URI_TEXT) && schemeOf(uri) !== undefined;
}

function isDisplayName(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code !== 32 && code !== 9 && code < 128 && TOKEN[code] !== 1) return false;
  }
  return true;
}

/** Always with angle brackets; a display name always in quotes. */
export function formatNameAddr(nameAddr: NameAddr): string {
  const name = nameAddr.displayName === undefined ? '' : `${quote(nameAddr.displayName)} `;
  return `${name}<${nameAddr.uri}>${formatParameters(nameAddr.parameters)}`;
}
