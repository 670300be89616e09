import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { seededRandom } from '@plugfest/model';
import { type Header, pack } from 'tar-stream';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { BundleFault } from './bundle-fault.ts';
import { type BundleManifest, MANIFEST_NAME } from './bundle-manifest.ts';
import { openBundle } from './open-bundle.ts';

const root = mkdtempSync(join(tmpdir(), 'plugfest-bundle-'));
afterAll(() => rmSync(root, { recursive: true }));
let place = root;
beforeEach(() => {
  place = mkdtempSync(join(root, 'test-'));
});

interface Entry {
  readonly path: string;
  readonly text?: string;
  readonly header?: Partial<Header>;
}

function manifestOf(entries: readonly Entry[], more: Partial<BundleManifest> = {}): BundleManifest {
  return {
    format: 'plugfest-bundle',
    version: 1,
    runId: 'run',
    scenario: 'hello',
    title: 'Hello',
    verdict: 'pass',
    command: 'plugfest run',
    environment: {},
    leftOut: [],
    files: entries.map(({ path, text = '' }) => ({
      path,
      bytes: text.length,
      sha256: createHash('sha256').update(text).digest('hex'),
    })),
    ...more,
  };
}

async function tar(entries: readonly Entry[]): Promise<Buffer> {
  const archive = pack();
  for (const { path, text = '', header } of entries) archive.entry({ name: path, ...header }, header?.type ? '' : text);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Writes a bundle of these entries with that manifest and opens it. */
async function openOf(entries: readonly Entry[], manifest: unknown = manifestOf(entries), tail = Buffer.alloc(0)) {
  const archive = await tar([{ path: MANIFEST_NAME, text: JSON.stringify(manifest) }, ...entries]);
  return openBytes(gzipSync(Buffer.concat([archive, tail])));
}

async function openBytes(bytes: Buffer) {
  const path = join(place, 'bundle.tgz');
  writeFileSync(path, bytes);
  return openBundle(path, join(place, 'inner', 'out'));
}

const FILES: readonly Entry[] = [
  { path: 'run/plan.json', text: '{}' },
  { path: 'run/captures/a.mkv', text: 'pictures' },
  { path: 'scenarios/hello.scenario.ts', text: 'export default 1' },
];

describe('a bundle', () => {
  test('is unpacked where all is as its manifest says', async () => {
    const { runDir, scenariosDir, manifest } = await openOf(FILES);
    expect(readFileSync(join(runDir, 'captures/a.mkv'), 'utf8')).toBe('pictures');
    expect(readFileSync(join(scenariosDir, 'hello.scenario.ts'), 'utf8')).toBe('export default 1');
    expect(manifest.title).toBe('Hello');
  });

  const hostile: readonly (readonly [what: string, code: string, entries: readonly Entry[], manifest?: unknown])[] = [
    ['climbs out', 'unsafe-entry', [{ path: 'run/../../evil', text: 'x' }]],
    ['has an absolute path', 'unsafe-entry', [{ path: '/tmp/plugfest-evil', text: 'x' }]],
    ['has another root', 'unsafe-entry', [{ path: 'etc/passwd', text: 'x' }]],
    ['has a backslash', 'unsafe-entry', [{ path: 'run\\..\\evil', text: 'x' }]],
    ['has a device’s colon', 'unsafe-entry', [{ path: 'run/C:evil', text: 'x' }]],
    ['has NUL', 'unsafe-entry', [{ path: 'run/a', text: '' }], manifestOf([{ path: 'run/a\0b' }])],
    ['has a name that ends in a dot', 'unsafe-entry', [{ path: 'run/a.', text: 'x' }]],
    [
      'has one name twice by case',
      'unsafe-entry',
      [
        { path: 'run/a', text: 'x' },
        { path: 'run/A', text: 'y' },
      ],
    ],
    [
      'brings a symbolic link',
      'unsafe-entry',
      [{ path: 'run/link', header: { type: 'symlink', linkname: '/etc/passwd' } }],
    ],
    ['brings a hard link', 'unsafe-entry', [{ path: 'run/link', header: { type: 'link', linkname: 'run/plan.json' } }]],
    ['brings a device', 'unsafe-entry', [{ path: 'run/null', header: { type: 'character-device' } }]],
    ['brings what is not promised', 'unexpected-entry', [...FILES, { path: 'run/more' }], manifestOf(FILES)],
    ['brings one twice', 'unexpected-entry', [...FILES, FILES[0] as Entry], manifestOf(FILES)],
    ['lacks what is promised', 'entry-missing', FILES.slice(1), manifestOf(FILES)],
    [
      'has other bytes',
      'digest-differs',
      [{ path: 'run/plan.json', text: '[]' }, ...FILES.slice(1)],
      manifestOf(FILES),
    ],
    ['is longer', 'digest-differs', [{ path: 'run/plan.json', text: '{} ' }, ...FILES.slice(1)], manifestOf(FILES)],
    ['is of another format', 'not-a-bundle', FILES, { ...manifestOf(FILES), format: 'other' }],
    ['has a manifest that is no JSON object', 'not-a-bundle', FILES, 'text'],
    [
      'promises more than any run has',
      'too-large',
      FILES,
      { ...manifestOf(FILES), files: [{ path: 'run/x', bytes: 2 ** 40, sha256: '0'.repeat(64) }] },
    ],
    [
      'promises a million files',
      'too-large',
      [],
      manifestOf(Array.from({ length: 20_000 }, (_, n) => ({ path: `run/${n}` }))),
    ],
  ];
  test.each(
    hostile.map(([what, code, entries, manifest = manifestOf(entries)]) => ({ what, code, entries, manifest })),
  )('that $what is refused, and leaves nothing', async ({ code, entries, manifest }) => {
    await expect(openOf(entries, manifest)).rejects.toMatchObject({ code });
    expect(existsSync(join(place, 'inner', 'out'))).toBe(false);
    expect(readdirSync(place).sort()).toEqual(['bundle.tgz', 'inner']);
    expect(existsSync('/tmp/plugfest-evil')).toBe(false);
  });

  test('that goes on in zeros for ever is cut short', async () => {
    const archive = await tar([{ path: MANIFEST_NAME, text: JSON.stringify(manifestOf([])) }]);
    const bomb = gzipSync(Buffer.concat([archive.subarray(0, -1024), Buffer.alloc(64 * 2 ** 20)]));
    expect(bomb.length).toBeLessThan(100_000);
    await expect(openBytes(bomb)).rejects.toMatchObject({ code: 'too-large' });
  });

  test('does not overwrite', async () => {
    mkdirSync(join(place, 'inner', 'out'), { recursive: true });
    await expect(openOf(FILES)).rejects.toMatchObject({ code: 'target-exists' });
  });

  test('of which any byte was changed is refused, or is not changed in anything', async () => {
    const good = gzipSync(await tar([{ path: MANIFEST_NAME, text: JSON.stringify(manifestOf(FILES)) }, ...FILES]));
    const plain = gunzipSync(good);
    const random = seededRandom(5);
    for (let n = 0; n < 150; n++) {
      const bytes = Buffer.from(plain);
      const at = random.uint32() % bytes.length;
      bytes[at] = (bytes[at] as number) ^ (1 << (random.uint32() % 8));
      const directory = mkdtempSync(join(place, 'flip-'));
      const path = join(directory, 'b.tgz');
      writeFileSync(path, gzipSync(bytes, { level: 1 }));
      try {
        const { runDir, scenariosDir } = await openBundle(path, join(directory, 'out'));
        expect(readFileSync(join(runDir, 'plan.json'), 'utf8')).toBe('{}');
        expect(readFileSync(join(scenariosDir, 'hello.scenario.ts'), 'utf8')).toBe('export default 1');
      } catch (error) {
        expect(error).toBeInstanceOf(BundleFault);
      }
    }
  });

  test('cut at any place is refused', async () => {
    const good = gzipSync(await tar([{ path: MANIFEST_NAME, text: JSON.stringify(manifestOf(FILES)) }, ...FILES]));
    for (let length = 0; length < good.length; length += 7) {
      place = mkdtempSync(join(root, 'cut-'));
      await expect(openBytes(good.subarray(0, length)), `${length} bytes`).rejects.toBeInstanceOf(BundleFault);
    }
  });
});
