import { err, ok, type ParseFault, type Result } from '@plugfest/model';
import { NAL, nalType, splitAnnexB } from './annex-b.ts';
import { DEFAULT_MAX_PAYLOAD_BYTES, packetizeH264 } from './h264-packetizer.ts';
import { type RtpPayload, readUint32, writeUint32 } from './rtp-packet.ts';
import { parseSequenceParameters, type SequenceParameters } from './sequence-parameters.ts';

/** One layer as the stream layout tells of it. @see MS-H264PF §2.2.5 */
export interface LayerDescription {
  readonly codedWidth: number;
  readonly codedHeight: number;
  readonly displayWidth: number;
  readonly displayHeight: number;
  readonly bitrateBps: number;
  /** Index in `LAYOUT_FRAME_RATES`. */
  readonly frameRateIndex: number;
  /** 0 for the base layer. */
  readonly layerType: number;
  readonly priorityId: number;
  readonly constrainedBaseline: boolean;
}

/**
 * What a Lync client puts before each picture: a NAL unit of its own (PACSI) with two SEI messages in it, of the stream's layout and of what belongs to the
 * picture. Without it such a client shows nothing. @see MS-H264PF §2.2.5, §2.2.7, RFC 6190 §4.9
 */
export interface ScalabilityInfo {
  /** Cross-session decoding order number, 16 bits. */
  readonly decodingOrder: number;
  readonly isIdr: boolean;
  readonly layers: readonly LayerDescription[];
  /** 8 bits; one more for each reference picture. */
  readonly referenceFrameCount: number;
  /** NAL units of the picture. */
  readonly nalUnits: number;
}

/** Pictures a second of a layer, by index. */
export const LAYOUT_FRAME_RATES: readonly number[] = [7.5, 12.5, 15, 25, 30, 50, 60];

/** The two messages' names. */
const STREAM_LAYOUT = Buffer.from('139fb1a9446a4dec8cbf65b1e12d2cfd', 'hex');
const BITSTREAM_INFO = Buffer.from('05fbc6b95a8040e5a22aab4020267e26', 'hex');

const USER_DATA_UNREGISTERED = 5;
const LAYER_BYTES = 16;
const HEADER_BYTES = 7;
/** Reserved bit of RFC 6190 §1.1.3 set, importance of all layers the same. */
const RESERVED_ONE = 0x80;
const IDR_BIT = 0x40;
/** No inter-layer prediction: one layer. */
const NO_INTER_LAYER = 0x80;
/** Output of the picture, and two reserved bits. */
const OUTPUT = 0x07;
const HAS_DECODING_ORDER = 0x20;
const FIRST_OF_LAYER = 0x02;

/** The NAL unit, also a payload: 77 bytes for one layer. */
export function formatScalabilityInfo(info: ScalabilityInfo): Uint8Array {
  const layout = streamLayout(info.layers);
  const bitstream = Buffer.concat([BITSTREAM_INFO, Uint8Array.of(info.referenceFrameCount, info.nalUnits)]);
  const header = Uint8Array.of(
    0x60 | NAL.pacsi,
    RESERVED_ONE | (info.isIdr ? IDR_BIT : 0),
    NO_INTER_LAYER,
    OUTPUT,
    HAS_DECODING_ORDER | FIRST_OF_LAYER,
    info.decodingOrder >> 8,
    info.decodingOrder,
  );
  return Buffer.concat([header, lengthPrefixedSei(layout), lengthPrefixedSei(bitstream)]);
}

function streamLayout(layers: readonly LayerDescription[]): Uint8Array {
  const presence = new Uint8Array(8);
  for (const { priorityId } of layers)
    presence[priorityId >> 3] = (presence[priorityId >> 3] ?? 0) | (1 << (priorityId & 7));
  return Buffer.concat([
    STREAM_LAYOUT,
    presence,
    // Descriptions follow, each of that size.
    Uint8Array.of(layers.length === 0 ? 0 : 1, LAYER_BYTES),
    ...layers.map(formatLayer),
  ]);
}

function formatLayer(layer: LayerDescription): Uint8Array {
  const bytes = new Uint8Array(LAYER_BYTES);
  writeUint32(bytes, 0, (layer.codedWidth << 16) | layer.codedHeight);
  writeUint32(bytes, 4, (layer.displayWidth << 16) | layer.displayHeight);
  writeUint32(bytes, 8, layer.bitrateBps);
  bytes[12] = (layer.frameRateIndex << 3) | layer.layerType;
  bytes[13] = (layer.priorityId << 2) | (layer.constrainedBaseline ? 2 : 0);
  return bytes;
}

function lengthPrefixedSei(payload: Uint8Array): Uint8Array {
  const length = payload.length + 3;
  return Buffer.concat([Uint8Array.of(length >> 8, length, NAL.sei, USER_DATA_UNREGISTERED, payload.length), payload]);
}

/** Reads such a unit; messages of other names are passed over. Faults: `not-pacsi`, `too-short`, `wrong-length`, `no-stream-layout`, `no-bitstream-info`. */
export function parseScalabilityInfo(unit: Uint8Array): Result<ScalabilityInfo, ParseFault> {
  if (nalType(unit) !== NAL.pacsi) return fault('not-pacsi', 0, 'a NAL unit of another type');
  if (unit.length < HEADER_BYTES) return fault('too-short', unit.length, 'shorter than its header');
  const flags = unit[4] as number;
  const hasOrder = (flags & HAS_DECODING_ORDER) !== 0;
  // X and Y announce three more octets before the decoding order number.
  const extra = (flags & 0x40) !== 0 ? 3 : 0;
  const start = 5 + extra + (hasOrder ? 2 : 0);
  const orderAt = 5 + extra;
  let layers: readonly LayerDescription[] | undefined;
  let counts: readonly [number, number] | undefined;
  for (let at = start; at < unit.length; ) {
    const end = at + 2 + (((unit[at] as number) << 8) | (unit[at + 1] ?? 0));
    if (end > unit.length || end < at + 3) return fault('wrong-length', at, 'a message goes past the end');
    const message = userData(unit.subarray(at + 2, end));
    if (startsWith(message, STREAM_LAYOUT)) layers = readLayers(message);
    if (startsWith(message, BITSTREAM_INFO) && message.length >= 18)
      counts = [message[16] as number, message[17] as number];
    at = end;
  }
  if (layers === undefined) return fault('no-stream-layout', start, 'no whole stream layout');
  if (counts === undefined) return fault('no-bitstream-info', start, 'no whole bitstream information');
  return ok({
    decodingOrder: hasOrder ? ((unit[orderAt] ?? 0) << 8) | (unit[orderAt + 1] ?? 0) : 0,
    isIdr: ((unit[1] as number) & IDR_BIT) !== 0,
    layers,
    referenceFrameCount: counts[0],
    nalUnits: counts[1],
  });
}

/** The payload of an SEI unit with one message of unregistered user data; empty for any other. */
function userData(sei: Uint8Array): Uint8Array {
  if (nalType(sei) !== NAL.sei || sei[1] !== USER_DATA_UNREGISTERED) return new Uint8Array();
  const length = sei[2] ?? 0;
  return length === 255 || sei.length < 3 + length ? new Uint8Array() : sei.subarray(3, 3 + length);
}

function readLayers(layout: Uint8Array): LayerDescription[] | undefined {
  if (layout.length < 26) return undefined;
  const layerBytes = layout[25] as number;
  const isDescribed = ((layout[24] as number) & 1) !== 0;
  if (!isDescribed) return [];
  if (layerBytes < LAYER_BYTES) return undefined;
  const count = Math.floor((layout.length - 26) / layerBytes);
  return Array.from({ length: count }, (_, index) => readLayer(layout, 26 + index * layerBytes));
}

function readLayer(layout: Uint8Array, at: number): LayerDescription {
  const [coded, display] = [readUint32(layout, at), readUint32(layout, at + 4)];
  const [rate, priority] = [layout[at + 12] as number, layout[at + 13] as number];
  return {
    codedWidth: coded >>> 16,
    codedHeight: coded & 0xffff,
    displayWidth: display >>> 16,
    displayHeight: display & 0xffff,
    bitrateBps: readUint32(layout, at + 8),
    frameRateIndex: rate >> 3,
    layerType: rate & 7,
    priorityId: priority >> 2,
    constrainedBaseline: (priority & 2) !== 0,
  };
}

function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return bytes.length >= prefix.length && prefix.every((byte, index) => bytes[index] === byte);
}

function fault(code: string, offset: number, text: string): Result<never, ParseFault> {
  return err({ code, offset, section: 'MS-H264PF §2.2', text });
}

/** What a stream says of itself beside its parameter sets. */
export interface H264UcOptions {
  readonly frameRate: number;
  readonly bitrateBps: number;
}

/** Packs pictures as Lync clients want them: before each one what it is. Their size is that of the parameter sets before key frames. */
export class H264UcPacketizer {
  readonly #options: H264UcOptions;
  #layer: LayerDescription | undefined;
  #decodingOrder = 0;
  #referenceFrames = 0;

  constructor(options: H264UcOptions) {
    this.#options = options;
  }

  /** Payloads of one access unit in Annex B; the last has the marker. */
  packetize(accessUnit: Uint8Array, maxPayloadBytes = DEFAULT_MAX_PAYLOAD_BYTES): RtpPayload[] {
    const payloads = packetizeH264(accessUnit, { packetizationMode: 1, maxPayloadBytes });
    if (payloads.length === 0) return [];
    const units = splitAnnexB(accessUnit);
    const sps = units.find((unit) => nalType(unit) === NAL.sps);
    const size = sps && parseSequenceParameters(sps);
    if (size) this.#layer = layerOf(size, this.#options);
    const types = payloads.flatMap(({ payload }) => unitTypes(payload));
    const info = formatScalabilityInfo({
      decodingOrder: this.#decodingOrder,
      isIdr: types.includes(NAL.idr),
      layers: this.#layer ? [this.#layer] : [],
      referenceFrameCount: this.#referenceFrames,
      nalUnits: types.length & 0xff,
    });
    this.#decodingOrder = (this.#decodingOrder + 1) & 0xffff;
    this.#referenceFrames = (this.#referenceFrames + 1) & 0xff;
    return [{ payload: info, marker: false }, ...payloads];
  }
}

/** Types of the units that begin in a payload. */
function unitTypes(payload: Uint8Array): number[] {
  const type = nalType(payload);
  if (type === NAL.fuA) return ((payload[1] ?? 0) & 0x80) === 0 ? [] : [(payload[1] as number) & 0x1f];
  if (type !== NAL.stapA) return [type];
  const types: number[] = [];
  for (let at = 1; at + 2 < payload.length; at += 2 + (((payload[at] as number) << 8) | (payload[at + 1] as number)))
    types.push(nalType(payload.subarray(at + 2)));
  return types;
}

/** The one layer of a stream; of the frame rates the nearest that has an index. */
function layerOf(size: SequenceParameters, { frameRate, bitrateBps }: H264UcOptions): LayerDescription {
  const distance = (index: number): number => Math.abs((LAYOUT_FRAME_RATES[index] ?? 0) - frameRate);
  const indices = [...LAYOUT_FRAME_RATES.keys()];
  const frameRateIndex = indices.reduce((best, at) => (distance(at) < distance(best) ? at : best), 0);
  return { ...size, bitrateBps, frameRateIndex, layerType: 0, priorityId: 0 };
}
