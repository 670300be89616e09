import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

/** The environment variable that marks every process of ours; its value is the path of owners, outermost first. */
export const OWNER_VARIABLE = 'PLUGFEST_OWNER';

const inherited = process.env[OWNER_VARIABLE];
const own = randomBytes(9).toString('hex');

/** This process as an owner. Nested owners extend the path, so that the outermost one's warden knows all that is below it. */
export const OWNER = inherited ? `${inherited}/${own}` : own;

const groups = new Set<number>();
const directories = new Set<string>();
let warden: ChildProcess | undefined;

/** Tells the warden of a child's process group: it is killed when this process is gone. */
export function wardGroup(group: number): void {
  groups.add(group);
  tell(`group ${group}`);
}

/** The group has ended: its number may be somebody else's from now on. */
export function unwardGroup(group: number): void {
  if (groups.delete(group)) tell(`gone ${group}`);
}

/** Tells the warden of a directory to be removed when this process is gone. */
export function wardDirectory(path: string): void {
  directories.add(path);
  tell(`directory ${path}`);
}

export function unwardDirectory(path: string): void {
  directories.delete(path);
}

/** Starts the warden where there is none; to be called before a child is spawned, so that no child is ever without. */
export function ensureWarden(): void {
  if (warden && warden.exitCode === null && warden.signalCode === null) return;
  const environment = { ...process.env };
  delete environment[OWNER_VARIABLE];
  warden = spawn('/bin/sh', [join(import.meta.dirname, 'warden.sh'), OWNER], {
    // Its own session: a signal to our group, or to the terminal's, must not reach it.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
    env: environment,
  });
  warden.unref();
  warden.on('error', () => {
    warden = undefined;
  });
  warden.stdin?.on('error', () => {
    // It was killed: the next spawn starts another, which is told everything again.
  });
  (warden.stdin as unknown as { unref?: () => void } | null)?.unref?.();
  for (const group of groups) warden.stdin?.write(`group ${group}\n`);
  for (const directory of directories) warden.stdin?.write(`directory ${directory}\n`);
}

function tell(line: string): void {
  const before = warden;
  ensureWarden();
  // A warden that was started just now was told everything already.
  if (before === warden) warden?.stdin?.write(`${line}\n`);
}
