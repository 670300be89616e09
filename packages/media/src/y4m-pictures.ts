import { closeSync, openSync, readSync } from 'node:fs';
import type { ReadFaults } from './media-file.ts';

const SIGNATURE = 'YUV4MPEG2';
const FRAME = 'FRAME';
/** FFmpeg's bound on the file's own line too; with Y4M's comments that is ample. */
const LONGEST_LINE_BYTES = 4096;
const LINE_FEED = 0x0a;
/** 8 bits and 4:2:0: they differ in where chroma lies only. */
const SPACES: ReadonlySet<string> = new Set(['420', '420jpeg', '420mpeg2', '420paldv']);
const LARGEST_SIDE = 32_768;

/** What the first line of a Y4M file says, of files that are read here. */
export interface Y4mHeader {
  readonly width: number;
  readonly height: number;
  /** From one picture to the next. */
  readonly intervalUs: number;
  readonly range: 'full' | 'limited' | 'unsaid';
  /** Bytes up to the first picture's own line. */
  readonly bytes: number;
}

/**
 * The header of a Y4M file of 8-bit 4:2:0; undefined for all else, which is FFmpeg's to read. FFmpeg reads these too, but into fresh memory for each picture,
 * which costs more than all that is then measured.
 * @see yuv4mpeg(5) of mjpegtools
 */
export function readY4mHeader(path: string): Y4mHeader | undefined {
  const head = Buffer.alloc(LONGEST_LINE_BYTES);
  const file = openSync(path, 'r');
  const length = readSync(file, head, 0, head.length, 0);
  closeSync(file);
  const end = head.subarray(0, length).indexOf(LINE_FEED);
  if (end < 0) return undefined;
  const [signature, ...fields] = head.toString('latin1', 0, end).split(' ');
  if (signature !== SIGNATURE) return undefined;
  const field = (tag: string): string | undefined => fields.find((text) => text.startsWith(tag))?.slice(tag.length);
  const [width, height] = [Number(field('W')), Number(field('H'))];
  const [numerator, denominator] = (field('F') ?? '').split(':').map(Number) as [number, number];
  const intervalUs = (1e6 * denominator) / numerator;
  const isSize = (side: number): boolean => Number.isInteger(side) && side > 0 && side <= LARGEST_SIDE;
  if (!isSize(width) || !isSize(height) || !(intervalUs > 0 && intervalUs < 1e9)) return undefined;
  if (!SPACES.has(field('C') ?? '420')) return undefined;
  return { width, height, intervalUs, range: rangeOf(field('XCOLORRANGE=')), bytes: end + 1 };
}

function rangeOf(said: string | undefined): Y4mHeader['range'] {
  if (said === 'FULL') return 'full';
  return said === 'LIMITED' ? 'limited' : 'unsaid';
}

/** Y, U and V of each picture in one piece, in memory that the next one overwrites. What is left at the end of the file, if it is no whole picture, is told in `faults`. */
export function* readY4mPictures(
  path: string,
  { width, height, bytes }: Y4mHeader,
  faults: ReadFaults,
): Generator<Uint8Array> {
  const chroma = Math.ceil(width / 2) * Math.ceil(height / 2);
  const size = width * height + 2 * chroma;
  const memory = Buffer.alloc(size + LONGEST_LINE_BYTES);
  const file = openSync(path, 'r');
  try {
    let at = bytes;
    for (;;) {
      // One read for the line and the picture: nearly always the line is bare.
      const length = readFully(file, memory, Math.max(size + FRAME.length + 1, LONGEST_LINE_BYTES), at);
      if (length === 0) return;
      const line = frameLineLength(memory, length);
      const missing = line === undefined ? 0 : line + size - length;
      const whole =
        line !== undefined && (missing <= 0 || readFully(file, memory, missing, at + length, length) === missing);
      if (!whole) {
        faults.endedEarly = true;
        return;
      }
      yield memory.subarray(line, line + size);
      at += line + size;
    }
  } finally {
    closeSync(file);
  }
}

/** Of a picture's own line with its line feed; undefined where there is none. */
function frameLineLength(memory: Buffer, length: number): number | undefined {
  const head = memory.subarray(0, Math.min(length, LONGEST_LINE_BYTES));
  const end = head.indexOf(LINE_FEED);
  return end >= FRAME.length && head.toString('latin1', 0, FRAME.length) === FRAME ? end + 1 : undefined;
}

/** As many of `length` bytes as the file has from `position`. */
function readFully(file: number, memory: Buffer, length: number, position: number, offset = 0): number {
  let read = 0;
  while (read < length) {
    const count = readSync(file, memory, offset + read, length - read, position + read);
    if (count === 0) break;
    read += count;
  }
  return read;
}
