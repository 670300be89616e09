import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Digests of the sources that runs are made of: one a package, and one of a scenario's own files. Documents and tests are none of it. */
export function sourceDigests(root: string, scenarioFiles: readonly string[]): Record<string, string> {
  const sources = globSync('packages/*/{package.json,src/**/*,app/**/*,kernels/**/*}', { cwd: root })
    .filter((file) => /\.[a-z]+$/.test(file) && !/\.(test\.ts|md)$/.test(file))
    .sort();
  const packages = Map.groupBy(sources, (file) => file.split('/').slice(0, 2).join('/'));
  return {
    scenario: digestOf(root, scenarioFiles),
    ...Object.fromEntries([...packages].map(([name, files]) => [name, digestOf(root, files)])),
  };
}

function digestOf(root: string, files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(join(root, file)));
  return hash.digest('hex').slice(0, 12);
}

/** `0.1.0 at a1b2c3d, changed`; only the version where this is no checkout. */
export function describeCommit(root: string, version: string): string {
  try {
    const said = execFileSync('git', ['describe', '--always', '--dirty=, changed', '--exclude=*'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return `${version} at ${said.toString().trim()}`;
  } catch {
    return version;
  }
}
