import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openTemporaryDirectory } from '@plugfest/host';
import { expect, it } from 'vitest';
import { placeSipePlugin } from './sipe-plugin.ts';

const MARK = Buffer.of(0xaf, 0xbe, 0xed, 0xde);
const OTHER = Buffer.from('code');

it.each([
  ['one mark is corrected', [OTHER, MARK, OTHER], [OTHER, Buffer.of(1, 0, 0, 0), OTHER], true],
  ['none is left alone', [OTHER, OTHER], [OTHER, OTHER], false],
  ['of two nobody knows which', [MARK, OTHER, MARK], [MARK, OTHER, MARK], false],
])('%s', async (_, before, after, isMended) => {
  await using directory = await openTemporaryDirectory('sipe-plugin');
  const plugin = join(directory.path, 'libsipe.so');
  writeFileSync(plugin, Buffer.concat(before));
  expect(placeSipePlugin(plugin, directory.path)).toBe(isMended);
  expect(readFileSync(join(directory.path, 'plugins/libsipe.so'))).toEqual(Buffer.concat(after));
  expect(readFileSync(plugin)).toEqual(Buffer.concat(before));
});
