import { existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeReport, writeRunList } from '@plugfest/report';
import { RunDirectory } from '@plugfest/scenario';

/** In the directory of a run that is going on: the number of the process that runs it. */
const MARK = '.running.pid';

export function markAsRunning(runDir: string): void {
  writeFileSync(join(runDir, MARK), `${process.pid}\n`);
}

export function markAsEnded(runDir: string): void {
  rmSync(join(runDir, MARK), { force: true });
}

/** Writes the report of each run that was killed before it could, from the evidence that it left. Returns their directories. */
export async function reportKilledRuns(reportsDir: string): Promise<string[]> {
  const killed = globSync(`*/${MARK}`, { cwd: reportsDir })
    .map((mark) => join(reportsDir, dirname(mark)))
    .filter((runDir) => !isAlive(Number(readFileSync(join(runDir, MARK), 'utf8'))));
  for (const runDir of killed) {
    markAsEnded(runDir);
    if (existsSync(join(runDir, 'verdict.json'))) await writeReport(new RunDirectory(runDir)).catch(() => {});
  }
  if (killed.length > 0) await writeRunList(reportsDir);
  return killed;
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    return process.kill(pid, 0);
  } catch (fault) {
    // Alive, and another user's.
    return (fault as NodeJS.ErrnoException).code === 'EPERM';
  }
}
