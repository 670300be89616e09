import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openTemporaryDirectory } from '@plugfest/host';
import { afterEach, expect, test } from 'vitest';
import { logMediaKeys } from './media-keys.ts';

const KEYS = {
  suite: 'AES_CM_128_HMAC_SHA1_80',
  clientRandom: 'ab'.repeat(32),
  masterSecret: 'cd'.repeat(48),
  local: { keyAndSalt: 'AA==', address: '127.0.0.1', port: 1 },
  remote: { keyAndSalt: 'AA==', address: '127.0.0.1', port: 2 },
};
afterEach(() => {
  delete process.env.PLUGFEST_MEDIA_KEYS;
});

test('keys are kept where a file is named, for its owner alone, and nowhere else', async () => {
  await using directory = await openTemporaryDirectory('media-keys');
  const file = join(directory.path, 'keys.jsonl');
  logMediaKeys(KEYS);
  process.env.PLUGFEST_MEDIA_KEYS = file;
  logMediaKeys(KEYS);
  logMediaKeys(KEYS);
  expect(
    readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual([KEYS, KEYS]);
  const { stdout } = await promisify(execFile)('stat', ['-c', '%a', file]);
  expect(stdout.trim()).toBe('600');
});

test('a file that cannot be written ends nothing', () => {
  process.env.PLUGFEST_MEDIA_KEYS = '/dev/null/none';
  expect(() => logMediaKeys(KEYS)).not.toThrow();
});
