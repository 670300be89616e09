import { isIPv4 } from 'node:net';
import { familyOf, type TransportAddress } from './transport-address.ts';

const UDP = 17;
const TIME_TO_LIVE = 64;
/** What the 16 bits of a UDP length hold. */
export const LONGEST_UDP_PAYLOAD = 65_507;

/** A UDP datagram with its IP header, as if it had been captured. Both ends are of one family. */
export function udpPacket(source: TransportAddress, destination: TransportAddress, payload: Uint8Array): Buffer {
  const udp = Buffer.alloc(8 + payload.length);
  udp.writeUInt16BE(source.port, 0);
  udp.writeUInt16BE(destination.port, 2);
  udp.writeUInt16BE(udp.length, 4);
  udp.set(payload, 8);
  const [from, to] = [addressBytes(source.address), addressBytes(destination.address)];
  // Over IPv4 a checksum of zero says that there is none (RFC 768); IPv6 wants one (RFC 8200 §8.1).
  if (familyOf(source.address) === 4) return Buffer.concat([ipv4Header(from, to, udp.length), udp]);
  udp.writeUInt16BE(udpChecksum(from, to, udp) || 0xffff, 6);
  return Buffer.concat([ipv6Header(from, to, udp.length), udp]);
}

export interface UdpPacket {
  readonly source: TransportAddress;
  readonly destination: TransportAddress;
  readonly payload: Buffer;
}

/** Takes apart what `udpPacket` makes; undefined for other packets. */
export function parseUdpPacket(packet: Buffer): UdpPacket | undefined {
  const version = (packet[0] ?? 0) >> 4;
  const [headerBytes, protocolAt, addressAt, size] =
    version === 4 ? [((packet[0] ?? 0) & 15) * 4, 9, 12, 4] : [40, 6, 8, 16];
  if ((version !== 4 && version !== 6) || packet.length < headerBytes + 8 || packet[protocolAt] !== UDP)
    return undefined;
  const addressAtByte = (at: number): string => formatBytes(packet.subarray(at, at + size));
  return {
    source: { address: addressAtByte(addressAt), port: packet.readUInt16BE(headerBytes) },
    destination: { address: addressAtByte(addressAt + size), port: packet.readUInt16BE(headerBytes + 2) },
    payload: packet.subarray(headerBytes + 8),
  };
}

/** As the system writes addresses, so that they compare. */
export function formatBytes(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(2 * i).toString(16));
  return new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1);
}

function ipv4Header(from: Buffer, to: Buffer, length: number): Buffer {
  const header = Buffer.alloc(20);
  header[0] = 0x45;
  header.writeUInt16BE(20 + length, 2);
  // Do not fragment.
  header.writeUInt16BE(0x4000, 6);
  header[8] = TIME_TO_LIVE;
  header[9] = UDP;
  header.set(from, 12);
  header.set(to, 16);
  header.writeUInt16BE(onesComplement(header), 10);
  return header;
}

function ipv6Header(from: Buffer, to: Buffer, length: number): Buffer {
  const header = Buffer.alloc(40);
  header[0] = 0x60;
  header.writeUInt16BE(length, 4);
  header[6] = UDP;
  header[7] = TIME_TO_LIVE;
  header.set(from, 8);
  header.set(to, 24);
  return header;
}

function udpChecksum(from: Buffer, to: Buffer, udp: Buffer): number {
  const lengthAndProtocol = Buffer.alloc(8);
  lengthAndProtocol.writeUInt32BE(udp.length, 0);
  lengthAndProtocol.writeUInt32BE(UDP, 4);
  return onesComplement(Buffer.concat([from, to, lengthAndProtocol, udp]));
}

function onesComplement(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** 4 or 16 bytes in network order, of a literal that was checked before. */
export function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? [];
  const groups = (text: string): number[] => (text === '' ? [] : text.split(':').flatMap(groupValues));
  const [left, right] = [groups(head), groups(tail ?? '')];
  const all =
    tail === undefined ? left : [...left, ...new Array<number>(8 - left.length - right.length).fill(0), ...right];
  const bytes = Buffer.alloc(16);
  all.forEach((group, i) => {
    bytes.writeUInt16BE(group, 2 * i);
  });
  return bytes;
}

function groupValues(group: string): number[] {
  if (!group.includes('.')) return [Number.parseInt(group, 16)];
  const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
  return [(a << 8) | b, (c << 8) | d];
}
