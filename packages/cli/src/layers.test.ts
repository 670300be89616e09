import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { openTemporaryDirectory, repositoryRoot } from '@plugfest/host';
import { describe, expect, test } from 'vitest';
import { edgesOf, importsIn, importsOf, type Manifest, undeclaredImports } from './imports.ts';
import { checkLayers, type Edge, LAYERS, PURE, SIDEWAYS_IN_TESTS } from './layers.ts';

const run = promisify(execFile);
const readManifest = (file: string): Manifest => JSON.parse(readFileSync(join(repositoryRoot, file), 'utf8'));
const folderOf = (file: string): string => file.split('/')[1] ?? '';
const manifests = new Map(
  globSync('packages/*/package.json', { cwd: repositoryRoot }).map((file) => [folderOf(file), readManifest(file)]),
);
const rootManifest = readManifest('package.json');
const imports = importsOf(repositoryRoot);

describe('the packages as they are', () => {
  test('every package has a layer', () => {
    expect([...manifests.keys()].sort()).toEqual(Object.keys(LAYERS).sort());
  });

  test('the project graph points downward', async () => {
    const edges = await projectGraph();
    expect(edges.length).toBeGreaterThan(10);
    expect(checkLayers(edges)).toEqual([]);
  });

  test('the import statements point downward', () => {
    const edges = edgesOf(imports);
    expect(edges.length).toBeGreaterThan(10);
    expect(checkLayers(edges)).toEqual([]);
  });

  test('what only tests may import, only tests import', () => {
    const shipped = edgesOf(imports).filter(({ where }) => !/\.test\.ts(:|$)/.test(where));
    const wrong = shipped.filter(({ from, to }) => SIDEWAYS_IN_TESTS.some(([a, b]) => a === from && b === to));
    expect(wrong).toEqual([]);
  });

  test('what is imported is named in package.json', () => {
    expect(undeclaredImports(imports, manifests, rootManifest)).toEqual([]);
  });

  // Imports and globals are rules of biome.json; a member of a global is not within its reach.
  test('pure packages draw no random numbers and reach for no globals by the back door', () => {
    const files = globSync(`packages/{${PURE.join(',')}}/src/**/*.ts`, { cwd: repositoryRoot });
    const impure = files.filter((file) => !file.endsWith('.test.ts')).flatMap(backDoors);
    expect(impure).toEqual([]);
  });
});

describe('the check itself', () => {
  const edge = (from: string, to: string): Edge => ({ from, to, where: 'here' });

  test.each([
    ['upward', edge('sip', 'sip-node'), /upward, from layer 1 to layer 2/],
    ['sideways and not listed', edge('sip', 'host'), /sideways in layer 1/],
    ['from a package without a layer', edge('stray', 'model'), /stray has no layer/],
    ['to a package without a layer', edge('cli', 'stray'), /stray has no layer/],
  ])('refuses an edge %s', (_, wrong, message) => {
    expect(checkLayers([edge('cli', 'model'), wrong])).toEqual([expect.stringMatching(message)]);
  });

  test('takes the sideways edges that are listed', () => {
    expect(checkLayers([edge('quality', 'media'), edge('endpoints', 'federation')])).toEqual([]);
  });

  test('refuses a cycle, also within listed edges', () => {
    const wrong = checkLayers([edge('quality', 'media'), edge('media', 'quality')]);
    expect(wrong).toContainEqual('cycle: quality → media → quality');
  });

  test('sees every way to import', () => {
    const source = [
      "import { a } from '@plugfest/bridge';",
      "import type { B } from '@plugfest/cli';",
      'import {\n  c,\n  d,\n} from "@plugfest/endpoints";',
      "export * from '@plugfest/scenario';",
      "import '@plugfest/report';",
      `const later = await import(${"'@plugfest/wire'"});`,
      "import { up } from '../../media/src/index.ts';",
      'const text = "import { no } from \'@plugfest/host\'";',
      "// import { no } from '@plugfest/host';",
    ].join('\n');
    const edges = edgesOf(importsIn(source, 'packages/model/src/x.ts'));
    const targets = edges.map(({ to }) => to).sort();
    expect(targets).toEqual(['bridge', 'cli', 'endpoints', 'media', 'report', 'scenario', 'wire']);
    expect(checkLayers(edges)).toHaveLength(targets.length);
  });

  test('misses no undeclared dependency', () => {
    const source = "import { z } from 'zod';\nimport ws from 'ws/lib/x.js';\nimport { join } from 'node:path';\n";
    const found = importsIn(source, 'packages/stray/src/x.ts');
    const stray: Manifest = { name: '@plugfest/stray', dependencies: { zod: '^4' } };
    expect(undeclaredImports(found, new Map([['stray', stray]]), { name: 'plugfest' })).toEqual([
      'packages/stray/src/x.ts:2 imports ws, which packages/stray/package.json does not name',
    ]);
  });

  test('the lint rule refuses impure code in a pure package', async () => {
    const impure = "import { readFileSync } from 'node:fs';\nexport const x = [readFileSync, Date, process];\n";
    const rules = await lintRules(impure, 'packages/sip/src/impure.ts');
    expect(rules).toEqual(['noRestrictedGlobals', 'noRestrictedGlobals', 'noRestrictedImports']);
    expect(await lintRules(impure, 'packages/wire/src/impure.ts')).toEqual([]);
  });
});

/** The edges of `nx graph`, between folders. */
async function projectGraph(): Promise<Edge[]> {
  await using directory = await openTemporaryDirectory('nx-graph');
  const file = join(directory.path, 'graph.json');
  const env = { ...process.env, NX_NO_CLOUD: 'true', NX_DAEMON: 'false' };
  const nx = join(repositoryRoot, 'node_modules/nx/dist/bin/nx.js');
  await run(process.execPath, [nx, 'graph', `--file=${file}`], { cwd: repositoryRoot, env });
  const { graph } = JSON.parse(readFileSync(file, 'utf8')) as {
    graph: {
      nodes: Record<string, { data: { root: string } }>;
      dependencies: Record<string, { source: string; target: string }[]>;
    };
  };
  const folder = (name: string): string | undefined => graph.nodes[name]?.data.root.split('/')[1];
  return Object.values(graph.dependencies).flatMap((list) =>
    list.flatMap(({ source, target }) => {
      const [from, to] = [folder(source), folder(target)];
      return from === undefined || to === undefined ? [] : [{ from, to, where: 'nx graph' }];
    }),
  );
}

function backDoors(file: string): string[] {
  const lines = readFileSync(join(repositoryRoot, file), 'utf8').split('\n');
  return lines.flatMap((line, i) => {
    const code = line.replace(/^\s*(?:\/\/|\/?\*).*/, '');
    return /\bMath\.random\b|\bglobalThis\b/.test(code) ? [`${file}:${i + 1} ${code.trim()}`] : [];
  });
}

/** The restriction rules of biome.json that a text would break as that file, sorted. */
async function lintRules(text: string, file: string): Promise<string[]> {
  await using directory = await openTemporaryDirectory('lint');
  await cp(join(repositoryRoot, 'biome.json'), join(directory.path, 'biome.json'));
  await mkdir(join(directory.path, dirname(file)), { recursive: true });
  await writeFile(join(directory.path, file), text);
  const biome = join(repositoryRoot, 'node_modules/@biomejs/biome/bin/biome');
  const lint = run(process.execPath, [biome, 'lint', '--vcs-enabled=false', '--colors=off', file], {
    cwd: directory.path,
  });
  const { stdout, stderr } = await lint.catch((fault: { stdout: string; stderr: string }) => fault);
  return Array.from(`${stdout}${stderr}`.matchAll(/lint\/style\/(noRestricted\w+)/g), (match) => match[1] ?? '').sort();
}
