import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { SourceGraph } from '@plugfest/sources';
import { expect, test } from 'vitest';
import { createNodesV2 } from './index.ts';
import { targetsOf } from './scenario-targets.ts';

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, '../../..');
const NX = join(ROOT, 'node_modules/nx/dist/bin/nx.js');

test('every scenario has a target of its own, and one runs them all', () => {
  const files = ['scenarios/hello.scenario.ts', 'scenarios/federation/provider-disabled.scenario.ts'];
  const targets = targetsOf(files, new SourceGraph(ROOT));
  expect(Object.keys(targets)).toEqual(['scenario--hello', 'scenario--federation/provider-disabled', 'scenario']);
  expect(targets.scenario?.dependsOn).toEqual(['scenario--hello', 'scenario--federation/provider-disabled']);
  expect(targets['scenario--hello']).toMatchObject({
    command: './plugfest run scenarios/hello --reports reports/nx/hello',
    cache: true,
    parallelism: false,
    outputs: ['{workspaceRoot}/reports/nx/hello'],
  });
});

test('its inputs are the files that its run is made of', () => {
  const inputs = targetsOf(['scenarios/hello.scenario.ts'], new SourceGraph(ROOT))['scenario--hello']?.inputs ?? [];
  for (const path of ['scenarios/hello.scenario.ts', 'packages/bridge/src/bridge.ts', 'packages/quality/src/index.ts'])
    expect(inputs).toContain(`{workspaceRoot}/${path}`);
  expect(inputs).not.toContain('{workspaceRoot}/packages/report/src/render.ts');
  expect(inputs).not.toContain('{workspaceRoot}/scenarios/truth/broken.scenario.ts');
});

test('without scenarios there is no project', () => {
  expect(createNodesV2[1]([], undefined, { workspaceRoot: ROOT })).toEqual([]);
});

test.skipIf(!existsSync(NX))(
  `Nx sees them${existsSync(NX) ? '' : ' (skipped: Nx is not installed; npm install)'}`,
  async () => {
    const { stdout } = await run(process.execPath, [NX, 'show', 'project', 'scenarios', '--json'], {
      cwd: ROOT,
      env: { ...process.env, NX_DAEMON: 'false' },
      maxBuffer: 2 ** 26,
    });
    const { targets } = JSON.parse(stdout.slice(stdout.indexOf('{')));
    expect(targets['scenario--hello']).toMatchObject({ cache: true, parallelism: false });
    expect(targets.scenario.dependsOn).toContain('scenario--hello');
  },
);
