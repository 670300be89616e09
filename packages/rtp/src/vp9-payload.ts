import { DEFAULT_MAX_PAYLOAD_BYTES } from './h264-packetizer.ts';
import { PartsFormat, type PayloadPart } from './parts-format.ts';
import type { RtpPayload } from './rtp-packet.ts';
import { FrameAssembler } from './video-depacketizer.ts';

/** Bits of the first octet: I P L F B E V Z. @see RFC 9628 §4.2 */
const FLAGS = { pictureId: 0x80, inter: 0x40, layers: 0x20, flexible: 0x10, begin: 0x08, end: 0x04, structure: 0x02 };
/** The flags and a picture identifier of 15 bits. */
const DESCRIPTOR_BYTES = 3;
const PICTURE_ID_MODULUS = 0x8000;
const MAX_REFERENCES = 3;

/** Payloads of VP9 frames of one spatial and one temporal layer, in non-flexible mode. @see RFC 9628 §4.2 */
export class Vp9Packetizer {
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
    const inter = isVp9KeyFrame(frame) ? 0 : FLAGS.inter;
    const payloads = Array.from({ length: count }, (_, index) => {
      const part = frame.subarray(index * partBytes, (index + 1) * partBytes);
      const [begin, end] = [index === 0 ? FLAGS.begin : 0, index === count - 1 ? FLAGS.end : 0];
      const payload = new Uint8Array(DESCRIPTOR_BYTES + part.length);
      payload[0] = FLAGS.pictureId | inter | begin | end;
      payload[1] = 0x80 | (this.#pictureId >> 8);
      payload[2] = this.#pictureId;
      payload.set(part, DESCRIPTOR_BYTES);
      return { payload, marker: index === count - 1 };
    });
    this.#pictureId = (this.#pictureId + 1) % PICTURE_ID_MODULUS;
    return payloads;
  }
}

/** Frames from VP9 payloads; of several spatial layers all parts of a picture come as one frame. @see RFC 9628 §4.2 */
export class Vp9Depacketizer extends FrameAssembler {
  constructor() {
    super(new PartsFormat({ read: readPart, isKeyFrame: isVp9KeyFrame }));
  }
}

function readPart(payload: Uint8Array): PayloadPart | undefined {
  const start = descriptorBytes(payload);
  const first = payload[0] as number;
  return start === undefined ? undefined : { data: payload.subarray(start), isHead: (first & FLAGS.begin) !== 0 };
}

/** Undefined where the descriptor is cut off. */
function descriptorBytes(payload: Uint8Array): number | undefined {
  const first = payload[0];
  if (first === undefined) return undefined;
  const has = (flag: number): boolean => (first & flag) !== 0;
  let at = 1;
  if (has(FLAGS.pictureId)) at += ((payload[at] ?? 0) & 0x80) === 0 ? 1 : 2;
  // Layer indices, and TL0PICIDX in non-flexible mode.
  if (has(FLAGS.layers)) at += has(FLAGS.flexible) ? 1 : 2;
  if (has(FLAGS.flexible) && has(FLAGS.inter)) {
    for (let n = 0; n < MAX_REFERENCES; n++) if (((payload[at++] ?? 0) & 1) === 0) break;
  }
  if (has(FLAGS.structure)) at = structureEnd(payload, at);
  return at < payload.length ? at : undefined;
}

/** `| N_S (3) | Y | G | RES |`, sizes of the layers, the group of frames. @see RFC 9628 §4.2.1 */
function structureEnd(payload: Uint8Array, start: number): number {
  const head = payload[start] ?? 0;
  let at = start + 1;
  if ((head & 0x10) !== 0) at += 4 * ((head >> 5) + 1);
  if ((head & 0x08) === 0) return at;
  const frames = payload[at++] ?? 0;
  for (let n = 0; n < frames && at < payload.length; n++) at += 1 + (((payload[at] ?? 0) >> 2) & 3);
  return at;
}

/** By the uncompressed header: marker, profile, no frame shown again, frame type 0. @see VP9 bitstream specification §6.2 */
function isVp9KeyFrame(frame: Uint8Array): boolean {
  const first = frame[0] ?? 0;
  const isProfile3 = (first & 0x30) === 0x30;
  const [again, type] = isProfile3 ? [0x04, 0x02] : [0x08, 0x04];
  return first >> 6 === 2 && (first & again) === 0 && (first & type) === 0;
}
