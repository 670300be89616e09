import {
  inSendingOrder,
  type SequencedRtp,
  type StreamExamination,
  type StreamFault,
  type TimedRtp,
} from './timed-rtp.ts';

export type PacketizationMode = 0 | 1 | 2;

/** Types of the first byte. @see RFC 6184 §5.2, table 1 */
const NAMES: Readonly<Record<number, string>> = {
  24: 'STAP-A',
  25: 'STAP-B',
  26: 'MTAP16',
  27: 'MTAP24',
  28: 'FU-A',
  29: 'FU-B',
};
/** @see RFC 6184 §6.2, §6.3, §6.4, table 3 */
const ALLOWED: Readonly<Record<PacketizationMode, (type: number) => boolean>> = {
  0: isSingle,
  1: (type) => isSingle(type) || type === 24 || type === 28,
  2: (type) => type >= 25 && type <= 29,
};

function isSingle(type: number): boolean {
  return type >= 1 && type <= 23;
}

/** The packet before, where nothing is missing between. */
type Before = (SequencedRtp & { readonly isOpen: boolean }) | undefined;

/**
 * Whether packets of H.264 are as was agreed: types that the packetization mode has, whole aggregates, fragments that begin, go on and end.
 * `modeAt` is the mode that holds for a packet; undefined where that is not known, e.g. while a new offer is under way.
 * @see RFC 6184 §5.3-§5.8
 */
export function examineH264(
  packets: readonly TimedRtp[],
  modeAt: (packet: TimedRtp) => PacketizationMode | undefined,
): StreamExamination {
  const faults: StreamFault[] = [];
  let judged = 0;
  let before: Before;
  for (const at of inSendingOrder(packets)) {
    const previous = before?.sequence === at.sequence - 1 ? before : undefined;
    const { payload } = at.packet;
    const isOpen = isFragment(payload) ? !fragmentBits(payload).end : false;
    before = { ...at, isOpen };
    const mode = modeAt(at);
    // Padding alone carries nothing: senders probe the network with it.
    if (mode === undefined || payload.length === 0) continue;
    judged++;
    const text = faultOf(at, previous, mode);
    if (text !== undefined) faults.push({ at, text });
  }
  return { judged, faults };
}

function faultOf({ packet }: TimedRtp, previous: Before, mode: PacketizationMode): string | undefined {
  const { payload, timestamp } = packet;
  const [first = 0] = payload;
  const type = first & 0x1f;
  if ((first & 0x80) !== 0) return 'the forbidden bit of the NAL unit header is set (RFC 6184 §1.3)';
  if (!ALLOWED[mode](type))
    return `${NAMES[type] ?? `type ${type}`} in packetization mode ${mode}, as it was agreed, does not exist (RFC 6184 §6, table 3)`;
  if (type === 24) return aggregateFault(payload);
  if (type !== 28)
    return previous?.isOpen && mode === 1 ? 'a NAL unit before its fragments were all sent (RFC 6184 §5.8)' : undefined;
  if (payload.length < 3) return 'a fragment without a byte in it (RFC 6184 §5.8)';
  const { start, end } = fragmentBits(payload);
  if (start && end) return 'one fragment is both the first and the last (RFC 6184 §5.8)';
  if (!previous) return undefined;
  if (start && previous.isOpen) return 'a new fragmented NAL unit before the last one ended (RFC 6184 §5.8)';
  if (!start && !previous.isOpen) return 'a fragment goes on that never began (RFC 6184 §5.8)';
  if (!start && previous.packet.timestamp !== timestamp)
    return 'fragments of one NAL unit have two timestamps (RFC 6184 §5.8)';
  return undefined;
}

function isFragment(payload: Uint8Array): boolean {
  const type = (payload[0] ?? 0) & 0x1f;
  return (type === 28 || type === 29) && payload.length >= 2;
}

function fragmentBits(payload: Uint8Array): { readonly start: boolean; readonly end: boolean } {
  const header = payload[1] ?? 0;
  return { start: (header & 0x80) !== 0, end: (header & 0x40) !== 0 };
}

/** @see RFC 6184 §5.7.1 */
function aggregateFault(payload: Uint8Array): string | undefined {
  let at = 1;
  while (at + 2 <= payload.length) {
    const size = ((payload[at] ?? 0) << 8) | (payload[at + 1] ?? 0);
    if (size === 0) return 'an aggregate holds a NAL unit without a byte (RFC 6184 §5.7.1)';
    at += 2 + size;
  }
  return at === payload.length && at > 1
    ? undefined
    : 'the sizes in an aggregate do not add up to its length (RFC 6184 §5.7.1)';
}
