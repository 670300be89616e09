import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PROJECT_ROOT } from './paths.ts';

/** The command line as a real process, with what it says. */
export interface Cli {
  readonly child: ChildProcess;
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** What it has said so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves when a line on standard error matches; rejects when it ends before. */
  readonly says: (pattern: RegExp) => Promise<void>;
}

/** Starts `plugfest …` without the bootstrap, with this environment laid over ours. */
export function startCli(args: readonly string[], env: Readonly<Record<string, string>> = {}): Cli {
  const child = spawn(process.execPath, [join(PROJECT_ROOT, 'packages/cli/src/main.ts'), ...args], {
    cwd: PROJECT_ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const out: Buffer[] = [];
  const lines: string[] = [];
  const listeners = new Set<() => void>();
  child.stdout.on('data', (bytes: Buffer) => out.push(bytes));
  const errors = createInterface({ input: child.stderr });
  errors.on('line', (line) => {
    lines.push(line);
    for (const listener of listeners) listener();
  });
  // `close`: when its output has ended too.
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) =>
    child.once('close', (code, signal) => resolve({ code, signal })),
  );
  const stderr = (): string => lines.join('\n');
  const says = (pattern: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (lines.some((line) => pattern.test(line))) resolve();
      };
      listeners.add(look);
      look();
      void exited.then(() => reject(new Error(`ended without saying ${pattern}:\n${stderr()}`)));
    });
  return { child, exited, stdout: () => Buffer.concat(out).toString(), stderr, says };
}
