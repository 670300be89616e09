import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { bisectCommand } from './bisect.ts';

const directory = mkdtempSync(join(tmpdir(), 'plugfest-bisect-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const OPTIONS = { repeat: '1', needed: '1', json: true };
/** Good below 4, and writes down what it was asked for. */
const COMMAND = ['sh', '-c', `echo $PLUGFEST_VERSION {version} >> ${directory}/tries; test {version} -lt 4`];

let printed = '';
beforeEach(() => {
  printed = '';
  writeFileSync(join(directory, 'tries'), '');
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
});

const found = () => JSON.parse(printed) as { firstBad: string | null; suspects: string[]; reason?: string };
const tries = (): string[] => readFileSync(join(directory, 'tries'), 'utf8').split('\n').filter(Boolean);

describe('plugfest bisect', () => {
  test('finds the first version for which a command ends with 1', async () => {
    expect(await bisectCommand(COMMAND, { ...OPTIONS, versions: '0,1,2,3,4,5,6,7,8' })).toBe(0);
    expect(found()).toMatchObject({ firstBad: '4', lastGood: '3' });
    expect(tries()[0]).toBe('8 8');
    expect(tries().length).toBeLessThanOrEqual(6);
  });

  test('reads versions from a file, and tries each as often as it takes', async () => {
    writeFileSync(join(directory, 'list'), '# old\n1\n2\n\n4\n');
    const options = { ...OPTIONS, versions: `@${join(directory, 'list')}`, repeat: '3', needed: '2' };
    expect(await bisectCommand(COMMAND, options)).toBe(0);
    expect(found().firstBad).toBe('4');
    expect(tries()).toEqual(['4 4', '4 4', '1 1', '1 1', '2 2', '2 2']);
  });

  test('where it cannot be told, names the suspects and ends with 1', async () => {
    const command = ['sh', '-c', 'case {version} in 2) exit 3;; 1) exit 0;; esac; exit 1'];
    expect(await bisectCommand(command, { ...OPTIONS, versions: '1,2,3' })).toBe(1);
    expect(found()).toMatchObject({ firstBad: null, suspects: ['2', '3'] });
    printed = '';
    expect(await bisectCommand(['true'], { ...OPTIONS, versions: '1,2' })).toBe(1);
    expect(found().reason).toBe('all-good');
  });

  test.each([
    [{}, /--versions or --git/],
    [{ versions: '1' }, /two versions/],
    [{ versions: '1,2', repeat: '2', needed: '3' }, /--needed/],
    [{ versions: '1,2', repeat: 'many' }, /--repeat/],
    [{ git: '--upload-pack=x..y' }, /<good>\.\.<bad>/],
    [{ git: 'no-such-commit..HEAD' }, /git rev-parse/],
  ])('%j is bad use', async (options, text) => {
    await expect(bisectCommand(['true'], { ...OPTIONS, ...options })).rejects.toThrow(text);
  });
});
