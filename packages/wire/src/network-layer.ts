import type { CapturedPacket } from './capture-packets.ts';
import { readExportedPdu } from './exported-pdu.ts';

/** What an IP packet carries, after its fragments have been put together; `exported` is a whole message without its transport. */
export interface IpPayload {
  readonly protocol: 'udp' | 'tcp' | 'exported';
  readonly source: string;
  readonly destination: string;
  /** Of what is exported, where it says them: of UDP and TCP they are in `bytes`. */
  readonly ports?: readonly [source: number, destination: number];
  /** From the UDP or TCP header on. */
  readonly bytes: Buffer;
}

const EXPORTED_PDU = 252;
/** Where IP begins behind each link's header, and where the EtherType stands. @see https://www.tcpdump.org/linktypes.html */
const LINKS: Readonly<Record<number, { readonly header: number; readonly etherTypeAt?: number }>> = {
  0: { header: 4 },
  1: { header: 14, etherTypeAt: 12 },
  12: { header: 0 },
  14: { header: 0 },
  101: { header: 0 },
  108: { header: 4 },
  113: { header: 16, etherTypeAt: 14 },
  228: { header: 0 },
  229: { header: 0 },
  276: { header: 20, etherTypeAt: 0 },
};
const VLAN_TYPES: readonly number[] = [0x8100, 0x88a8, 0x9100];
const UDP = 17;
const TCP = 6;
/** IPv6 extension headers that are stepped over: hop-by-hop, routing, destination options. */
const EXTENSIONS: readonly number[] = [0, 43, 60];
const IPV6_FRAGMENT = 44;
/** Datagrams whose fragments are waited for; a capture that has more loses the oldest. */
const MAX_OPEN_DATAGRAMS = 1024;

interface Fragment {
  readonly key: string;
  readonly protocol: number;
  readonly offset: number;
  readonly isLast: boolean;
  readonly bytes: Buffer;
  readonly source: string;
  readonly destination: string;
}

/** Takes packets of any link and gives what IP carries; one for each capture file. */
export class NetworkLayer {
  readonly #open = new Map<string, Fragment[]>();

  /** Datagrams of which a fragment is missing so far. */
  get incomplete(): number {
    return this.#open.size;
  }

  take({ linkType, data }: CapturedPacket): IpPayload | undefined {
    if (linkType === EXPORTED_PDU) {
      const pdu = readExportedPdu(data);
      // A recording of ours has media there too: no message.
      return pdu?.dissector === 'data' || pdu?.dissector === 'rtcp' ? undefined : pdu;
    }
    const packet = ipOf(linkType, data);
    const read = packet && (packet[0] as number) >> 4 === 6 ? readIpv6(packet) : packet && readIpv4(packet);
    if (!read) return undefined;
    return read.offset === 0 && read.isLast ? payloadOf(read, read.bytes) : this.#assemble(read);
  }

  #assemble(fragment: Fragment): IpPayload | undefined {
    const parts = [...(this.#open.get(fragment.key) ?? []), fragment].sort((a, b) => a.offset - b.offset);
    const whole = joinFragments(parts);
    this.#open.delete(fragment.key);
    if (whole) return payloadOf(parts[0] as Fragment, whole);
    this.#open.set(fragment.key, parts);
    const oldest = this.#open.size > MAX_OPEN_DATAGRAMS ? this.#open.keys().next().value : undefined;
    if (oldest !== undefined) this.#open.delete(oldest);
    return undefined;
  }
}

/** All of the datagram, or undefined while a part is missing. Of what overlaps, the first counts. */
function joinFragments(parts: readonly Fragment[]): Buffer | undefined {
  const pieces: Buffer[] = [];
  let end = 0;
  for (const { offset, bytes, isLast } of parts) {
    if (offset > end) return undefined;
    const fresh = bytes.subarray(end - offset);
    if (offset + bytes.length > end) {
      pieces.push(fresh);
      end = offset + bytes.length;
    }
    if (isLast) return Buffer.concat(pieces);
  }
  return undefined;
}

function payloadOf({ protocol, source, destination }: Fragment, bytes: Buffer): IpPayload | undefined {
  if (protocol !== UDP && protocol !== TCP) return undefined;
  return { protocol: protocol === UDP ? 'udp' : 'tcp', source, destination, bytes };
}

function ipOf(linkType: number, data: Buffer): Buffer | undefined {
  const link = LINKS[linkType];
  if (!link || data.length < link.header + 20) return undefined;
  let at = link.header;
  let etherType = link.etherTypeAt === undefined ? undefined : data.readUInt16BE(link.etherTypeAt);
  while (etherType !== undefined && VLAN_TYPES.includes(etherType) && at + 4 <= data.length) {
    etherType = data.readUInt16BE(at + 2);
    at += 4;
  }
  const isIp = etherType === undefined || etherType === 0x0800 || etherType === 0x86dd;
  const version = (data[at] ?? 0) >> 4;
  return isIp && (version === 4 || version === 6) ? data.subarray(at) : undefined;
}

function readIpv4(packet: Buffer): Fragment | undefined {
  const header = ((packet[0] ?? 0) & 15) * 4;
  if (header < 20 || packet.length < header) return undefined;
  const claimed = packet.readUInt16BE(2);
  // Segmentation offload leaves a length of 0.
  const end = claimed >= header ? Math.min(claimed, packet.length) : packet.length;
  const flags = packet.readUInt16BE(6);
  const [source, destination] = [packet.toString('hex', 12, 16), packet.toString('hex', 16, 20)];
  const protocol = packet[9] ?? 0;
  return {
    key: `${source} ${destination} ${protocol} ${packet.readUInt16BE(4)}`,
    protocol,
    offset: (flags & 0x1fff) * 8,
    isLast: (flags & 0x2000) === 0,
    bytes: packet.subarray(header, end),
    source,
    destination,
  };
}

function readIpv6(packet: Buffer): Fragment | undefined {
  if (packet.length < 40) return undefined;
  const claimed = packet.readUInt16BE(4);
  const end = claimed > 0 ? Math.min(40 + claimed, packet.length) : packet.length;
  const [source, destination] = [packet.toString('hex', 8, 24), packet.toString('hex', 24, 40)];
  let protocol = packet[6] ?? 0;
  let at = 40;
  while (EXTENSIONS.includes(protocol) && at + 8 <= end) {
    protocol = packet[at] ?? 0;
    at += 8 + (packet[at + 1] ?? 0) * 8;
  }
  const ends = { source, destination };
  if (protocol !== IPV6_FRAGMENT || at + 8 > end)
    return { key: '', protocol, offset: 0, isLast: true, bytes: packet.subarray(Math.min(at, end), end), ...ends };
  const word = packet.readUInt16BE(at + 2);
  return {
    key: `${source} ${destination} ${packet.readUInt32BE(at + 4)}`,
    protocol: packet[at] ?? 0,
    offset: word & 0xfff8,
    isLast: (word & 1) === 0,
    bytes: packet.subarray(at + 8, end),
    ...ends,
  };
}
