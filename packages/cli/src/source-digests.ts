import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from './paths.ts';
import { VERSION } from './version.ts';

/** Digests of the sources that runs are made of: one a package, and one of a scenario's own files. Documents and tests are none of it. */
export function sourceDigests(scenarioFiles: readonly string[]): Record<string, string> {
  const sources = globSync('packages/*/{package.json,src/**/*,app/**/*,kernels/**/*}', { cwd: PROJECT_ROOT })
    .filter((file) => /\.[a-z]+$/.test(file) && !/\.(test\.ts|md)$/.test(file))
    .sort();
  const packages = Map.groupBy(sources, (file) => file.split('/').slice(0, 2).join('/'));
  return {
    scenario: digestOf(scenarioFiles),
    ...Object.fromEntries([...packages].map(([name, files]) => [name, digestOf(files)])),
  };
}

function digestOf(files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(join(PROJECT_ROOT, file)));
  return hash.digest('hex').slice(0, 12);
}

/** `0.1.0 at a1b2c3d, changed`; only the version where this is no checkout. */
export function describeCommit(): string {
  try {
    const said = execFileSync('git', ['describe', '--always', '--dirty=, changed', '--exclude=*'], {
      cwd: PROJECT_ROOT,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return `${VERSION} at ${said.toString().trim()}`;
  } catch {
    return VERSION;
  }
}
