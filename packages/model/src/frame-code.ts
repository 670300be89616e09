import { err, ok, type Result } from './result.ts';

/**
 * What every source frame carries in its picture: who sent it, which frame it is, and when it was sent.
 *
 *     bit  0      6            18              32               48
 *          | participant (6) | frame number (12) | sentMs (14) | CRC-16 |
 *
 * 48 bits in 2 rows of 24 cells, most significant bit first, row by row.
 */
export interface FrameCode {
  /** 0..63: the participant's number in the run's plan. */
  readonly participant: number;
  /** Frame number modulo 4096. */
  readonly frameNumber: number;
  /** Send time on the run's clock in milliseconds, modulo 16384: unambiguous for ages under 16 s. */
  readonly sentMs: number;
}

export const FRAME_CODE_ROWS = 2;
export const FRAME_CODE_COLUMNS = 24;
export const FRAME_NUMBER_MODULUS = 4096;
export const SENT_MS_MODULUS = 16384;

/** The cells, row by row: true is a bright cell. */
export function encodeFrameCode(code: FrameCode): boolean[] {
  const bits = [...bitsOf(code.participant, 6), ...bitsOf(code.frameNumber, 12), ...bitsOf(code.sentMs, 14)];
  return [...bits, ...bitsOf(crc16(bits), 16)];
}

/** Reads 48 cells back; a CRC that does not fit is a fault, never a guess. */
export function decodeFrameCode(cells: readonly boolean[]): Result<FrameCode, 'wrong-length' | 'crc-mismatch'> {
  if (cells.length !== FRAME_CODE_ROWS * FRAME_CODE_COLUMNS) return err('wrong-length');
  if (crc16(cells.slice(0, 32)) !== numberOf(cells, 32, 16)) return err('crc-mismatch');
  return ok({
    participant: numberOf(cells, 0, 6),
    frameNumber: numberOf(cells, 6, 12),
    sentMs: numberOf(cells, 18, 14),
  });
}

function bitsOf(value: number, width: number): boolean[] {
  return Array.from({ length: width }, (_, i) => ((value >>> (width - 1 - i)) & 1) === 1);
}

function numberOf(cells: readonly boolean[], start: number, width: number): number {
  let value = 0;
  for (let i = start; i < start + width; i++) value = value * 2 + (cells[i] ? 1 : 0);
  return value;
}

/** CRC-16/CCITT-FALSE over bits: an all-dark or all-bright strip does not pass. */
function crc16(bits: readonly boolean[]): number {
  let crc = 0xffff;
  for (const bit of bits) {
    const top = (crc >>> 15) & 1;
    crc = (crc << 1) & 0xffff;
    if (top !== (bit ? 1 : 0)) crc ^= 0x1021;
  }
  return crc;
}
