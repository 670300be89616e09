import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';
import { type MatrixRun, RunFile, readRunFile } from '@plugfest/history';

/** A matrix run's file. */
export const RESULTS = 'results.jsonl';

/** A matrix run on disk: its directory below the reports, with `results.jsonl`. */
export class MatrixDirectory {
  readonly path: string;
  readonly results: RunFile;

  constructor(path: string) {
    this.path = path;
    this.results = new RunFile(join(path, RESULTS));
  }

  /** Undefined where there is none that can be read. */
  readIfAny(): MatrixRun | undefined {
    return readRunFile(this.results.path);
  }

  write({ head, attempts, end }: MatrixRun): void {
    this.results.begin(head);
    for (const attempt of attempts) this.results.append(attempt);
    if (end) this.results.append(end);
  }
}

/** Unique by the second, and sorts by time; the name of its directory. */
export function runIdOf(matrix: string, startedAt: Date): string {
  const stamp = startedAt.toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
  return `matrix-${matrix.replaceAll('/', '-')}-${stamp}`;
}

/** The runs of a matrix that are in these reports, the latest first; what cannot be read is not there. */
export function matrixRunsIn(
  reportsDir: string,
  matrix: string,
): { readonly directory: MatrixDirectory; readonly run: MatrixRun }[] {
  if (!existsSync(reportsDir)) return [];
  return globSync(`matrix-*/${RESULTS}`, { cwd: reportsDir })
    .flatMap((file) => {
      const run = readRunFile(join(reportsDir, file));
      const directory = new MatrixDirectory(join(reportsDir, file, '..'));
      return run?.head.matrix === matrix ? [{ directory, run }] : [];
    })
    .sort((a, b) => b.run.head.startedAt.localeCompare(a.run.head.startedAt));
}
