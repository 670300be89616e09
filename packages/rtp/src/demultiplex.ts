/** What arrives on one port. */
export type PacketClass = 'stun' | 'zrtp' | 'dtls' | 'turn-channel' | 'quic' | 'rtp' | 'rtcp' | 'unknown';

type Row = readonly [first: number, last: number, is: PacketClass];

/** By the first byte. @see RFC 7983 §7, RFC 9443 §3 */
const FIRST_BYTES: readonly Row[] = [
  [0, 3, 'stun'],
  [16, 19, 'zrtp'],
  [20, 63, 'dtls'],
  [64, 79, 'turn-channel'],
  [80, 127, 'quic'],
  [128, 191, 'rtp'],
  [192, 255, 'quic'],
];

/** RTCP packet types as RTP would read them: 64..95 with the marker bit. @see RFC 5761 §4 */
const FIRST_RTCP_TYPE = 192;
const LAST_RTCP_TYPE = 223;

/** Sorts a datagram by its first bytes; says nothing of whether it is well formed. */
export function demultiplex(bytes: Uint8Array): PacketClass {
  const [first, second] = bytes;
  if (first === undefined) return 'unknown';
  const found = FIRST_BYTES.find(([from, to]) => first >= from && first <= to)?.[2] ?? 'unknown';
  if (found !== 'rtp') return found;
  if (second === undefined) return 'unknown';
  return second >= FIRST_RTCP_TYPE && second <= LAST_RTCP_TYPE ? 'rtcp' : 'rtp';
}
