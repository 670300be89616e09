/** A block of a pcapng file as it lies there; packets are taken apart. */
export type PcapngBlock =
  | {
      readonly kind: 'packet';
      readonly interfaceId: number;
      readonly epochUs: number;
      readonly data: Buffer;
      readonly options: Buffer;
      readonly bytes: Buffer;
    }
  | { readonly kind: 'interface'; readonly linkType: number; readonly bytes: Buffer }
  | { readonly kind: 'other'; readonly bytes: Buffer };

const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const ENHANCED_PACKET = 6;

/**
 * The blocks of a file that `PacketRecorder` wrote (little endian, one section, microseconds). Ends at the first block that is not whole: what a
 * killed run leaves. Big-endian files have no blocks here.
 */
export function* readPcapng(file: Buffer): Generator<PcapngBlock> {
  for (let at = 0; at + 12 <= file.length; ) {
    const type = file.readUInt32LE(at);
    const length = file.readUInt32LE(at + 4);
    const isWhole =
      length >= 12 && length % 4 === 0 && at + length <= file.length && file.readUInt32LE(at + length - 4) === length;
    if (!isWhole || (at === 0 && type !== SECTION_HEADER)) return;
    const bytes = file.subarray(at, at + length);
    const block = takeApart(type, bytes);
    if (!block) return;
    yield block;
    at += length;
  }
}

function takeApart(type: number, bytes: Buffer): PcapngBlock | undefined {
  if (type === INTERFACE_DESCRIPTION) {
    return bytes.length < 20 ? undefined : { kind: 'interface', linkType: bytes.readUInt16LE(8), bytes };
  }
  if (type !== ENHANCED_PACKET) return { kind: 'other', bytes };
  const end = bytes.length - 4;
  if (end < 28) return undefined;
  const length = bytes.readUInt32LE(20);
  const options = 28 + ((length + 3) & ~3);
  if (length > 0x40000 || options > end) return undefined;
  const epochUs = bytes.readUInt32LE(12) * 2 ** 32 + bytes.readUInt32LE(16);
  const data = bytes.subarray(28, 28 + length);
  return {
    kind: 'packet',
    interfaceId: bytes.readUInt32LE(8),
    epochUs,
    data,
    options: bytes.subarray(options, end),
    bytes,
  };
}
