import { err, ok, type ParseFault, type Result } from '@plugfest/model';

/**
 *     0                   1                   2                   3
 *     |V=2|P|X|  CC   |M|     PT      |       sequence number         |
 *     |                           timestamp                           |
 *     |                             SSRC                              |
 *     |                        CSRC (0..15)                           |
 *     [  profile (16)  |  length in words (16)  |  extension data     ]
 *     |                      payload, padding                         |
 *
 * @see RFC 3550 §5.1
 */
export interface RtpPacket {
  /** 0..127. */
  readonly payloadType: number;
  readonly marker: boolean;
  /** 0..65535. */
  readonly sequenceNumber: number;
  /** Ticks of the payload's clock, modulo 2^32. */
  readonly timestamp: number;
  readonly ssrc: number;
  readonly csrcs: readonly number[];
  readonly extension?: { readonly profile: number; readonly data: Uint8Array };
  /** A view of the datagram, padding removed. */
  readonly payload: Uint8Array;
}

/** One RTP payload to be sent, made by a packetizer. */
export interface RtpPayload {
  readonly payload: Uint8Array;
  readonly marker: boolean;
}

export const RTP_FIXED_HEADER_BYTES = 12;

/**
 * Length of the header with CSRCs and extension, or -1 where the packet is too short for what its first bytes say.
 * Does not look at the version.
 */
export function rtpHeaderBytes(bytes: Uint8Array): number {
  if (bytes.length < RTP_FIXED_HEADER_BYTES) return -1;
  const first = bytes[0] as number;
  const fixed = RTP_FIXED_HEADER_BYTES + (first & 0x0f) * 4;
  if ((first & 0x10) === 0) return fixed <= bytes.length ? fixed : -1;
  if (fixed + 4 > bytes.length) return -1;
  const words = ((bytes[fixed + 2] as number) << 8) | (bytes[fixed + 3] as number);
  const end = fixed + 4 + words * 4;
  return end <= bytes.length ? end : -1;
}

/** Reads one RTP packet. Faults: `too-short`, `wrong-version`, `wrong-padding`. The payload is a view, not a copy. */
export function parseRtp(bytes: Uint8Array): Result<RtpPacket, ParseFault> {
  const header = rtpHeaderBytes(bytes);
  if (header === -1) return fault('too-short', bytes.length, 'shorter than its header says');
  const first = bytes[0] as number;
  if (first >> 6 !== 2) return fault('wrong-version', 0, 'the version is not 2');
  let end = bytes.length;
  if ((first & 0x20) !== 0) {
    const padding = bytes[end - 1] as number;
    if (padding === 0 || padding > end - header)
      return fault('wrong-padding', end - 1, 'padding longer than the payload');
    end -= padding;
  }
  const second = bytes[1] as number;
  const packet = {
    payloadType: second & 0x7f,
    marker: second > 127,
    sequenceNumber: ((bytes[2] as number) << 8) | (bytes[3] as number),
    timestamp: readUint32(bytes, 4),
    ssrc: readUint32(bytes, 8),
    csrcs: readCsrcs(bytes, first & 0x0f),
    payload: bytes.subarray(header, end),
  };
  return ok((first & 0x10) === 0 ? packet : { ...packet, extension: readExtension(bytes, first & 0x0f, header) });
}

function fault(code: string, offset: number, text: string): Result<never, ParseFault> {
  return err({ code, offset, section: 'RFC 3550 §5.1', text });
}

const NO_CSRCS: readonly number[] = Object.freeze([]);

function readCsrcs(bytes: Uint8Array, count: number): readonly number[] {
  if (count === 0) return NO_CSRCS;
  return Array.from({ length: count }, (_, at) => readUint32(bytes, RTP_FIXED_HEADER_BYTES + at * 4));
}

function readExtension(bytes: Uint8Array, csrcCount: number, header: number): RtpPacket['extension'] {
  const start = RTP_FIXED_HEADER_BYTES + csrcCount * 4;
  return {
    profile: ((bytes[start] as number) << 8) | (bytes[start + 1] as number),
    data: bytes.subarray(start + 4, header),
  };
}

/** Big-endian, unsigned. The caller has checked the bounds. */
export function readUint32(bytes: Uint8Array, offset: number): number {
  return (
    (((bytes[offset] as number) << 24) |
      ((bytes[offset + 1] as number) << 16) |
      ((bytes[offset + 2] as number) << 8) |
      (bytes[offset + 3] as number)) >>>
    0
  );
}

/** Big-endian; anything above 32 bits is cut. */
export function writeUint32(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 24;
  bytes[offset + 1] = value >>> 16;
  bytes[offset + 2] = value >>> 8;
  bytes[offset + 3] = value;
}

/** Writes one RTP packet, without padding. An extension's data must be whole words: else `RangeError`. */
export function formatRtp(packet: RtpPacket): Uint8Array {
  const { csrcs, extension, payload } = packet;
  if (csrcs.length > 15) throw new RangeError('more than 15 CSRCs');
  if (extension !== undefined && extension.data.length % 4 !== 0)
    throw new RangeError('extension data is not whole words');
  const fixed = RTP_FIXED_HEADER_BYTES + csrcs.length * 4;
  const header = fixed + (extension === undefined ? 0 : 4 + extension.data.length);
  const bytes = new Uint8Array(header + payload.length);
  bytes[0] = 0x80 | (extension === undefined ? 0 : 0x10) | csrcs.length;
  bytes[1] = (packet.marker ? 0x80 : 0) | packet.payloadType;
  bytes[2] = packet.sequenceNumber >> 8;
  bytes[3] = packet.sequenceNumber;
  writeUint32(bytes, 4, packet.timestamp);
  writeUint32(bytes, 8, packet.ssrc);
  for (const [at, csrc] of csrcs.entries()) writeUint32(bytes, RTP_FIXED_HEADER_BYTES + at * 4, csrc);
  if (extension !== undefined) {
    writeUint32(bytes, fixed, (extension.profile << 16) | (extension.data.length / 4));
    bytes.set(extension.data, fixed + 4);
  }
  bytes.set(payload, header);
  return bytes;
}
