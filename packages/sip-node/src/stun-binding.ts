import { isIPv4 } from 'node:net';
import type { SocketAddress } from './flow.ts';

const HEADER_BYTES = 20;
const MAGIC_COOKIE = 0x2112a442;
const BINDING_REQUEST = 0x0001;
const BINDING_SUCCESS = 0x0101;
const BINDING_ERROR = 0x0111;
const XOR_MAPPED_ADDRESS = 0x0020;
const ERROR_CODE = 0x0009;
const UNKNOWN_ATTRIBUTES = 0x000a;
/** Attributes below must be understood; of these we know all that a keep-alive has any use for: none. */
const FIRST_OPTIONAL = 0x8000;

/** Whether a datagram is STUN and not SIP: its first two bits are 0, and it has the cookie. @see RFC 8489 §5 */
export function isStun(bytes: Uint8Array): boolean {
  return bytes.length >= HEADER_BYTES && (bytes[0] as number) < 4 && wordAt(bytes, 4) === MAGIC_COOKIE;
}

/** The answer to a binding request, which keeps a UDP flow alive; undefined for any other STUN. @see RFC 5626 §4.4.2, §8, RFC 8489 §7.3.1 */
export function bindingResponse(bytes: Uint8Array, from: SocketAddress): Uint8Array | undefined {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const isWhole = view.readUInt16BE(2) === bytes.length - HEADER_BYTES && bytes.length % 4 === 0;
  if (!isWhole || view.readUInt16BE(0) !== BINDING_REQUEST) return undefined;
  const unknown = unknownAttributes(view);
  if (unknown === undefined) return undefined;
  if (unknown.length === 0)
    return message(BINDING_SUCCESS, view, attribute(XOR_MAPPED_ADDRESS, xorAddress(from, view)));
  const list = Buffer.from(unknown.flatMap((type) => [type >> 8, type & 0xff]));
  const refusal = Buffer.from([0, 0, 4, 20]);
  return message(BINDING_ERROR, view, attribute(ERROR_CODE, refusal), attribute(UNKNOWN_ATTRIBUTES, list));
}

/** Types that must be understood; undefined where the attributes do not fit. */
function unknownAttributes(request: Buffer): number[] | undefined {
  const unknown: number[] = [];
  let at = HEADER_BYTES;
  while (at < request.length) {
    const type = request.readUInt16BE(at);
    at += 4 + 4 * Math.ceil(request.readUInt16BE(at + 2) / 4);
    if (at > request.length) return undefined;
    if (type < FIRST_OPTIONAL) unknown.push(type);
  }
  return unknown;
}

function message(type: number, request: Buffer, ...attributes: readonly Buffer[]): Uint8Array {
  const body = Buffer.concat(attributes);
  const header = Buffer.from(request.subarray(0, HEADER_BYTES));
  header.writeUInt16BE(type, 0);
  header.writeUInt16BE(body.length, 2);
  return Buffer.concat([header, body]);
}

function attribute(type: number, value: Buffer): Buffer {
  const padded = Buffer.alloc(4 + 4 * Math.ceil(value.length / 4));
  padded.writeUInt16BE(type, 0);
  padded.writeUInt16BE(value.length, 2);
  value.copy(padded, 4);
  return padded;
}

/** Port and address, each exclusive-or what follows the length: the cookie, and for IPv6 the transaction's id. @see RFC 8489 §14.2 */
function xorAddress({ host, port }: SocketAddress, request: Buffer): Buffer {
  const address = isIPv4(host) ? Buffer.from(host.split('.').map(Number)) : ipv6Bytes(host);
  const value = Buffer.alloc(4 + address.length);
  value[1] = address.length === 4 ? 1 : 2;
  value.writeUInt16BE(port ^ (MAGIC_COOKIE >>> 16), 2);
  for (const [n, byte] of address.entries()) value[4 + n] = byte ^ (request[4 + n] as number);
  return value;
}

function ipv6Bytes(host: string): Buffer {
  const [head = '', tail] = (host.split('%')[0] as string).split('::');
  const words = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((word) => Number.parseInt(word, 16));
  const [first, last] = [words(head), words(tail ?? '')];
  const all = [...first, ...Array<number>(Math.max(0, 8 - first.length - last.length)).fill(0), ...last];
  return Buffer.from(all.flatMap((word) => [word >> 8, word & 0xff]));
}

function wordAt(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset + at, 4).getUint32(0);
}
