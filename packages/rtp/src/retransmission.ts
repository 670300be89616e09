import type { RtpPacket } from './rtp-packet.ts';

/** Original sequence number, before the original's payload. @see RFC 4588 §4 */
const OSN_BYTES = 2;

export interface RtxSenderOptions {
  readonly ssrc: number;
  readonly payloadType: number;
  readonly firstSequenceNumber: number;
}

/** A retransmission stream of its own SSRC beside the stream that it repairs. @see RFC 4588 §5.3 */
export class RtxSender {
  readonly #options: RtxSenderOptions;
  #next: number;

  constructor(options: RtxSenderOptions) {
    this.#options = options;
    this.#next = options.firstSequenceNumber & 0xffff;
  }

  /** The original with its number in front of its payload, numbered on in this stream; the timestamp stays. */
  packet(original: RtpPacket): RtpPacket {
    const { ssrc, payloadType } = this.#options;
    const payload = new Uint8Array(OSN_BYTES + original.payload.length);
    payload[0] = original.sequenceNumber >> 8;
    payload[1] = original.sequenceNumber;
    payload.set(original.payload, OSN_BYTES);
    const sequenceNumber = this.#next;
    this.#next = (sequenceNumber + 1) & 0xffff;
    return { ...original, ssrc, payloadType, sequenceNumber, payload };
  }
}

/** The packet that a retransmission carries; undefined for one without a payload, as senders use them to probe for bandwidth. @see RFC 4588 §4 */
export function originalOf(
  packet: RtpPacket,
  { ssrc, payloadType }: Pick<RtpPacket, 'ssrc' | 'payloadType'>,
): RtpPacket | undefined {
  const [high, low] = packet.payload;
  if (high === undefined || low === undefined || packet.payload.length === OSN_BYTES) return undefined;
  const payload = packet.payload.subarray(OSN_BYTES);
  return { ...packet, ssrc, payloadType, sequenceNumber: (high << 8) | low, payload };
}
