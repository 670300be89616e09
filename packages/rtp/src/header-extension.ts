import type { RtpPacket } from './rtp-packet.ts';

/** What the profile field of a header extension with one-byte headers is. @see RFC 8285 §4.2 */
const ONE_BYTE_HEADERS = 0xbede;
const PADDING = 0;
/** An element of this id ends them. */
const RESERVED_ID = 15;

/** The data of one element; undefined where the packet has none of that id, or in another form. A view, not a copy. @see RFC 8285 §4.2 */
export function headerExtension({ extension }: RtpPacket, wanted: number): Uint8Array | undefined {
  if (extension?.profile !== ONE_BYTE_HEADERS) return undefined;
  const { data } = extension;
  for (let at = 0; at < data.length; ) {
    const header = data[at++] as number;
    if (header === PADDING) continue;
    const [id, length] = [header >> 4, (header & 0x0f) + 1];
    if (id === RESERVED_ID || at + length > data.length) return undefined;
    if (id === wanted) return data.subarray(at, at + length);
    at += length;
  }
  return undefined;
}

/** The number that a packet has among all of its transport. @see draft-holmer-rmcat-transport-wide-cc-extensions-01 §2 */
export function transportSequenceNumber(packet: RtpPacket, id: number): number | undefined {
  const data = headerExtension(packet, id);
  return data?.length === 2 ? ((data[0] as number) << 8) | (data[1] as number) : undefined;
}

/** The packet with that number, and no other header extension. */
export function withTransportSequenceNumber(packet: RtpPacket, id: number, number: number): RtpPacket {
  const data = Uint8Array.of((id << 4) | 1, number >> 8, number, PADDING);
  return { ...packet, extension: { profile: ONE_BYTE_HEADERS, data } };
}
