import { err, ok, type ParseFault, type Result } from '@plugfest/model';
import { words } from './attribute.ts';
import type {
  AddressType,
  Attribute,
  Bandwidth,
  Connection,
  MediaDescription,
  Origin,
  SessionDescription,
} from './session-description.ts';

/** What a peer's description may hold at most; more is a fault, so that none costs more than a few milliseconds. */
export const SDP_LIMITS = { bytes: 65_536, lines: 1_000, media: 64, formats: 128 } as const;

interface Line {
  readonly type: string;
  readonly value: string;
  readonly offset: number;
}

type Draft<T> = { -readonly [K in keyof T]: T[K] };
interface Section {
  connection?: Connection;
  readonly bandwidths: Bandwidth[];
  readonly attributes: Attribute[];
}
type MediaDraft = Draft<MediaDescription> & Section;

/**
 * Reads a session description. CRLF, LF and CR all end a line; spaces at line ends and line types without a name here are passed over.
 * Faults are `too-large`, `too-many-lines`, `malformed-line`, `missing-version`, `unsupported-version`, `missing-origin`, `malformed-origin`,
 * `malformed-media`, `malformed-port`, `malformed-format`, `malformed-connection`. Linear in the text's length.
 * @see RFC 8866 §9
 */
export function parseSdp(text: string): Result<SessionDescription, ParseFault> {
  if (text.length > SDP_LIMITS.bytes) {
    return fault('too-large', SDP_LIMITS.bytes, '', `more than ${SDP_LIMITS.bytes} bytes`);
  }
  const lines = splitLines(text);
  if (!lines.ok) return lines;
  const version = lines.value[0];
  if (version?.type !== 'v') return fault('missing-version', 0, '5.1', 'the first line is not v=');
  if (version.value !== '0') return fault('unsupported-version', version.offset, '5.1', 'the version is not 0');
  return readSections(lines.value);
}

function fault(code: string, offset: number, section: string, text: string): Result<never, ParseFault> {
  return err({ code, offset, section: section === '' ? 'RFC 8866' : `RFC 8866 §${section}`, text });
}

function splitLines(text: string): Result<Line[], ParseFault> {
  const lines: Line[] = [];
  for (let start = 0; start < text.length; ) {
    const end = endOfLine(text, start);
    const line = text.slice(start, end).trimEnd();
    if (line.length > 0) {
      if (line[1] !== '=') return fault('malformed-line', start, '5', 'a line is not <type>=<value>');
      if (lines.length === SDP_LIMITS.lines) {
        return fault('too-many-lines', start, '', `more than ${SDP_LIMITS.lines} lines`);
      }
      lines.push({ type: line.charAt(0), value: line.slice(2), offset: start });
    }
    start = end + 1;
  }
  return ok(lines);
}

function endOfLine(text: string, start: number): number {
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 10 || code === 13) return at;
  }
  return text.length;
}

function readSections(lines: readonly Line[]): Result<SessionDescription, ParseFault> {
  const session: Section = { bandwidths: [], attributes: [] };
  const timings: string[] = [];
  const media: MediaDraft[] = [];
  let origin: Origin | undefined;
  let sessionName = '-';
  for (const line of lines) {
    const current = media.at(-1);
    if (line.type === 'm') {
      const next = media.length < SDP_LIMITS.media ? readMedia(line) : tooManyMedia(line);
      if (!next.ok) return next;
      media.push(next.value);
    } else if (line.type === 'o' && current === undefined) {
      origin = readOrigin(line.value);
      if (origin === undefined) return fault('malformed-origin', line.offset, '5.2', 'o= has not six fields');
    } else if (line.type === 's' && current === undefined) sessionName = line.value;
    else if (line.type === 't' && current === undefined) timings.push(line.value);
    else if (line.type === 'i' && current !== undefined) current.title = line.value;
    else {
      const read = readShared(line, current ?? session);
      if (!read.ok) return read;
    }
  }
  if (origin === undefined) return fault('missing-origin', -1, '5.2', 'there is no o= line');
  return ok({ ...session, origin, sessionName, timings: timings.length === 0 ? ['0 0'] : timings, media });
}

function tooManyMedia(line: Line): Result<never, ParseFault> {
  return fault('malformed-media', line.offset, '5.14', `more than ${SDP_LIMITS.media} m= lines`);
}

function readShared(line: Line, section: Section): Result<void, ParseFault> {
  if (line.type === 'a') section.attributes.push(readAttribute(line.value));
  else if (line.type === 'b') {
    const bandwidth = readBandwidth(line.value);
    if (bandwidth !== undefined) section.bandwidths.push(bandwidth);
  } else if (line.type === 'c') {
    const connection = readConnection(line.value);
    if (connection === undefined) {
      return fault('malformed-connection', line.offset, '5.7', 'c= is not IN IP4|IP6 <address>');
    }
    section.connection ??= connection;
  }
  return ok(undefined);
}

function isAddressType(word: string | undefined): word is AddressType {
  return word === 'IP4' || word === 'IP6';
}

function readOrigin(value: string): Origin | undefined {
  const fields = words(value);
  // A user name with spaces is wrong and seen: what counts are the last five fields.
  const [sessionId, sessionVersion, networkType, addressType, address] = fields.slice(-5);
  if (fields.length < 6 || networkType !== 'IN' || !isAddressType(addressType)) return undefined;
  if (sessionId === undefined || sessionVersion === undefined || address === undefined) return undefined;
  return { username: fields.slice(0, -5).join(' '), sessionId, sessionVersion, addressType, address };
}

function readConnection(value: string): Connection | undefined {
  const [networkType, addressType, whole] = words(value);
  if (networkType !== 'IN' || !isAddressType(addressType) || whole === undefined) return undefined;
  const slash = whole.indexOf('/');
  if (slash === -1) return { addressType, address: whole };
  return { addressType, address: whole.slice(0, slash), suffix: whole.slice(slash + 1) };
}

function readBandwidth(value: string): Bandwidth | undefined {
  const colon = value.indexOf(':');
  const number = readNumber(value.slice(colon + 1), Number.MAX_SAFE_INTEGER);
  return colon < 1 || number === undefined ? undefined : { type: value.slice(0, colon), value: number };
}

function readAttribute(value: string): Attribute {
  const colon = value.indexOf(':');
  return colon === -1 ? { name: value } : { name: value.slice(0, colon), value: value.slice(colon + 1) };
}

/** Decimal digits only: no sign, no exponent, no `0x`. */
export function readNumber(text: string | undefined, max: number): number | undefined {
  if (text === undefined || text.length === 0 || text.length > 16) return undefined;
  let value = 0;
  for (let at = 0; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return value <= max ? value : undefined;
}

function readMedia(line: Line): Result<MediaDraft, ParseFault> {
  const [kind, portField, protocol, ...formats] = words(line.value);
  if (kind === undefined || portField === undefined || protocol === undefined || formats.length === 0) {
    return fault('malformed-media', line.offset, '5.14', 'm= is not <media> <port> <protocol> <format>…');
  }
  const [portText, countText] = portField.split('/');
  const port = readNumber(portText, 65_535);
  const portCount = countText === undefined ? 1 : readNumber(countText, 65_535);
  if (port === undefined || portCount === undefined) {
    return fault('malformed-port', line.offset, '5.14', 'the port of an m= line is not 0..65535');
  }
  const isRtp = protocol.includes('RTP/') && !protocol.startsWith('TCP/');
  if (
    formats.length > SDP_LIMITS.formats ||
    (isRtp && formats.some((format) => readNumber(format, 127) === undefined))
  ) {
    return fault('malformed-format', line.offset, '5.14', 'a format of an RTP m= line is not a payload type 0..127');
  }
  const media: MediaDraft = { kind, port, protocol, formats, bandwidths: [], attributes: [] };
  if (portCount !== 1) media.portCount = portCount;
  return ok(media);
}
