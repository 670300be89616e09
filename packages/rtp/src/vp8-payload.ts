import { DEFAULT_MAX_PAYLOAD_BYTES } from './h264-packetizer.ts';
import { PartsFormat, type PayloadPart } from './parts-format.ts';
import type { RtpPayload } from './rtp-packet.ts';
import { FrameAssembler } from './video-depacketizer.ts';

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
export class Vp8Depacketizer extends FrameAssembler {
  constructor() {
    super(new PartsFormat({ read: readPart, isKeyFrame: (frame) => ((frame[0] as number) & 1) === 0 }));
  }
}

function readPart(payload: Uint8Array): PayloadPart | undefined {
  const start = descriptorBytes(payload);
  return start === -1 ? undefined : { data: payload.subarray(start), isHead: isHead(payload) };
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
