import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { FORMS, newEndpoint, slugOf } from './new-endpoint.ts';

const root = mkdtempSync(join(tmpdir(), 'plugfest-new-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('plugfest new endpoint', () => {
  test.each(FORMS)('%s: files that are TypeScript and bear the name', (form) => {
    const files = newEndpoint('ACME Room 3', form, join(root, form));
    expect(files.map((file) => basename(file))).toContain('acme-room-3.endpoint.ts');
    for (const file of files) {
      const text = readFileSync(file, 'utf8');
      expect(text).not.toMatch(/NAME_OF|NAME\./);
      if (file.endsWith('.ts')) stripTypeScriptTypes(text);
    }
  });

  test('the phone says by 127 that it does not know a scenario, and does not begin without the harness', () => {
    newEndpoint('Phone', 'command', join(root, 'phone'));
    const run = (env: NodeJS.ProcessEnv): number => {
      try {
        execFileSync(process.execPath, [join(root, 'phone/phone.ts')], { env, stdio: 'pipe' });
        return 0;
      } catch (fault) {
        return (fault as { status: number }).status;
      }
    };
    expect(run({ PLUGFEST_SCENARIO: 'unknown-1234' })).toBe(127);
    expect(run({})).toBe(1);
  });

  test.each(["O'Brien", '`$' + '{process.exit()}`', '$& \\', 'a\nb', '<b>"x"'])(
    'a name like %j stays a name',
    (name) => {
      const directory = mkdtempSync(join(root, 'odd-'));
      rmSync(directory, { recursive: true });
      const files = newEndpoint(name, 'command', directory);
      const endpoint = files.find((file) => file.endsWith('.endpoint.ts')) as string;
      stripTypeScriptTypes(readFileSync(endpoint, 'utf8'));
      expect(readFileSync(endpoint, 'utf8')).not.toContain('$' + '{');
    },
  );

  test('nothing that is there is written over, and nothing is left by halves', () => {
    const directory = mkdtempSync(join(root, 'full-'));
    writeFileSync(join(directory, 'mine.txt'), 'mine');
    expect(() => newEndpoint('x', 'command', directory)).toThrow('is there already');
    expect(readFileSync(join(directory, 'mine.txt'), 'utf8')).toBe('mine');
    expect(existsSync(join(directory, 'phone.ts'))).toBe(false);
  });

  test.each([
    ['ACME Room 3', 'acme-room-3'],
    ['../../etc', 'etc'],
    ['會議室', 'endpoint'],
  ])('%s is called %s', (name, slug) => expect(slugOf(name)).toBe(slug));
});
