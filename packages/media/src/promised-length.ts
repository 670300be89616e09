import { closeSync, openSync, readSync, statSync } from 'node:fs';

const HEAD_BYTES = 4096;
const EBML = 0x1a45dfa3;
const SEGMENT = 0x18538067;
/** Written where the length was not known when writing began. */
const RIFF_UNKNOWN = 0xffffff00;

/** How much a file is shorter than its outermost element says: FFmpeg reads what is there and does not tell. */
export function missingBytesOf(path: string): { readonly missingBytes?: number } {
  if (!statSync(path).isFile()) return {};
  const head = Buffer.alloc(HEAD_BYTES);
  const file = openSync(path, 'r');
  const length = readSync(file, head, 0, HEAD_BYTES, 0);
  closeSync(file);
  const end = riffEnd(head, length) ?? segmentEnd(head, length);
  const missing = end === undefined ? 0 : end - statSync(path).size;
  return missing > 0 ? { missingBytes: missing } : {};
}

function riffEnd(head: Buffer, length: number): number | undefined {
  if (length < 12 || head.toString('latin1', 0, 4) !== 'RIFF') return undefined;
  const size = head.readUInt32LE(4);
  return size === 0 || size >= RIFF_UNKNOWN ? undefined : 8 + size;
}

/** Where Matroska's segment ends. @see RFC 8794 §4, RFC 9559 §4 */
function segmentEnd(head: Buffer, length: number): number | undefined {
  if (length < 12 || head.readUInt32BE(0) !== EBML) return undefined;
  const header = vint(head, 4);
  if (!header || header.value === undefined) return undefined;
  const segment = header.next + header.value;
  if (segment + 12 > length || head.readUInt32BE(segment) !== SEGMENT) return undefined;
  const size = vint(head, segment + 4);
  return size?.value === undefined ? undefined : size.next + size.value;
}

/** A data size; without a value where all its bits are set: unknown. */
function vint(head: Buffer, at: number): { readonly value: number | undefined; readonly next: number } | undefined {
  const first = head[at] ?? 0;
  const bytes = Math.clz32(first) - 23;
  if (first === 0 || bytes > 8) return undefined;
  let value = BigInt(first & (0xff >> bytes));
  for (let i = 1; i < bytes; i++) value = (value << 8n) | BigInt(head[at + i] ?? 0);
  const isUnknown = value === (1n << BigInt(7 * bytes)) - 1n;
  return { value: isUnknown ? undefined : Number(value), next: at + bytes };
}
