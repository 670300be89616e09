import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SourceGraph } from './source-graph.ts';

const ROOT = resolve(import.meta.dirname, '../../..');

describe('this project', () => {
  const nightly = join(ROOT, 'scenarios/nightly.matrix.ts');
  const graph = new SourceGraph(ROOT);

  test('a scenario’s own files', () => {
    expect(graph.scenarioFilesOf(nightly)).toEqual([
      'scenarios/federation/corp-and-skype.ts',
      'scenarios/nightly.matrix.ts',
    ]);
  });

  test.each([
    ['packages/endpoints/src/baresip/baresip-endpoint.ts', true, false],
    ['packages/endpoints/src/sip-room/sip-room.ts', false, true],
    ['packages/endpoints/src/federated/media-main.ts', false, false],
    ['packages/bridge/src/bridge.ts', true, true],
    ['packages/quality/src/index.ts', true, true],
    ['packages/sdp/src/index.ts', true, true],
    ['scenarios/federation/corp-and-skype.ts', true, true],
    ['package-lock.json', true, true],
    ['packages/report/src/render.ts', false, false],
    ['packages/bridge/README.md', false, false],
    ['packages/bridge/src/bridge.test.ts', false, false],
    ['docs/matrix.md', false, false],
  ])('%s: baresip %s, sip-room %s', (file, baresip, room) => {
    expect(graph.isAffected(nightly, ['baresip'], [file])).toBe(baresip);
    expect(graph.isAffected(nightly, ['sip-room'], [file])).toBe(room);
  });

  test('processes of their own are part of a run', () => {
    expect(graph.filesOf(nightly, ['federated'])).toContain('packages/endpoints/src/federated/media-main.ts');
    expect(graph.filesOf(nightly, ['gstreamer'])).toContain('packages/endpoints/src/gstreamer/webrtc-peer.py');
  });
});

describe('a small one', () => {
  let root: string;
  const files: Record<string, string> = {
    'a.matrix.ts': `import './b.ts';\nimport { x } from '@plugfest/p';`,
    'b.ts': `spawn(new URL('./worker.ts', import.meta.url)); import './a.matrix.ts';`,
    'worker.ts': '',
    'other.ts': '',
    'packages/p/src/index.ts': `export * from './q.ts'; readFileSync(join(here, 'data.json'));`,
    'packages/p/src/q.ts': `import '../../../../outside.ts'; import './missing.ts';`,
    'packages/p/src/data.json': '{}',
    'packages/quality/src/index.ts': '',
  };
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'graph-'));
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, file)), { recursive: true });
      writeFileSync(join(root, file), text);
    }
  });
  afterAll(() => rmSync(root, { recursive: true }));

  test('files are followed through imports, processes, packages and circles', () => {
    const graph = new SourceGraph(root);
    expect([...graph.filesOf('a.matrix.ts', [])].sort()).toEqual([
      'a.matrix.ts',
      'b.ts',
      'packages/p/src/data.json',
      'packages/p/src/index.ts',
      'packages/p/src/q.ts',
      'packages/quality/src/index.ts',
      'worker.ts',
    ]);
    expect(graph.isAffected('a.matrix.ts', [], ['other.ts'])).toBe(false);
    expect(graph.isAffected('a.matrix.ts', [], ['packages/p/src/missing.ts'])).toBe(true);
  });
});
