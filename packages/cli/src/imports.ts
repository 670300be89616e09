import { globSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import type { Edge } from './layers.ts';

/** An import statement, `export … from`, or `import()` of a literal. */
export interface Import {
  /** The folder of the package under `packages/`. */
  readonly from: string;
  readonly specifier: string;
  /** `packages/…/file.ts:line` */
  readonly where: string;
  /** In a test file. */
  readonly test: boolean;
}

/** What a package.json says that may be imported. */
export interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const SCOPE = '@plugfest/';
// At the start of a line: what is quoted in a text or a comment of ours never is.
const STATEMENT =
  /^(?:import|export)\s(?:[^'"`;]*?\sfrom\s*)?['"]([^'"\n]+)['"]|\bimport\(\s*['"]([^'"\n]+)['"]\s*\)/gm;

/** Every import in the source, also of types. `file` is relative to the repository's root. */
export function importsIn(source: string, file: string): Import[] {
  const from = /^packages\/([^/]+)\//.exec(file)?.[1] ?? '';
  return Array.from(source.matchAll(STATEMENT), (match) => ({
    from,
    specifier: match[1] ?? match[2] ?? '',
    where: `${file}:${source.slice(0, match.index).split('\n').length}`,
    test: /\.test\.ts$/.test(file),
  }));
}

/** The imports of all packages as they are on disk. */
export function importsOf(root: string): Import[] {
  const files = globSync('packages/*/src/**/*.{ts,svelte}', { cwd: root });
  return files.flatMap((file) => importsIn(readFileSync(join(root, file), 'utf8'), file));
}

/** The imports of one package by another, as edges between folders. Relative ones that leave their package count as well. */
export function edgesOf(imports: readonly Import[]): Edge[] {
  return imports.flatMap(({ from, specifier, where }) => {
    const to = specifier.startsWith(SCOPE) ? specifier.slice(SCOPE.length).split('/')[0] : leaving(specifier, from);
    return to === undefined || to === from ? [] : [{ from, to, where }];
  });
}

function leaving(specifier: string, from: string): string | undefined {
  const folder = /^(?:\.\.\/)+(?:packages\/)?([^./][^/]*)\/src\//.exec(specifier)?.[1];
  return folder === from ? undefined : folder;
}

/** Imports of packages that the importing package.json does not name. Tests may use what the root names. */
export function undeclaredImports(
  imports: readonly Import[],
  manifests: ReadonlyMap<string, Manifest>,
  root: Manifest,
): string[] {
  return imports.flatMap(({ from, specifier, where, test }) => {
    if (specifier.startsWith('.') || specifier.startsWith('/') || isBuiltin(specifier)) return [];
    const name = specifier
      .split('/')
      .slice(0, specifier.startsWith('@') ? 2 : 1)
      .join('/');
    const manifest = manifests.get(from);
    const declared = manifest !== undefined && (name === manifest.name || named(manifest, name));
    return declared || (test && named(root, name))
      ? []
      : [`${where} imports ${name}, which packages/${from}/package.json does not name`];
  });
}

function named(manifest: Manifest, name: string): boolean {
  const { dependencies, optionalDependencies, devDependencies, peerDependencies } = manifest;
  return [dependencies, optionalDependencies, devDependencies, peerDependencies].some(
    (list) => list?.[name] !== undefined,
  );
}
