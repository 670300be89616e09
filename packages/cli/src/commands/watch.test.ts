import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as elapse } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { Saves } from './watch.ts';

const directory = mkdtempSync(join(tmpdir(), 'plugfest-watch-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const file = join(directory, 'a.scenario.ts');

test.each([
  ['is written over', () => writeFileSync(file, 'new')],
  [
    'is put in the place of the old one',
    () => {
      writeFileSync(join(directory, 'new~'), 'new');
      renameSync(join(directory, 'new~'), file);
    },
  ],
])('a file that %s was saved; another was not', async (_, save) => {
  writeFileSync(file, 'old');
  await elapse(50);
  using saves = new Saves(new Set([file]));
  writeFileSync(join(directory, 'other.ts'), 'x');
  expect(await Promise.race([saves.next.then(() => 'saved'), elapse(400, 'nothing')])).toBe('nothing');
  save();
  await saves.next;
});
