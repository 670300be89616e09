import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openTemporaryDirectory } from '@plugfest/host';
import type { StarvedReport } from './starved-main-fixture.ts';

const run = promisify(execFile);
const MAIN = join(import.meta.dirname, 'starved-main-fixture.ts');

/** What is taken away, how, and what the store must call it. */
export const STARVATIONS = [
  { kind: 'disk-full', sizeMb: 72, files: 4096, codes: ['disk-full'] },
  // Postgres without room for its log ends itself, and says so to none.
  { kind: 'disk-full-postgres', sizeMb: 160, files: 4096, codes: ['disk-full', 'unreachable'] },
  { kind: 'read-only', sizeMb: 256, files: 4096, codes: ['read-only'] },
  { kind: 'too-many-files', sizeMb: 256, files: 512, codes: ['too-many-files'] },
] as const;
export type Starvation = (typeof STARVATIONS)[number];

/** Why a small file system of our own cannot be had here; undefined: it can. Its mounts are in a namespace of their own, and gone with it. */
export async function whyNoSmallDisk(): Promise<string | undefined> {
  try {
    await using directory = await openTemporaryDirectory('small-disk');
    await run('unshare', [...NAMESPACE, 'mount', '-t', 'tmpfs', 'tmpfs', directory.path]);
    return undefined;
  } catch (fault) {
    return `no file system of one’s own can be mounted here (unshare -rm): ${(fault as Error).message.split('\n')[1] ?? 'refused'}`;
  }
}

/** Root keeps its name: Postgres runs as another user, whom a user namespace does not know. */
const NAMESPACE = process.getuid?.() === 0 ? ['-m'] : ['-rm'];

export async function starve({ kind, sizeMb, files }: Starvation): Promise<StarvedReport> {
  await using directory = await openTemporaryDirectory('starved');
  const script = `mount -t tmpfs -o size=${sizeMb}m,mode=755 tmpfs "$1" && ulimit -n ${files} && exec "$2" "$3" "$4" "$1"`;
  const { stdout } = await run(
    'unshare',
    [...NAMESPACE, 'sh', '-c', script, 'sh', directory.path, process.execPath, MAIN, kind],
    { timeout: 120_000 },
  );
  return JSON.parse(stdout) as StarvedReport;
}

/** What must hold, in words; nothing where all does. */
export function objectionsToStarved({ codes }: Starvation, report: StarvedReport): string[] {
  const { code, message, before, after, goesOn } = report;
  return [
    ...((codes as readonly string[]).includes(code ?? '') ? [] : [`it was called ${code}: ${message}`]),
    ...(before === 0 ? ['nothing was committed before'] : []),
    ...(after < before ? [`${before - after} of ${before} earlier results are gone`] : []),
    ...(goesOn ? [] : ['it does not go on afterwards']),
  ];
}
