import { readdir, readFile } from 'node:fs/promises';

/** The processes whose environment contains `mark`; empty where there is no /proc. Those of other users are not seen. */
export async function processesMarked(mark: string): Promise<number[]> {
  const wanted = Buffer.from(mark);
  const entries = await readdir('/proc').catch(() => []);
  const pids = entries.filter((entry) => /^\d+$/.test(entry));
  const marked = await Promise.all(
    pids.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`).catch(() => undefined);
      return environment?.includes(wanted) ? [Number(pid)] : [];
    }),
  );
  return marked.flat();
}

/** Sends a signal; false where there is nobody to get it. */
export function signalProcess(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
