import type { Random } from '@plugfest/model';

/** What breaks parsers: limits of numbers, names that objects have, nesting, bytes that end lines. */
const DICTIONARY = [
  '\r\n',
  '\r\n\r\n',
  '\n',
  '\0',
  '"',
  '\\',
  '<',
  '>',
  ';',
  ',',
  '%',
  '%00',
  '[::1]',
  '-1',
  '4294967296',
  '99999999999999999999',
  '1e9',
  '0x1f',
  '__proto__',
  'constructor',
  '\xff\xfe',
  'Content-Length: 99999\r\n',
  'Via: SIP/2.0/UDP a\r\n',
  'a=rtpmap:96 H264/90000\r\n',
  'a=group:BUNDLE a\r\n',
].map((entry) => Buffer.from(entry, 'latin1'));

const MAX_BYTES = 65_536;

/** One of the pool with one to eight changes: bits turned, cut, repeated, spliced, or a word of the dictionary put in. */
export function mutate(pool: readonly Uint8Array[], random: Random): Uint8Array {
  const below = (limit: number): number => random.uint32() % Math.max(1, limit);
  let bytes: Buffer = Buffer.from(pool[below(pool.length)] as Uint8Array);
  for (let changes = 1 + below(8); changes > 0; changes--) {
    const [at, to] = [below(bytes.length), below(bytes.length)].sort((a, b) => a - b) as [number, number];
    switch (below(6)) {
      case 0:
        if (bytes.length > 0) bytes[at] = (bytes[at] as number) ^ (1 << below(8));
        break;
      case 1:
        bytes = bytes.subarray(0, to);
        break;
      case 2:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(to)]);
        break;
      case 3:
        bytes = repeated(bytes, at, to, 1 + below(below(16) === 0 ? 500 : 4));
        break;
      case 4:
        bytes = Buffer.concat([bytes.subarray(0, at), (pool[below(pool.length)] as Uint8Array).subarray(to)]);
        break;
      default:
        bytes = Buffer.concat([
          bytes.subarray(0, at),
          DICTIONARY[below(DICTIONARY.length)] as Buffer,
          bytes.subarray(at),
        ]);
    }
  }
  return bytes.subarray(0, MAX_BYTES);
}

function repeated(bytes: Buffer, from: number, to: number, times: number): Buffer {
  const part = bytes.subarray(from, to);
  const fits = Math.min(times, Math.ceil(MAX_BYTES / Math.max(1, part.length)));
  return Buffer.concat([bytes.subarray(0, to), ...new Array<Buffer>(fits).fill(part), bytes.subarray(to)]);
}
