import { DEFAULT_MAX_PAYLOAD_BYTES } from './h264-packetizer.ts';
import { PartsFormat, type PayloadPart } from './parts-format.ts';
import type { RtpPayload } from './rtp-packet.ts';
import { FrameAssembler } from './video-depacketizer.ts';

/**
 *     |   RR (5)  |P|V|  PLEN (6)  |PEBIT (3)|
 *
 * P: two octets of zeros, with which every start code begins, are left out. @see RFC 4629 §5.1
 */
const HEADER_BYTES = 2;
const P = 0x04;
const V = 0x02;
/** Picture start code (22 bits) behind its 16 zeros. @see ITU-T H.263 §5.1.1 */
const isPictureStart = (octet: number): boolean => (octet & 0xfc) === 0x80;
const INTRA = 0;
const PLUS = 7;

/** Payloads of one coded picture, which begins with its start code; the last has the marker. @see RFC 4629 §6 */
export function packetizeH263(
  picture: Uint8Array,
  { maxPayloadBytes = DEFAULT_MAX_PAYLOAD_BYTES }: { readonly maxPayloadBytes?: number } = {},
): RtpPayload[] {
  const body = picture.subarray(2);
  const limit = maxPayloadBytes - HEADER_BYTES;
  const count = Math.ceil(body.length / limit);
  const partBytes = Math.ceil(body.length / count);
  return Array.from({ length: count }, (_, index) => {
    const part = body.subarray(index * partBytes, (index + 1) * partBytes);
    const payload = new Uint8Array(HEADER_BYTES + part.length);
    payload[0] = index === 0 ? P : 0;
    payload.set(part, HEADER_BYTES);
    return { payload, marker: index === count - 1 };
  });
}

/** Pictures from H263-1998 and H263-2000 payloads. @see RFC 4629 §5 */
export class H263Depacketizer extends FrameAssembler {
  constructor() {
    super(new PartsFormat({ read: readPart, isKeyFrame: isIntra }));
  }
}

function readPart(payload: Uint8Array): PayloadPart | undefined {
  const [first, second] = payload;
  if (first === undefined || second === undefined) return undefined;
  const extraBytes = ((first & 1) << 5) | (second >> 3);
  const data = payload.subarray(HEADER_BYTES + ((first & V) === 0 ? 0 : 1) + extraBytes);
  if (data.length === 0) return undefined;
  if ((first & P) === 0) return { data, isHead: false };
  return { data: Buffer.concat([new Uint8Array(2), data]), isHead: isPictureStart(data[0] as number) };
}

/** By PTYPE, or by MPPTYPE where there is PLUSPTYPE. @see ITU-T H.263 §5.1.3, §5.1.4 */
function isIntra(picture: Uint8Array): boolean {
  const bits = (at: number, count: number): number => {
    let value = 0;
    for (let n = at; n < at + count; n++) value = (value << 1) | (((picture[n >> 3] ?? 0) >> (7 - (n & 7))) & 1);
    return value;
  };
  if (bits(35, 3) !== PLUS) return bits(38, 1) === INTRA;
  const hasOptions = bits(38, 3) === 1;
  return bits(hasOptions ? 59 : 41, 3) === INTRA;
}
