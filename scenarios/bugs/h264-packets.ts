import { NAL, type RtpPacket } from '@plugfest/rtp';

/** Packet types beyond single NAL units. @see RFC 6184 §5.2 */
export const STAP_A = 24;
export const FU_A = 28;

export function nalTypeOf({ payload }: Pick<RtpPacket, 'payload'>): number {
  return (payload[0] ?? 0) & 0x1f;
}

/** The two FU-A packets of a single NAL unit packet. @see RFC 6184 §5.8 */
export function fragmented(packet: RtpPacket): RtpPacket[] {
  const [first = 0] = packet.payload;
  const middle = packet.payload.length >> 1;
  const part = (flags: number, from: number, to?: number): RtpPacket => ({
    ...packet,
    marker: flags === 0x40 && packet.marker,
    payload: Uint8Array.of((first & 0xe0) | FU_A, flags | (first & 0x1f), ...packet.payload.subarray(from, to)),
  });
  return [part(0x80, 1, middle), part(0x40, middle)];
}

/** What is wrong with the headers of fragments: a unit has one start, one end and one type, which is that of a NAL unit. */
export function fragmentFault(packets: readonly RtpPacket[]): string | undefined {
  const fragments = packets.filter((packet) => nalTypeOf(packet) === FU_A);
  if (fragments.length === 0) return 'no fragments at all';
  let open: number | undefined;
  for (const { payload, sequenceNumber } of fragments) {
    const header = payload[1] ?? 0;
    const type = header & 0x1f;
    const isStart = (header & 0x80) !== 0;
    if ((header & 0x20) !== 0) return `packet ${sequenceNumber}: the reserved bit is set`;
    if (type === 0 || type >= STAP_A) return `packet ${sequenceNumber}: a fragment of type ${type}`;
    if (isStart && open !== undefined) return `packet ${sequenceNumber}: a start within a unit that has not ended`;
    if (!isStart && open !== type) return `packet ${sequenceNumber}: of type ${type} within a unit of type ${open}`;
    open = (header & 0x40) !== 0 ? undefined : type;
  }
  return undefined;
}

/** The NAL units that a packet brings, as views into it: those within a STAP-A; of fragments none. */
function unitsOf({ payload }: Pick<RtpPacket, 'payload'>): Uint8Array[] {
  const type = (payload[0] ?? 0) & 0x1f;
  if (type < STAP_A) return [payload];
  const units: Uint8Array[] = [];
  for (let at = 1; type === STAP_A && at + 2 < payload.length; ) {
    const length = ((payload[at] ?? 0) << 8) + (payload[at + 1] ?? 0);
    units.push(payload.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return units;
}

export function parameterSetsOf(packet: Pick<RtpPacket, 'payload'>): Uint8Array[] {
  return unitsOf(packet).filter((unit) => ((unit[0] ?? 0) & 0x1f) === NAL.sps);
}

/** True for the first packet of an IDR picture, whole, aggregated or fragmented. */
export function bringsKeyFrame(packet: Pick<RtpPacket, 'payload'>): boolean {
  const { payload } = packet;
  if (nalTypeOf(packet) === FU_A) return ((payload[1] ?? 0) & 0x9f) === (0x80 | NAL.idr);
  return unitsOf(packet).some((unit) => ((unit[0] ?? 0) & 0x1f) === NAL.idr);
}
