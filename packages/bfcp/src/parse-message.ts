import { err, ok, type ParseFault, type Result } from '@plugfest/model';
import { ATTRIBUTES, type AttributeName, type BfcpAttribute, type BfcpHeader, type BfcpMessage } from './message.ts';

/** Octets of the header without the words of a fragment. */
export const HEADER_OCTETS = 12;
/** Groups within groups: FLOOR-REQUEST-INFORMATION holds groups that hold no groups. @see RFC 8855 §5.2.15 */
const MAX_DEPTH = 2;

/** A header with what only reading needs. */
export interface ReadHeader extends BfcpHeader {
  /** Of the whole message, without header, in octets. */
  readonly payloadOctets: number;
  /** Where in the payload this part lies, in octets; undefined where the message came whole. @see RFC 8855 §6.2.3 */
  readonly fragment: { readonly offsetOctets: number; readonly octets: number } | undefined;
  /** Where the payload begins. */
  readonly headerOctets: number;
}

function fault(code: string, offset: number, section: string, text: string): Result<never, ParseFault> {
  return err({ code, offset, section: `RFC 8855 §${section}`, text });
}

/** Reads the header. Faults: `too-short`, `unsupported-version`. @see RFC 8855 §5.1 */
export function parseHeader(bytes: Uint8Array): Result<ReadHeader, ParseFault> {
  if (bytes.length < HEADER_OCTETS) return fault('too-short', 0, '5.1', 'shorter than a header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view.getUint8(0) >> 5;
  if (version !== 1 && version !== 2) return fault('unsupported-version', 0, '5.1', `version ${version} is not known`);
  const isFragment = version === 2 && (view.getUint8(0) & 0x08) !== 0;
  if (isFragment && bytes.length < HEADER_OCTETS + 4)
    return fault('too-short', HEADER_OCTETS, '5.1', 'no fragment words');
  return ok({
    version,
    isResponse: version === 2 && (view.getUint8(0) & 0x10) !== 0,
    primitive: view.getUint8(1),
    payloadOctets: 4 * view.getUint16(2),
    conferenceId: view.getUint32(4),
    transactionId: view.getUint16(8),
    userId: view.getUint16(10),
    fragment: isFragment ? { offsetOctets: 4 * view.getUint16(12), octets: 4 * view.getUint16(14) } : undefined,
    headerOctets: isFragment ? HEADER_OCTETS + 4 : HEADER_OCTETS,
  });
}

/**
 * Reads one whole message. Faults: `too-short`, `unsupported-version`, `is-fragment`, `wrong-length` (the payload is not as long as it says),
 * `malformed-attribute`, `too-deep`, `unknown-mandatory-attribute`. A primitive that is not known is no fault of syntax.
 * @see RFC 8855 §5
 */
export function parseMessage(bytes: Uint8Array): Result<BfcpMessage, ParseFault> {
  const header = parseHeader(bytes);
  if (!header.ok) return header;
  const { version, isResponse, primitive, conferenceId, transactionId, userId, payloadOctets } = header.value;
  if (header.value.fragment !== undefined) return fault('is-fragment', 0, '6.2.3', 'one part of a message');
  if (bytes.length !== HEADER_OCTETS + payloadOctets) {
    const text = `${bytes.length - HEADER_OCTETS} octets of payload where the header says ${payloadOctets}`;
    return fault('wrong-length', 2, '5.1', text);
  }
  const attributes = parseAttributes(bytes, HEADER_OCTETS, bytes.length, 0);
  if (!attributes.ok) return attributes;
  return ok({ version, isResponse, primitive, conferenceId, transactionId, userId, attributes: attributes.value });
}

/** @see RFC 8855 §5.2 */
function parseAttributes(
  bytes: Uint8Array,
  start: number,
  end: number,
  depth: number,
): Result<BfcpAttribute[], ParseFault> {
  const attributes: BfcpAttribute[] = [];
  for (let at = start; at < end; ) {
    const octets = bytes[at + 1] as number;
    const next = at + ((octets + 3) & ~3);
    // A length below that of its own two octets would never move on.
    if (at + 2 > end || octets < 2 || at + octets > end) {
      return fault('malformed-attribute', at, '5.2', 'the length is too short, or goes past the end');
    }
    const read = parseAttribute(bytes, at, at + octets, depth);
    if (!read.ok) return read;
    attributes.push(read.value);
    // The last in a group may come without padding: the group's own length does not count it.
    at = Math.min(next, end);
  }
  return ok(attributes);
}

const NAMES = new Map<number, AttributeName>(
  Object.entries(ATTRIBUTES).map(([name, { type }]) => [type, name as AttributeName]),
);
const UTF8 = new TextDecoder();

function parseAttribute(bytes: Uint8Array, at: number, end: number, depth: number): Result<BfcpAttribute, ParseFault> {
  const type = (bytes[at] as number) >> 1;
  const isMandatory = ((bytes[at] as number) & 1) === 1;
  const contents = bytes.subarray(at + 2, end);
  const name = NAMES.get(type);
  if (name === undefined) {
    if (isMandatory) return fault('unknown-mandatory-attribute', at, '5.2', `attribute type ${type} is not known`);
    return ok({ name: 'unknown', isMandatory, type, contents });
  }
  const { format } = ATTRIBUTES[name];
  if (format === 'grouped')
    return parseGroup(bytes, at, end, { name: name as 'BENEFICIARY-INFORMATION', isMandatory }, depth);
  const value = VALUE_READERS[format](contents);
  if (value === undefined) return fault('malformed-attribute', at, '5.2', `${name} is too short`);
  return ok({ name, isMandatory, ...value } as BfcpAttribute);
}

type ValueReader = (contents: Uint8Array) => object | undefined;
const first = (contents: Uint8Array): number => contents[0] as number;

/** What comes after type and length; undefined where it is too short. @see RFC 8855 §5.2.1-§5.2.13 */
const VALUE_READERS: Readonly<Record<Exclude<(typeof ATTRIBUTES)[AttributeName]['format'], 'grouped'>, ValueReader>> = {
  unsigned16: (contents) => (contents.length < 2 ? undefined : { value: unsigned16(contents) }),
  priority: (contents) => (contents.length < 2 ? undefined : { priority: first(contents) >> 5 }),
  'request-status': (contents) =>
    contents.length < 2 ? undefined : { status: first(contents), queuePosition: contents[1] },
  'error-code': (contents) =>
    contents.length < 1 ? undefined : { code: first(contents), details: contents.subarray(1) },
  text: (contents) => ({ text: UTF8.decode(contents) }),
  types: (contents) => ({ types: Array.from(contents, (octet) => octet >> 1) }),
};

function unsigned16(contents: Uint8Array): number {
  return (first(contents) << 8) | (contents[1] as number);
}

/** @see RFC 8855 §5.2.14-§5.2.18 */
function parseGroup(
  bytes: Uint8Array,
  at: number,
  end: number,
  identity: { name: 'BENEFICIARY-INFORMATION'; isMandatory: boolean },
  depth: number,
): Result<BfcpAttribute, ParseFault> {
  if (end - at < 4) return fault('malformed-attribute', at, '5.2', `${identity.name} is too short`);
  if (depth >= MAX_DEPTH) return fault('too-deep', at, '5.2.15', 'a group in a group in a group');
  const attributes = parseAttributes(bytes, at + 4, end, depth + 1);
  if (!attributes.ok) return attributes;
  return ok({ ...identity, id: unsigned16(bytes.subarray(at + 2)), attributes: attributes.value });
}
