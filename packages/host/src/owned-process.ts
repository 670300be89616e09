import { type ChildProcess, spawn } from 'node:child_process';
import type { Duplex, Readable, Writable } from 'node:stream';
import { isMainThread } from 'node:worker_threads';
import { findExecutable } from './executable.ts';
import { processesMarked, signalProcess } from './process-table.ts';
import { TextTail } from './text-tail.ts';
import { ensureWarden, OWNER, OWNER_VARIABLE, unwardGroup, wardGroup } from './warden.ts';

/** How a process ended: `code` where it exited, `signal` where it was killed. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A child process that cannot outlive us, nor leave its own children behind. */
export interface OwnedProcess extends AsyncDisposable {
  readonly name: string;
  readonly pid: number;
  readonly stdin: Writable | null;
  /** Must be read (or `.resume()`d): a full pipe holds the child up, on purpose. */
  readonly stdout: Readable;
  /** Always drained; listen at once to see all of it. */
  readonly stderr: Readable;
  /** File descriptors 3, 4, … of the child, as many as `extraFds` asked for. */
  readonly extra: readonly Duplex[];
  /** The last 64 KiB of standard error; complete when `exited` has resolved. */
  readonly stderrTail: () => string;
  /** Resolves when the process has ended, however it did; never rejects. */
  readonly exited: Promise<ProcessExit>;
  /** Ends it and all that it started: SIGTERM to its group, after `graceMs` (2000 by default) SIGKILL. Resolves when nothing is left. */
  stop(graceMs?: number): Promise<void>;
}

export interface SpawnOptions {
  /** For people: messages and logs. */
  readonly name: string;
  readonly cwd?: string;
  /** Laid over our own environment; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** `ignore` by default. */
  readonly stdin?: 'pipe' | 'ignore';
  readonly extraFds?: number;
}

/** A process could not be started: `command` says which, `cause` why. */
export class SpawnFault extends Error {
  readonly code = 'spawn-failed';
  readonly command: string;

  constructor(command: string, text: string, cause?: unknown) {
    super(`cannot start ${command}: ${text}`, { cause });
    this.name = 'SpawnFault';
    this.command = command;
  }
}

const STDERR_TAIL_BYTES = 64 * 1024;
const DEFAULT_GRACE_MS = 2000;
const LAST_WORDS_MS = 300;
const CHILD_VARIABLE = 'PLUGFEST_CHILD';

let spawned = 0;

/**
 * Starts a child that dies with us, also when we are killed by SIGKILL: the kernel kills it (`PR_SET_PDEATHSIG`, where `setpriv` is at hand),
 * and a warden kills its group, its session and everything that carries our mark in its environment.
 * @throws SpawnFault where the command is missing or the machine has no room for it.
 */
export function spawnOwned(command: string, args: readonly string[], options: SpawnOptions): OwnedProcess {
  const mark = `${OWNER}:${++spawned}`;
  const env: NodeJS.ProcessEnv = { ...process.env, ...options.env, [OWNER_VARIABLE]: OWNER, [CHILD_VARIABLE]: mark };
  const file = findExecutable(command, env.PATH, options.cwd);
  if (file === undefined) throw new SpawnFault(command, 'no such executable');
  const [program, ...programArgs] = [...deathSignalPrefix(), file, ...args];
  const extra = Array.from({ length: options.extraFds ?? 0 }, () => 'pipe' as const);
  let child: ChildProcess;
  try {
    ensureWarden();
    child = spawn(program as string, programArgs, {
      cwd: options.cwd,
      env,
      detached: true,
      stdio: [options.stdin ?? 'ignore', 'pipe', 'pipe', ...extra],
    });
  } catch (cause) {
    throw new SpawnFault(command, (cause as Error).message, cause);
  }
  // The reason comes later as an `error` event: without a listener it would end us.
  child.on('error', () => {});
  if (child.pid === undefined) throw new SpawnFault(command, 'the system refused (out of processes, files or memory?)');
  return adopt(child, child.pid, options.name, mark);
}

function adopt(child: ChildProcess, pid: number, name: string, mark: string): OwnedProcess {
  wardGroup(pid);
  const tail = new TextTail(STDERR_TAIL_BYTES);
  child.stderr?.on('data', (bytes: Uint8Array) => tail.push(bytes));
  let running = true;
  const exited = new Promise<ProcessExit>((resolve) => {
    child.once('exit', (code, signal) => {
      running = false;
      // What it left in its group goes with it, now: later the number may be another's.
      signalProcess(-pid, 'SIGKILL');
      unwardGroup(pid);
      // Its last words are still in the pipe; a descendant that got away may hold that open.
      const end = { code, signal };
      if (!child.stderr || child.stderr.readableEnded) return resolve(end);
      const giveUp = setTimeout(() => resolve(end), LAST_WORDS_MS);
      child.stderr.once('end', () => {
        clearTimeout(giveUp);
        resolve(end);
      });
    });
  });
  const end = async (graceMs: number): Promise<void> => {
    if (running) {
      signalProcess(-pid, 'SIGTERM');
      const kill = setTimeout(() => signalProcess(-pid, 'SIGKILL'), graceMs);
      await exited;
      clearTimeout(kill);
    }
    await killMarked(`${CHILD_VARIABLE}=${mark}\0`);
    for (const stream of [child.stdout, child.stderr]) stream?.resume();
  };
  let ending: Promise<void> | undefined;
  const stop = (graceMs = DEFAULT_GRACE_MS): Promise<void> => {
    ending ??= end(graceMs);
    return ending;
  };
  return {
    name,
    pid,
    stdin: quiet(child.stdin),
    stdout: child.stdout as Readable,
    stderr: child.stderr as Readable,
    extra: child.stdio.slice(3).map((stream) => quiet(stream as Duplex)),
    stderrTail: () => tail.text(),
    exited,
    stop,
    [Symbol.asyncDispose]: () => stop(),
  };
}

/** Writing to a child that has ended is no fault of ours: `exited` tells. */
function quiet<T extends Writable | null>(stream: T): T {
  stream?.on('error', () => {});
  return stream;
}

/** Kills until two looks in a row find nobody: a fork in flight is missed by one. */
async function killMarked(mark: string): Promise<void> {
  for (let quietLooks = 0; quietLooks < 2; ) {
    const pids = await processesMarked(mark);
    const alive = pids.filter((pid) => signalProcess(pid, 'SIGKILL'));
    quietLooks = alive.length === 0 ? quietLooks + 1 : 0;
  }
}

let setpriv: string | null | undefined;

/** `setpriv` becomes the command (exec), so the child's pid stays its own. The signal comes when the *thread* that forked ends: main thread only. */
function deathSignalPrefix(): string[] {
  if (process.platform !== 'linux' || !isMainThread) return [];
  setpriv ??= findExecutable('setpriv') ?? null;
  return setpriv === null ? [] : [setpriv, '--pdeathsig', 'KILL', '--'];
}
