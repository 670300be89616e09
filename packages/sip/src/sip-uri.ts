import { err, ok, type ParseFault, type Result } from '@plugfest/model';
import {
  type CharacterClass,
  consistsOf,
  decimalOf,
  HEX,
  HOST,
  IPV6,
  SCHEME,
  URI_HEADER,
  URI_PARAMETER,
  USER,
} from './character-class.ts';
import type { SipParameter } from './message.ts';

/** A SIP or SIPS URI. User, password and header values are unescaped; parameters are as on the wire. @see RFC 3261 §19.1 */
export interface SipUri {
  readonly scheme: 'sip' | 'sips';
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** Host name, IPv4 address, or IPv6 address without brackets; lower case. */
  readonly host: string;
  readonly port?: number | undefined;
  readonly parameters: readonly SipParameter[];
  /** What follows `?`. */
  readonly headers: readonly SipParameter[];
}

/** A host and perhaps a port, as in URIs and Via. */
export interface HostPort {
  readonly host: string;
  readonly port?: number | undefined;
}

const SECTION = 'RFC 3261 §19.1.1';
const NONE: Result<readonly SipParameter[], ParseFault> = ok([]);
const NO_USER_INFO: Result<{ user?: string; password?: string }, ParseFault> = ok({});

function fault(code: string, offset: number, text: string): Result<never, ParseFault> {
  return err({ code, offset, section: SECTION, text });
}

/** The scheme of any URI, lower case; undefined when there is none. */
export function schemeOf(uri: string): string | undefined {
  if (uri.startsWith('sip:')) return 'sip';
  const colon = uri.indexOf(':');
  const scheme = uri.slice(0, Math.max(colon, 0));
  return consistsOf(scheme, SCHEME) && isLetter(scheme.charCodeAt(0)) ? scheme.toLowerCase() : undefined;
}

function isLetter(code: number): boolean {
  return (code | 32) >= 97 && (code | 32) <= 122;
}

/** Parses a `sip:` or `sips:` URI without angle brackets. Fault `uri-scheme` for other schemes. */
export function parseSipUri(text: string): Result<SipUri, ParseFault> {
  const scheme = schemeOf(text);
  if (scheme !== 'sip' && scheme !== 'sips') return fault('uri-scheme', 0, 'not a SIP or SIPS URI');
  const start = scheme.length + 1;
  const at = text.indexOf('@', start);
  const userInfo = at < 0 ? NO_USER_INFO : parseUserInfo(text.slice(start, at), start);
  if (!userInfo.ok) return userInfo;
  const hostStart = at < 0 ? start : at + 1;
  const question = text.indexOf('?', hostStart);
  const semicolon = text.indexOf(';', hostStart);
  const parametersEnd = question < 0 ? text.length : question;
  const hostEnd = semicolon < 0 || semicolon > parametersEnd ? parametersEnd : semicolon;
  const hostPort = parseHostPort(text.slice(hostStart, hostEnd));
  if (hostPort === undefined) return fault('uri-host', hostStart, 'the host or port of the URI is malformed');
  const parameters = hostEnd === parametersEnd ? NONE : parseUriParameters(text.slice(hostEnd, parametersEnd), hostEnd);
  if (!parameters.ok) return parameters;
  const headers = question < 0 ? NONE : parseUriHeaders(text.slice(question + 1), question + 1);
  if (!headers.ok) return headers;
  // The same fields in all of them: what reads many URIs stays quick.
  const { user, password } = userInfo.value;
  const { host, port } = hostPort;
  return ok({ scheme, user, password, host, port, parameters: parameters.value, headers: headers.value });
}

function parseUserInfo(text: string, offset: number): Result<{ user?: string; password?: string }, ParseFault> {
  const colon = text.indexOf(':');
  const user = colon < 0 ? text : text.slice(0, colon);
  const password = colon < 0 ? undefined : text.slice(colon + 1);
  if (user === '' || !isEscapedText(user, USER)) return fault('uri-user', offset, 'the user part is malformed');
  if (password === undefined) return ok({ user: unescapeUri(user) });
  if (!isEscapedText(password, USER)) return fault('uri-user', offset + colon, 'the password is malformed');
  return ok({ user: unescapeUri(user), password: unescapeUri(password) });
}

/** `host`, `host:port`, `[v6]`, `[v6]:port`; undefined when malformed. Host in lower case, without brackets. */
export function parseHostPort(text: string): HostPort | undefined {
  const bracket = text.startsWith('[') ? text.indexOf(']') : -1;
  const colon = text.indexOf(':', bracket + 1);
  const hostText = colon < 0 ? text : text.slice(0, colon);
  const host = bracket > 0 ? hostText.slice(1, bracket) : hostText;
  if (bracket > 0 && hostText.length !== bracket + 1) return undefined;
  if (!consistsOf(host, bracket > 0 ? IPV6 : HOST)) return undefined;
  if (colon < 0) return { host: host.toLowerCase() };
  const port = decimalOf(text.slice(colon + 1), 65_535);
  return port === undefined ? undefined : { host: host.toLowerCase(), port };
}

/** `host:port` with brackets round IPv6 addresses; the port is left out when undefined. */
export function formatHostPort(host: string, port?: number): string {
  const name = host.includes(':') ? `[${host}]` : host;
  return port === undefined ? name : `${name}:${port}`;
}

function parseUriParameters(text: string, offset: number): Result<SipParameter[], ParseFault> {
  const parameters: SipParameter[] = [];
  for (const piece of text.slice(1).split(';')) {
    const equals = piece.indexOf('=');
    const name = equals < 0 ? piece : piece.slice(0, equals);
    const value = equals < 0 ? undefined : piece.slice(equals + 1);
    if (name === '' || !isEscapedText(name, URI_PARAMETER))
      return fault('uri-parameter', offset, 'a URI parameter is malformed');
    if (value !== undefined && !isEscapedText(value, URI_PARAMETER)) {
      return fault('uri-parameter', offset, `the URI parameter ${name} is malformed`);
    }
    parameters.push(value === undefined ? { name } : { name, value });
  }
  return ok(parameters);
}

function parseUriHeaders(text: string, offset: number): Result<SipParameter[], ParseFault> {
  const found: SipParameter[] = [];
  if (text === '') return ok(found);
  for (const piece of text.split('&')) {
    const equals = piece.indexOf('=');
    const name = piece.slice(0, equals);
    const value = piece.slice(equals + 1);
    if (equals <= 0 || !isEscapedText(name, URI_HEADER) || !isEscapedText(value, URI_HEADER)) {
      return fault('uri-header', offset, 'a URI header is malformed');
    }
    found.push({ name: unescapeUri(name), value: unescapeUri(value) });
  }
  return ok(found);
}

function isEscapedText(text: string, members: CharacterClass): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (members[code] === 1) continue;
    if (code !== 37 || HEX[text.charCodeAt(i + 1)] !== 1 || HEX[text.charCodeAt(i + 2)] !== 1) return false;
    i += 2;
  }
  return true;
}

/** Undoes `%HH` once; the result has one character a byte. */
export function unescapeUri(text: string): string {
  if (!text.includes('%')) return text;
  let plain = '';
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '%' && HEX[text.charCodeAt(i + 1)] === 1 && HEX[text.charCodeAt(i + 2)] === 1) {
      plain += String.fromCharCode(Number.parseInt(text.slice(i + 1, i + 3), 16));
      i += 2;
    } else plain += text[i];
  }
  return plain;
}

/** Escapes (`%HH`) what is not in the class; `text` has one character a byte. */
function escapeUri(text: string, members: CharacterClass): string {
  let escaped = '';
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    escaped += members[code] === 1 ? text[i] : `%${(code & 0xff).toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return escaped;
}

export function formatSipUri(uri: SipUri): string {
  let text = `${uri.scheme}:`;
  if (uri.user !== undefined) {
    text += escapeUri(uri.user, USER);
    if (uri.password !== undefined) text += `:${escapeUri(uri.password, USER)}`;
    text += '@';
  }
  text += formatHostPort(uri.host, uri.port);
  for (const { name, value } of uri.parameters) text += value === undefined ? `;${name}` : `;${name}=${value}`;
  const tail = uri.headers.map(
    ({ name, value }) => `${escapeUri(name, URI_HEADER)}=${escapeUri(value ?? '', URI_HEADER)}`,
  );
  return tail.length === 0 ? text : `${text}?${tail.join('&')}`;
}
