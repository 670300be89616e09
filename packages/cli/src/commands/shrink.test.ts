import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { shrink } from './shrink.ts';

const directory = mkdtempSync(join(tmpdir(), 'plugfest-shrink-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const OPTIONS = { budget: '1s', trust: false, json: false };

describe('plugfest shrink', () => {
  test('says what is wrong where there is no run', async () => {
    await expect(shrink(join(directory, 'nowhere'), OPTIONS)).rejects.toThrow(/not there/);
    writeFileSync(join(directory, 'no-bundle.tgz'), 'hello');
    await expect(shrink(join(directory, 'no-bundle.tgz'), OPTIONS)).rejects.toThrow();
    expect(existsSync(join(directory, 'no-bundle'))).toBe(false);
  });

  test('takes a duration as its budget', async () => {
    await expect(shrink(directory, { ...OPTIONS, budget: 'soon' })).rejects.toThrow(/--budget/);
  });
});
