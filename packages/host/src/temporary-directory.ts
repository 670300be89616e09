import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unwardDirectory, wardDirectory } from './warden.ts';

export interface TemporaryDirectory extends AsyncDisposable {
  readonly path: string;
}

/** A directory of our own, removed with what is in it when disposed of, or by the warden when we are killed. */
export async function openTemporaryDirectory(prefix: string): Promise<TemporaryDirectory> {
  const path = await mkdtemp(join(tmpdir(), `plugfest-${prefix.replaceAll(/[^a-zA-Z0-9-]/g, '-')}-`));
  wardDirectory(path);
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
      unwardDirectory(path);
    },
  };
}
