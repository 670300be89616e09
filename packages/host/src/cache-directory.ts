import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The checkout's root. */
export const repositoryRoot: string = resolve(import.meta.dirname, '../../..');

/** Where what was made once is kept: `$PLUGFEST_CACHE`, or `.cache` in the checkout. It exists when this returns. */
export function cacheDirectory(): string {
  const directory = process.env.PLUGFEST_CACHE ? resolve(process.env.PLUGFEST_CACHE) : join(repositoryRoot, '.cache');
  mkdirSync(directory, { recursive: true });
  return directory;
}
