import { basename, join, relative, resolve } from 'node:path';
import { type Attempt, attemptSchema, type MatrixRun } from '@plugfest/history';
import { type CellResult, type CellSpec, followRun, openLab, WorkerPool } from '@plugfest/lab';
import { describeEnvironment, type MatrixDefinition } from '@plugfest/scenario';
import { z } from 'zod';
import type { MatrixDirectory } from './matrix-directory.ts';
import { brokenAttempt, endRun, lineOf, type MatrixRunOptions } from './matrix-run.ts';
import { MatrixTurns, type Turn } from './matrix-turns.ts';
import { labDirectoryOf, PROJECT_ROOT } from './paths.ts';
import { rowNeeds } from './row-needs.ts';
import { VERSION } from './version.ts';

/** What a cell's process is given of its row. */
export const rowPayloadSchema = z.object({
  /** From the project's root, where it is inside: another machine has its checkout elsewhere. */
  file: z.string(),
  matrix: z.string(),
  strength: z.number().int(),
  rows: z.number().int(),
  number: z.number().int(),
  attempt: z.number().int(),
  values: z.record(z.string(), z.string()),
  sabotage: z.array(z.string()),
  /** The matrix's directory within the reports. */
  directory: z.string(),
});
export type RowPayload = z.infer<typeof rowPayloadSchema>;

export interface WorkersOptions extends MatrixRunOptions {
  readonly workers: number;
  readonly databaseUrl?: string;
  /** As the command line says it. */
  readonly sabotage: readonly string[];
}

/** The same as `runMatrix`, by worker processes that lease rows from the lab's store: those of this machine, and whoever else works on the store. */
export async function runMatrixWithWorkers(
  definition: MatrixDefinition,
  directory: MatrixDirectory,
  matrixRun: MatrixRun,
  options: WorkersOptions,
): Promise<MatrixRun> {
  const { signal, reportsDir, databaseUrl, progress, workers, budgetMs = Number.POSITIVE_INFINITY } = options;
  const { head } = matrixRun;
  const startedMs = performance.now();
  const leftMs = (): number => budgetMs - (performance.now() - startedMs);
  await using lab = await openLab({ directory: labDirectoryOf(reportsDir), databaseUrl, mayOwn: true });
  const run = basename(directory.path);
  await lab.service.addRun({ id: run, title: head.title, detail: { matrix: head.matrix, heatMap: head.heatMap } });
  await lab.service.reopen(run);
  const turns = new MatrixTurns(matrixRun, options.history);
  const environment = await describeEnvironment(VERSION);
  let priority = turns.planned;
  const add = async (most: number, fitMs: number): Promise<void> => {
    const cells: CellSpec[] = [];
    while (cells.length < most) {
      const turn = turns.take(fitMs);
      if (!turn) break;
      const needs = rowNeeds(definition, turn.row.values, environment);
      cells.push({ ...cellOf(turn, definition, matrixRun, options), needs, priority: priority-- });
    }
    await lab.service.addCells(run, cells);
  };
  if (budgetMs === Number.POSITIVE_INFINITY) await add(Number.POSITIVE_INFINITY, budgetMs);
  await using pool = new WorkerPool({
    count: workers,
    command: process.execPath,
    parameters: (name) => [
      ...process.execArgv,
      join(import.meta.dirname, 'main.ts'),
      ...['lab', 'work', '--name', `${run}-${name}`, '--reports', reportsDir],
    ],
    onNote: (text) => progress.say(`note: ${text}`),
  });
  await followRun(lab.service, {
    run,
    signal,
    onResult: (result) => {
      const turn = turns.openTurn(result.key);
      if (!turn) return;
      const attempt = attemptOfResult(result, turn, options);
      turns.end(attempt);
      directory.results.append(attempt);
      progress.say(lineOf(turn, attempt, turns, turns.restMs / workers));
    },
    onLook: async ({ waiting, leased }) => {
      if (pool.isEmpty) throw new Error('every worker of this machine ended again and again; what they said is above');
      const room = workers + 1 - waiting - leased;
      if (budgetMs < Number.POSITIVE_INFINITY && room > 0) await add(room, leftMs());
      if (leftMs() <= 0) await lab.service.withdraw(run);
      return waiting + leased === 0 && turns.isExhausted(leftMs()) ? 'end' : 'go-on';
    },
  });
  if (signal.aborted) await lab.service.withdraw(run);
  if (turns.isOver) await lab.service.endRun(run);
  return endRun(turns, directory, signal);
}

function cellOf(
  { row, attempt, key }: Turn,
  { setup }: MatrixDefinition,
  { head: { file, matrix, strength, rows, directory } }: MatrixRun,
  { sabotage }: WorkersOptions,
): Omit<CellSpec, 'needs' | 'priority'> {
  const inside = relative(PROJECT_ROOT, resolve(file));
  const payload: RowPayload = {
    file: inside.startsWith('..') ? resolve(file) : inside,
    matrix,
    strength,
    rows: rows.length,
    number: row.number,
    attempt,
    values: { ...row.values },
    sabotage: [...sabotage],
    directory,
  };
  return { key, setup: setup?.(row.values) ?? '', payload };
}

/** The row's own attempt, under the verdict that the lab gave: on a worker that was not well, a failure is the harness's. */
function attemptOfResult(
  { verdict, reason, durationMs, detail, worker }: CellResult,
  { row: { values }, attempt }: Turn,
  { digests, commit }: MatrixRunOptions,
): Attempt {
  const said = attemptSchema.safeParse(detail);
  if (!said.success) {
    const why = reason ?? 'its process said nothing';
    return { ...brokenAttempt(why, { values, attempt, digests, commit }), verdict, durationMs, worker };
  }
  if (said.data.verdict === verdict) return { ...said.data, worker };
  return { ...said.data, verdict, worker, ...(reason ? { reason } : {}) };
}
