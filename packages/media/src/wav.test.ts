import { expect, it } from 'vitest';
import { parseWav } from './wav.ts';

function wav(format: readonly number[], data: Buffer, dataLength = data.length): Buffer {
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  const [codec = 1, channels = 1, rate = 22_050, bits = 16] = format;
  head.writeUInt16LE(codec, 20);
  head.writeUInt16LE(channels, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt16LE(bits, 34);
  head.write('data', 36);
  head.writeUInt32LE(dataLength, 40);
  return Buffer.concat([head, data]);
}

const samples = Buffer.from(Int16Array.of(1, -2, 300).buffer);

it('reads a file, also one whose writer did not know its length', () => {
  for (const length of [samples.length, 0x7ffff000]) {
    const parsed = parseWav(wav([], samples, length));
    expect(parsed.ok && [parsed.value.sampleRateHz, ...parsed.value.samples]).toEqual([22_050, 1, -2, 300]);
  }
});

it.each([
  ['stereo', wav([1, 2], samples), 'unsupported-format'],
  ['8 bits', wav([1, 1, 8000, 8], samples), 'unsupported-format'],
  ['nothing', Buffer.alloc(0), 'no-data'],
  ['a head only', wav([], samples).subarray(0, 36), 'no-data'],
])('refuses %s', (_, bytes, code) => {
  const parsed = parseWav(bytes);
  expect(!parsed.ok && parsed.error.code).toBe(code);
});
