import { NAL, nalType } from './annex-b.ts';

/** What a sequence parameter set says of its pictures. */
export interface SequenceParameters {
  /** A multiple of 16 each: what is coded. */
  readonly codedWidth: number;
  readonly codedHeight: number;
  /** What is shown of it. */
  readonly displayWidth: number;
  readonly displayHeight: number;
  readonly constrainedBaseline: boolean;
}

/** Profiles whose sets say more before the size. @see ITU-T H.264 §7.3.2.1.1 */
const HIGH_PROFILES: readonly number[] = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135];
/** Long sets are no sets. */
const MAX_BYTES = 512;
const MAX_CYCLE = 255;

/** Reads the size of a parameter set of the baseline, main and extended profiles; undefined for others, and for what is cut short. */
export function parseSequenceParameters(unit: Uint8Array): SequenceParameters | undefined {
  const profile = unit[1];
  if (nalType(unit) !== NAL.sps || unit.length < 5 || unit.length > MAX_BYTES || profile === undefined)
    return undefined;
  if (HIGH_PROFILES.includes(profile)) return undefined;
  const bits = new BitReader(withoutEmulation(unit.subarray(4)));
  // Identity, log2 of the frame number's limit.
  bits.skipNumbers(2);
  if (!skipPictureOrder(bits)) return undefined;
  // Reference pictures, and whether gaps are allowed.
  bits.skipNumbers(1);
  bits.bit();
  const [columns, units] = [bits.number() + 1, bits.number() + 1];
  const isProgressive = bits.bit() === 1;
  if (!isProgressive) bits.bit();
  bits.bit();
  const codedWidth = columns * 16;
  const codedHeight = units * 16 * (isProgressive ? 1 : 2);
  const [left, right, top, bottom] =
    bits.bit() === 1 ? [bits.number(), bits.number(), bits.number(), bits.number()] : [0, 0, 0, 0];
  const displayWidth = codedWidth - 2 * (left + right);
  const displayHeight = codedHeight - (isProgressive ? 2 : 4) * (top + bottom);
  if (bits.isExhausted || codedWidth > 0xffff || codedHeight > 0xffff || displayWidth <= 0 || displayHeight <= 0)
    return undefined;
  const constrainedBaseline = profile === 66 && ((unit[2] ?? 0) & 0x40) !== 0;
  return { codedWidth, codedHeight, displayWidth, displayHeight, constrainedBaseline };
}

/** The three ways to say in which order pictures come. */
function skipPictureOrder(bits: BitReader): boolean {
  const type = bits.number();
  if (type === 0) bits.skipNumbers(1);
  else if (type === 1) {
    bits.bit();
    bits.skipNumbers(2);
    const cycle = bits.number();
    if (cycle > MAX_CYCLE) return false;
    bits.skipNumbers(cycle);
  }
  return type <= 2;
}

/** 0x000003 stands for 0x0000. @see ITU-T H.264 §7.4.1 */
function withoutEmulation(bytes: Uint8Array): Uint8Array {
  return bytes.filter((byte, at) => !(byte === 3 && at >= 2 && bytes[at - 1] === 0 && bytes[at - 2] === 0));
}

class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Something was read that is not there. */
  get isExhausted(): boolean {
    return this.#at > this.#bytes.length * 8;
  }

  bit(): number {
    const byte = this.#bytes[this.#at >> 3] ?? 0;
    return (byte >> (7 - (this.#at++ & 7))) & 1;
  }

  /** Exp-Golomb. @see ITU-T H.264 §9.1 */
  number(): number {
    let zeros = 0;
    while (this.bit() === 0 && zeros < 32 && !this.isExhausted) zeros++;
    let rest = 0;
    for (let bit = 0; bit < zeros; bit++) rest = rest * 2 + this.bit();
    return 2 ** zeros - 1 + rest;
  }

  skipNumbers(count: number): void {
    for (let n = 0; n < count && !this.isExhausted; n++) this.number();
  }
}
