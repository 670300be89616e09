import { err, ok, type ParseFault, type Result } from '@plugfest/model';

/** Whom a frame is for. Others (T.120, text) are not spoken here. @see ITU-T H.224 §8 */
export const H224_CLIENTS = { management: 0x00, camera: 0x01 } as const;

/** A frame of the data channel for far-end cameras, as RTP carries it: Q.922 without flags, stuffing and check sequence. @see RFC 4573 §3, ITU-T H.323 Annex Q */
export interface H224Frame {
  readonly priority: 'low' | 'high';
  /** 0: everybody. */
  readonly destination: number;
  readonly source: number;
  readonly client: number;
  readonly begins: boolean;
  readonly ends: boolean;
  /** 4 bits. */
  readonly segment: number;
  readonly data: Uint8Array;
}

/** The two octets of the data link connections 6 and 7. @see ITU-T H.224 §7 */
const LINKS = { low: 0x61, high: 0x71 } as const;
/** Of a frame without acknowledgement. @see ITU-T Q.922 §3.5 */
const UNNUMBERED_INFORMATION = 0x03;
const HEADER_OCTETS = 9;
const MAX_DATA_OCTETS = 254;

export function parseH224(bytes: Uint8Array): Result<H224Frame, ParseFault> {
  const fault = (code: string, text: string): Result<never, ParseFault> =>
    err({ code, text, offset: 0, section: 'ITU-T H.224 §7' });
  if (bytes.length < HEADER_OCTETS) return fault('h224-short', `a frame of ${bytes.length} octets`);
  if (bytes.length > HEADER_OCTETS + MAX_DATA_OCTETS) return fault('h224-long', `a frame of ${bytes.length} octets`);
  const [high, low, control, to1 = 0, to0 = 0, from1 = 0, from0 = 0, client = 0, flags = 0] = bytes;
  const priority = low === LINKS.low ? 'low' : low === LINKS.high ? 'high' : undefined;
  if (high !== 0 || priority === undefined) return fault('h224-link', 'neither data link connection of H.224');
  if (control !== UNNUMBERED_INFORMATION) return fault('h224-control', 'no unnumbered information');
  return ok({
    priority,
    destination: (to1 << 8) | to0,
    source: (from1 << 8) | from0,
    client: client & 0x7f,
    begins: (flags & 0x80) !== 0,
    ends: (flags & 0x40) !== 0,
    segment: flags & 0x0f,
    data: bytes.subarray(HEADER_OCTETS),
  });
}

export function formatH224({
  priority,
  destination,
  source,
  client,
  begins,
  ends,
  segment,
  data,
}: H224Frame): Uint8Array {
  const flags = (begins ? 0x80 : 0) | (ends ? 0x40 : 0) | (segment & 0x0f);
  const addresses = [destination >> 8, destination & 0xff, source >> 8, source & 0xff];
  return Uint8Array.of(0, LINKS[priority], UNNUMBERED_INFORMATION, ...addresses, client & 0x7f, flags, ...data);
}
