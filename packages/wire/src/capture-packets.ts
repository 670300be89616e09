/** A packet of a capture file, with the link type of its interface. */
export interface CapturedPacket {
  readonly linkType: number;
  readonly data: Buffer;
}

/** What a capture file is known by. */
const PCAP_MAGIC = { 2712847316: true, 2712812621: true } as const;
const SECTION_HEADER = 0x0a0d0d0a;
const BYTE_ORDER = 0x1a2b3c4d;
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
  for (let at = 24; at + 16 <= bytes.length; ) {
    const length = fields.u32(at + 8);
    if (length > MAX_PACKET_BYTES || at + 16 + length > bytes.length) return;
    yield { linkType, data: bytes.subarray(at + 16, at + 16 + length) };
    at += 16 + length;
  }
}

/** @see draft-ietf-opsawg-pcapng §4 */
function* pcapngPackets(file: Buffer): Generator<CapturedPacket> {
  let isBigEndian = false;
  let linkTypes: number[] = [];
  for (let at = 0; at + 12 <= file.length; ) {
    if (file.readUInt32LE(at) === SECTION_HEADER) {
      isBigEndian = file.readUInt32BE(at + 8) === BYTE_ORDER;
      linkTypes = [];
    }
    const fields = new Fields(file.subarray(at), isBigEndian);
    const length = fields.u32(4);
    if (length < 12 || length % 4 !== 0 || at + length > file.length) return;
    const block = new Fields(file.subarray(at, at + length), isBigEndian);
    if (block.u32(0) === BLOCK.interface && length >= 20) linkTypes.push(block.u16(8));
    const packet = packetOf(block, linkTypes);
    if (packet) yield packet;
    at += length;
  }
}

function packetOf(block: Fields, linkTypes: readonly number[]): CapturedPacket | undefined {
  const end = block.bytes.length - 4;
  const type = block.u32(0);
  if (type === BLOCK.simple && end >= 12) return cut(block, linkTypes[0], 12, Math.min(block.u32(8), end - 12));
  if ((type !== BLOCK.enhanced && type !== BLOCK.packet) || end < 28) return undefined;
  const interfaceId = type === BLOCK.enhanced ? block.u32(8) : block.u16(8);
  return cut(block, linkTypes[interfaceId], 28, block.u32(20));
}

function cut(
  { bytes }: Fields,
  linkType: number | undefined,
  from: number,
  length: number,
): CapturedPacket | undefined {
  if (linkType === undefined || length > MAX_PACKET_BYTES || from + length > bytes.length - 4) return undefined;
  return { linkType, data: bytes.subarray(from, from + length) };
}
