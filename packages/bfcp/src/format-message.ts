import { ATTRIBUTES, type BfcpAttribute, type BfcpMessage } from './message.ts';
import { HEADER_OCTETS } from './parse-message.ts';

/** An attribute's length is one octet, and counts its header. */
const MAX_CONTENTS_OCTETS = 253;
const UTF8 = new TextEncoder();

/** Writes a message. Text that is too long for its attribute is cut at a character. @see RFC 8855 §5 */
export function formatMessage(message: BfcpMessage): Uint8Array {
  const payload = message.attributes.flatMap((each) => paddedAttribute(each));
  const bytes = new Uint8Array(HEADER_OCTETS + payload.length);
  writeHeader(bytes, message, payload.length);
  bytes.set(payload, HEADER_OCTETS);
  return bytes;
}

function writeHeader(bytes: Uint8Array, message: BfcpMessage, payloadOctets: number): void {
  const view = new DataView(bytes.buffer);
  view.setUint8(0, (message.version << 5) | (message.version === 2 && message.isResponse ? 0x10 : 0));
  view.setUint8(1, message.primitive);
  view.setUint16(2, payloadOctets / 4);
  view.setUint32(4, message.conferenceId);
  view.setUint16(8, message.transactionId);
  view.setUint16(10, message.userId);
}

/**
 * Cuts a message into parts of at most `maxOctets` each, header included; one part where it fits. Each part carries the whole header and where it
 * lies (F bit).
 * @see RFC 8855 §6.2.3
 */
export function formatFragments(message: BfcpMessage, maxOctets: number): Uint8Array[] {
  const whole = formatMessage(message);
  if (whole.length <= maxOctets || message.version === 1) return [whole];
  const partOctets = (maxOctets - HEADER_OCTETS - 4) & ~3;
  const payload = whole.subarray(HEADER_OCTETS);
  const parts: Uint8Array[] = [];
  for (let at = 0; at < payload.length; at += partOctets) {
    const part = payload.subarray(at, at + partOctets);
    const bytes = new Uint8Array(HEADER_OCTETS + 4 + part.length);
    bytes.set(whole.subarray(0, HEADER_OCTETS));
    bytes[0] = (bytes[0] as number) | 0x08;
    const view = new DataView(bytes.buffer);
    view.setUint16(HEADER_OCTETS, at / 4);
    view.setUint16(HEADER_OCTETS + 2, part.length / 4);
    bytes.set(part, HEADER_OCTETS + 4);
    parts.push(bytes);
  }
  return parts;
}

function paddedAttribute(attribute: BfcpAttribute): number[] {
  const contents = contentsOf(attribute);
  const type = attribute.name === 'unknown' ? attribute.type : ATTRIBUTES[attribute.name].type;
  const padding = new Array<number>((4 - ((contents.length + 2) % 4)) % 4).fill(0);
  return [(type << 1) | (attribute.isMandatory === true ? 1 : 0), contents.length + 2, ...contents, ...padding];
}

function contentsOf(attribute: BfcpAttribute): readonly number[] {
  if ('value' in attribute) return octets16(attribute.value);
  if ('priority' in attribute) return [attribute.priority << 5, 0];
  if ('status' in attribute) return [attribute.status, attribute.queuePosition];
  if ('code' in attribute) return [attribute.code, ...attribute.details.subarray(0, MAX_CONTENTS_OCTETS - 1)];
  if ('text' in attribute) return cutText(attribute.text);
  if ('types' in attribute) return attribute.types.map((type) => type << 1);
  if ('id' in attribute) return groupContents(attribute.id, attribute.attributes);
  return [...attribute.contents.subarray(0, MAX_CONTENTS_OCTETS)];
}

/** A group is no longer than any attribute: what does not fit any more (long names, long reasons) is left out. */
function groupContents(id: number, attributes: readonly BfcpAttribute[]): readonly number[] {
  const contents = [...octets16(id)];
  for (const attribute of attributes) {
    const octets = paddedAttribute(attribute);
    if (contents.length + octets.length <= MAX_CONTENTS_OCTETS) contents.push(...octets);
  }
  return contents;
}

function octets16(value: number): readonly number[] {
  return [(value >> 8) & 0xff, value & 0xff];
}

function cutText(text: string): readonly number[] {
  const bytes = new Uint8Array(MAX_CONTENTS_OCTETS);
  // `encodeInto` stops before a character that does not fit.
  return [...bytes.subarray(0, UTF8.encodeInto(text, bytes).written)];
}
