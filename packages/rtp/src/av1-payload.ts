import { DEFAULT_MAX_PAYLOAD_BYTES } from './h264-packetizer.ts';
import type { RtpPayload } from './rtp-packet.ts';
import { type CodedFrame, FrameAssembler, type PayloadFormat } from './video-depacketizer.ts';

/** Bits of the aggregation header: Z Y W W N. @see RTP Payload Format For AV1 v1.0 §4.4 */
const FLAGS = { continues: 0x80, continued: 0x40, newSequence: 0x08 };
const COUNT_SHIFT = 4;
/** More elements than the header can count have a length each. */
const MAX_COUNT = 3;
/** A length below 16384. */
const LENGTH_BYTES = 2;
/** No room for less of an element. */
const LEAST_PART_BYTES = 16;
/** Larger pictures are not pictures. */
const MAX_FRAME_BYTES = 8 * 1024 * 1024;

/** Types of open bitstream units. @see AV1 bitstream specification §6.2.2 */
const OBU = { sequenceHeader: 1, temporalDelimiter: 2, tileList: 8, padding: 15 };
/** Not to be sent. @see §5 */
const UNSENT: readonly number[] = [OBU.temporalDelimiter, OBU.tileList, OBU.padding];
const HAS_SIZE = 0x02;
const HAS_EXTENSION = 0x04;
const TEMPORAL_DELIMITER = Uint8Array.of((OBU.temporalDelimiter << 3) | HAS_SIZE, 0);

const typeOf = (obu: Uint8Array): number => ((obu[0] ?? 0) >> 3) & 0x0f;

/** Payloads of one temporal unit of the low-overhead format; the last has the marker. What is cut off is left out. @see RTP Payload Format For AV1 §4, §5 */
export function packetizeAv1(unit: Uint8Array, maxPayloadBytes = DEFAULT_MAX_PAYLOAD_BYTES): RtpPayload[] {
  const obus = obusIn(unit).filter((obu) => !UNSENT.includes(typeOf(obu)));
  const packets = filled(obus, maxPayloadBytes);
  const isNew = obus.some((obu) => typeOf(obu) === OBU.sequenceHeader);
  return packets.map((packet, index) => ({
    payload: formatted(packet, isNew && index === 0),
    marker: index === packets.length - 1,
  }));
}

interface Packet {
  readonly elements: Uint8Array[];
  bytes: number;
  /** Its first element goes on from the packet before; its last goes on in the next. */
  readonly continues: boolean;
  isContinued: boolean;
}

function filled(obus: readonly Uint8Array[], maxBytes: number): Packet[] {
  const packets: Packet[] = [];
  const begin = (continues: boolean): Packet => {
    const packet = { elements: [], bytes: 1, continues, isContinued: false };
    packets.push(packet);
    return packet;
  };
  let packet: Packet | undefined;
  for (const obu of obus) {
    for (let at = 0; at < obu.length; ) {
      packet ??= begin(at > 0);
      const room = maxBytes - packet.bytes - LENGTH_BYTES;
      if (room < Math.min(LEAST_PART_BYTES, obu.length - at)) {
        packet.isContinued = at > 0;
        packet = undefined;
        continue;
      }
      const part = obu.subarray(at, at + room);
      packet.elements.push(part);
      packet.bytes += LENGTH_BYTES + part.length;
      at += part.length;
      if (at < obu.length) {
        packet.isContinued = true;
        packet = undefined;
      }
    }
  }
  return packets;
}

function formatted({ elements, continues, isContinued }: Packet, isNew: boolean): Uint8Array {
  const isCounted = elements.length <= MAX_COUNT;
  const header =
    (continues ? FLAGS.continues : 0) |
    (isContinued ? FLAGS.continued : 0) |
    (isCounted ? elements.length << COUNT_SHIFT : 0) |
    (isNew ? FLAGS.newSequence : 0);
  const parts = elements.flatMap((element, index) =>
    isCounted && index === elements.length - 1 ? [element] : [leb128(element.length), element],
  );
  return Buffer.concat([Uint8Array.of(header), ...parts]);
}

/** Units without their sizes. */
function obusIn(unit: Uint8Array): Uint8Array[] {
  const obus: Uint8Array[] = [];
  for (let at = 0; at < unit.length; ) {
    const head = unit[at] as number;
    const headerBytes = (head & HAS_EXTENSION) === 0 ? 1 : 2;
    const size = (head & HAS_SIZE) === 0 ? undefined : readLeb128(unit, at + headerBytes);
    const start = size?.end ?? at + headerBytes;
    const end = size === undefined ? unit.length : start + size.value;
    if (end > unit.length) break;
    const header = Uint8Array.from(unit.subarray(at, at + headerBytes));
    header[0] = head & ~HAS_SIZE;
    obus.push(Buffer.concat([header, unit.subarray(start, end)]));
    at = end;
  }
  return obus;
}

/** Temporal units of the low-overhead format from AV1 payloads. */
export class Av1Depacketizer extends FrameAssembler {
  constructor() {
    super(new Av1PayloadFormat());
  }
}

class Av1PayloadFormat implements PayloadFormat {
  #obus: Uint8Array[] = [];
  #bytes = 0;
  /** Of a unit whose rest comes in the next packet. */
  #open: Uint8Array[] | undefined;

  add(payload: Uint8Array): boolean {
    const elements = elementsIn(payload);
    if (elements === undefined) return this.#refuse();
    const [continues, isContinued] = [FLAGS.continues, FLAGS.continued].map((flag) => ((payload[0] ?? 0) & flag) !== 0);
    // What should go on and does not, or goes on without a beginning, has lost a part.
    if (continues !== (this.#open !== undefined)) return this.#refuse();
    for (const [index, element] of elements.entries()) {
      const parts: Uint8Array[] = [...(this.#open ?? []), element];
      this.#open = undefined;
      if (isContinued && index === elements.length - 1) this.#open = parts;
      else this.#end(Buffer.concat(parts));
      this.#bytes += element.length;
      if (this.#bytes > MAX_FRAME_BYTES) return this.#refuse();
    }
    return true;
  }

  startsPicture(payload: Uint8Array): boolean {
    return ((payload[0] ?? 0) & FLAGS.continues) === 0;
  }

  lost(): void {
    this.#open = undefined;
  }

  take(): Pick<CodedFrame, 'data' | 'keyFrame' | 'hasParameterSets'> | undefined {
    const obus = this.#obus;
    this.#obus = [];
    this.#bytes = 0;
    this.#open = undefined;
    if (obus.length === 0) return undefined;
    // With each key frame comes its sequence header. @see §5
    const keyFrame = obus.some((obu) => typeOf(obu) === OBU.sequenceHeader);
    return { data: Buffer.concat([TEMPORAL_DELIMITER, ...obus.map(sized)]), keyFrame, hasParameterSets: true };
  }

  #end(obu: Uint8Array): void {
    if (!UNSENT.includes(typeOf(obu))) this.#obus.push(obu);
  }

  #refuse(): false {
    this.#open = undefined;
    return false;
  }
}

/** Undefined where the payload is cut off or has an empty element. */
function elementsIn(payload: Uint8Array): Uint8Array[] | undefined {
  const count = ((payload[0] ?? 0) >> COUNT_SHIFT) & MAX_COUNT;
  const elements: Uint8Array[] = [];
  for (let at = 1; at < payload.length || elements.length < Math.max(1, count); ) {
    const isLast = count > 0 && elements.length === count - 1;
    const length = isLast ? { value: payload.length - at, end: at } : readLeb128(payload, at);
    if (length === undefined || length.value === 0 || length.end + length.value > payload.length) return undefined;
    elements.push(payload.subarray(length.end, length.end + length.value));
    at = length.end + length.value;
  }
  return elements;
}

/** With its size, as decoders read it. */
function sized(obu: Uint8Array): Uint8Array {
  const head = obu[0] as number;
  // Senders should leave it out, but may not. @see §4.5
  if ((head & HAS_SIZE) !== 0) return obu;
  const headerBytes = (head & HAS_EXTENSION) === 0 ? 1 : 2;
  const header = Uint8Array.from(obu.subarray(0, headerBytes));
  header[0] = head | HAS_SIZE;
  return Buffer.concat([header, leb128(obu.length - headerBytes), obu.subarray(headerBytes)]);
}

/** @see AV1 bitstream specification §4.10.5 */
function leb128(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let left = value; ; left >>>= 7) {
    bytes.push((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
    if (left <= 0x7f) return Uint8Array.from(bytes);
  }
}

/** Of four octets at most; undefined where it is cut off or longer. */
function readLeb128(bytes: Uint8Array, start: number): { value: number; end: number } | undefined {
  let value = 0;
  for (let at = start; at < Math.min(bytes.length, start + 4); at++) {
    const byte = bytes[at] as number;
    value |= (byte & 0x7f) << (7 * (at - start));
    if ((byte & 0x80) === 0) return { value, end: at + 1 };
  }
  return undefined;
}
