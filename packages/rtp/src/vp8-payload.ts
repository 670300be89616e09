import { DEFAULT_MAX_PAYLOAD_BYTES } from './h264-packetizer.ts';
import type { RtpPacket, RtpPayload } from './rtp-packet.ts';
import {
  type CodedFrame,
  type DepacketizerCounters,
  FrameAssembler,
  type PayloadFormat,
  type VideoDepacketizer,
} from './video-depacketizer.ts';

/** Bytes of the descriptor that we write: X and S, then I, then a picture identifier of 15 bits. */
const DESCRIPTOR_BYTES = 4;
const PICTURE_ID_MODULUS = 0x8000;

/**
 * Payloads of VP8 frames, with a running picture identifier.
 *
 *     |X|R|N|S|R| PID | I L T K RSV | M picture id (15) |
 *
 * @see RFC 7741 §4.2
 */
export class Vp8Packetizer {
  readonly #maxPartBytes: number;
  #pictureId: number;

  constructor(options: { readonly maxPayloadBytes?: number; readonly firstPictureId?: number } = {}) {
    this.#maxPartBytes = (options.maxPayloadBytes ?? DEFAULT_MAX_PAYLOAD_BYTES) - DESCRIPTOR_BYTES;
    this.#pictureId = (options.firstPictureId ?? 0) % PICTURE_ID_MODULUS;
  }

  /** In order; the last has the marker. */
  packetize(frame: Uint8Array): RtpPayload[] {
    const count = Math.ceil(frame.length / this.#maxPartBytes);
    const partBytes = Math.ceil(frame.length / count);
    const payloads = Array.from({ length: count }, (_, index) => {
      const part = frame.subarray(index * partBytes, (index + 1) * partBytes);
      const payload = new Uint8Array(DESCRIPTOR_BYTES + part.length);
      payload[0] = index === 0 ? 0x90 : 0x80;
      payload[1] = 0x80;
      payload[2] = 0x80 | (this.#pictureId >> 8);
      payload[3] = this.#pictureId;
      payload.set(part, DESCRIPTOR_BYTES);
      return { payload, marker: index === count - 1 };
    });
    this.#pictureId = (this.#pictureId + 1) % PICTURE_ID_MODULUS;
    return payloads;
  }
}

/** Frames from VP8 payloads. @see RFC 7741 §4.2-§4.3 */
export class Vp8Depacketizer implements VideoDepacketizer {
  readonly #assembler = new FrameAssembler(new Vp8PayloadFormat());

  push(packet: RtpPacket): CodedFrame[] {
    return this.#assembler.push(packet);
  }

  get counters(): Readonly<DepacketizerCounters> {
    return this.#assembler.counters;
  }
}

/** Larger frames are not frames. */
const MAX_FRAME_BYTES = 8 * 1024 * 1024;

class Vp8PayloadFormat implements PayloadFormat {
  #parts: Uint8Array[] = [];
  #bytes = 0;
  #hasHead = false;

  add(payload: Uint8Array): boolean {
    const start = descriptorBytes(payload);
    if (start === -1 || start >= payload.length) return false;
    const part = payload.subarray(start);
    if (this.#bytes + part.length > MAX_FRAME_BYTES) return false;
    if (this.#parts.length === 0) this.#hasHead = isHead(payload);
    this.#parts.push(part);
    this.#bytes += part.length;
    return this.#hasHead;
  }

  startsPicture(payload: Uint8Array): boolean {
    return isHead(payload);
  }

  lost(): void {
    // Nothing is open across packets: the frame that lost a part is marked by who calls.
  }

  take(): Pick<CodedFrame, 'data' | 'keyFrame' | 'hasParameterSets'> | undefined {
    const data = Buffer.concat(this.#parts, this.#bytes);
    const keyFrame = this.#hasHead && data.length > 0 && ((data[0] as number) & 1) === 0;
    this.#parts = [];
    this.#bytes = 0;
    this.#hasHead = false;
    return data.length === 0 ? undefined : { data, keyFrame, hasParameterSets: true };
  }
}

/** The first packet of a frame: S set, partition 0. */
function isHead(payload: Uint8Array): boolean {
  return ((payload[0] ?? 0) & 0x17) === 0x10;
}

/** Length of the payload descriptor, -1 where it is cut off. */
function descriptorBytes(payload: Uint8Array): number {
  const [first, extension] = payload;
  if (first === undefined) return -1;
  if ((first & 0x80) === 0) return 1;
  if (extension === undefined) return -1;
  let bytes = 2;
  if ((extension & 0x80) !== 0) {
    const pictureId = payload[bytes];
    if (pictureId === undefined) return -1;
    bytes += (pictureId & 0x80) === 0 ? 1 : 2;
  }
  if ((extension & 0x40) !== 0) bytes++;
  if ((extension & 0x30) !== 0) bytes++;
  return bytes <= payload.length ? bytes : -1;
}
