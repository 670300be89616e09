/** A packet of a capture file, with the link type of its interface. */
export interface CapturedPacket {
  readonly linkType: number;
  /** Microseconds since 1970; 0 where the file does not say. */
  readonly epochUs: number;
  readonly data: Buffer;
}

/** What a capture file is known by. */
const PCAP_MAGIC = { 2712847316: true, 2712812621: true } as const;
/** The second of them counts nanoseconds. */
const PCAP_NANOSECONDS = 2_712_812_621;
const SECTION_HEADER = 0x0a0d0d0a;
const BYTE_ORDER = 0x1a2b3c4d;
const OPTION = { resolution: 9, offset: 14 } as const;
const BLOCK = { interface: 1, packet: 2, simple: 3, enhanced: 6 } as const;
/** No link carries more; what claims more is damage. */
const MAX_PACKET_BYTES = 0x40000;

/** Reads numbers in the byte order of the file, or of a section. */
class Fields {
  readonly bytes: Buffer;
  readonly isBigEndian: boolean;

  constructor(bytes: Buffer, isBigEndian: boolean) {
    this.bytes = bytes;
    this.isBigEndian = isBigEndian;
  }

  u16(at: number): number {
    return this.isBigEndian ? this.bytes.readUInt16BE(at) : this.bytes.readUInt16LE(at);
  }

  u32(at: number): number {
    return this.isBigEndian ? this.bytes.readUInt32BE(at) : this.bytes.readUInt32LE(at);
  }

  s64(at: number): bigint {
    return this.isBigEndian ? this.bytes.readBigInt64BE(at) : this.bytes.readBigInt64LE(at);
  }
}

export function isCaptureFile(file: Buffer): boolean {
  if (file.length < 12) return false;
  if (file.readUInt32LE(0) === SECTION_HEADER) return true;
  return file.readUInt32LE(0) in PCAP_MAGIC || file.readUInt32BE(0) in PCAP_MAGIC;
}

/** The packets of a pcap or pcapng file of either byte order, in order; ends at the first record that is not whole. */
export function* capturePackets(file: Buffer): Generator<CapturedPacket> {
  if (!isCaptureFile(file)) return;
  if (file.readUInt32LE(0) === SECTION_HEADER) yield* pcapngPackets(file);
  else yield* pcapPackets(new Fields(file, file.readUInt32BE(0) in PCAP_MAGIC));
}

/** @see draft-ietf-opsawg-pcap §4-§5 */
function* pcapPackets(fields: Fields): Generator<CapturedPacket> {
  const { bytes } = fields;
  if (bytes.length < 24) return;
  const linkType = fields.u32(20) & 0xffff;
  const partsPerUs = fields.u32(0) === PCAP_NANOSECONDS ? 1000 : 1;
  for (let at = 24; at + 16 <= bytes.length; ) {
    const length = fields.u32(at + 8);
    if (length > MAX_PACKET_BYTES || at + 16 + length > bytes.length) return;
    const epochUs = fields.u32(at) * 1e6 + fields.u32(at + 4) / partsPerUs;
    yield { linkType, epochUs, data: bytes.subarray(at + 16, at + 16 + length) };
    at += 16 + length;
  }
}

/** @see draft-ietf-opsawg-pcapng §4 */
function* pcapngPackets(file: Buffer): Generator<CapturedPacket> {
  let isBigEndian = false;
  let interfaces: Interface[] = [];
  for (let at = 0; at + 12 <= file.length; ) {
    if (file.readUInt32LE(at) === SECTION_HEADER) {
      isBigEndian = file.readUInt32BE(at + 8) === BYTE_ORDER;
      interfaces = [];
    }
    const fields = new Fields(file.subarray(at), isBigEndian);
    const length = fields.u32(4);
    if (length < 12 || length % 4 !== 0 || at + length > file.length) return;
    const block = new Fields(file.subarray(at, at + length), isBigEndian);
    if (block.u32(0) === BLOCK.interface && length >= 20) interfaces.push(interfaceOf(block));
    const packet = packetOf(block, interfaces);
    if (packet) yield packet;
    at += length;
  }
}

interface Interface {
  readonly linkType: number;
  readonly unitsPerSecond: number;
  readonly offsetSeconds: number;
}

/** @see draft-ietf-opsawg-pcapng §4.2 (if_tsresol, if_tsoffset) */
function interfaceOf(block: Fields): Interface {
  let [unitsPerSecond, offsetSeconds] = [1e6, 0];
  for (let at = 16; at + 4 <= block.bytes.length - 4; ) {
    const [code, length] = [block.u16(at), block.u16(at + 2)];
    const end = at + 4 + length;
    if (code === 0 || end > block.bytes.length - 4) break;
    const first = block.bytes[at + 4] ?? 0;
    if (code === OPTION.resolution && length === 1)
      unitsPerSecond = (first & 0x80) === 0 ? 10 ** first : 2 ** (first & 0x7f);
    if (code === OPTION.offset && length === 8) offsetSeconds = Number(block.s64(at + 4));
    at = end + (-length & 3);
  }
  return { linkType: block.u16(8), unitsPerSecond, offsetSeconds };
}

function packetOf(block: Fields, interfaces: readonly Interface[]): CapturedPacket | undefined {
  const end = block.bytes.length - 4;
  const type = block.u32(0);
  if (type === BLOCK.simple && end >= 12) return cut(block, interfaces[0], 12, Math.min(block.u32(8), end - 12));
  if ((type !== BLOCK.enhanced && type !== BLOCK.packet) || end < 28) return undefined;
  const interfaceId = type === BLOCK.enhanced ? block.u32(8) : block.u16(8);
  return cut(block, interfaces[interfaceId], 28, block.u32(20));
}

function cut(block: Fields, from: Interface | undefined, at: number, length: number): CapturedPacket | undefined {
  const { bytes } = block;
  if (!from || length > MAX_PACKET_BYTES || at + length > bytes.length - 4) return undefined;
  const seconds = at === 28 ? (block.u32(12) * 2 ** 32 + block.u32(16)) / from.unitsPerSecond + from.offsetSeconds : 0;
  return { linkType: from.linkType, epochUs: seconds * 1e6, data: bytes.subarray(at, at + length) };
}
