import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeFileAtomically } from './atomic-file.ts';
import { openTemporaryDirectory } from './temporary-directory.ts';

test('writes, overwrites, and leaves no draft', async () => {
  await using directory = await openTemporaryDirectory('atomic');
  const path = join(directory.path, 'a.json');
  await writeFileAtomically(path, 'old');
  await writeFileAtomically(path, 'new', { mode: 0o600 });
  expect(await readFile(path, 'utf8')).toBe('new');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(directory.path)).toEqual(['a.json']);
});

test('keeps the old file, and leaves no draft, where writing fails', async () => {
  await using directory = await openTemporaryDirectory('atomic');
  const path = join(directory.path, 'folder');
  await writeFileAtomically(join(directory.path, 'a'), 'x');
  await expect(writeFileAtomically(`${path}/missing/b`, 'x')).rejects.toMatchObject({ code: 'ENOENT' });
  expect(await readdir(directory.path)).toEqual(['a']);
});
