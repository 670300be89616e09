import { basename, join, relative, resolve } from 'node:path';
import { type CellResult, type CellSpec, followRun, type LabService, openLab, WorkerPool } from '@plugfest/lab';
import type { MatrixDefinition } from '@plugfest/scenario';
import { z } from 'zod';
import {
  type MatrixRecord,
  type RowOutcome,
  rowOutcomeSchema,
  type StoredRecord,
  writeRecord,
} from './matrix-record.ts';
import {
  beginMatrix,
  countCombinations,
  lineOfRow,
  type MatrixRunOptions,
  type RecordRow,
  writeMatrixReports,
} from './matrix-run.ts';
import { type DurationHistory, nextRow } from './matrix-schedule.ts';
import { labDirectoryOf, PROJECT_ROOT } from './paths.ts';

/** What a cell's process is given of its row. */
export const rowPayloadSchema = z.object({
  /** From the project's root, where it is inside: another machine has its checkout elsewhere. */
  file: z.string(),
  matrix: z.string(),
  strength: z.number().int(),
  rows: z.number().int(),
  number: z.number().int(),
  values: z.record(z.string(), z.string()),
  /** The matrix's directory within the reports. */
  directory: z.string(),
});
export type RowPayload = z.infer<typeof rowPayloadSchema>;

export interface WorkersOptions extends MatrixRunOptions {
  readonly workers: number;
  readonly databaseUrl?: string;
}

/** The same as `runMatrix`, by worker processes that lease rows from the lab's store: those of this machine, and whoever else works on the store. */
export async function runMatrixWithWorkers(
  definition: MatrixDefinition,
  stored: StoredRecord,
  options: WorkersOptions,
): Promise<MatrixRecord> {
  const { record, directory } = stored;
  const { signal, reportsDir, databaseUrl, progress, workers, budgetMs = Number.POSITIVE_INFINITY } = options;
  const startedMs = performance.now();
  const leftMs = (): number => budgetMs - (performance.now() - startedMs);
  await beginMatrix(stored, reportsDir);
  await using lab = await openLab({ directory: labDirectoryOf(reportsDir), databaseUrl, mayOwn: true });
  const run = basename(directory);
  await lab.service.addRun({
    id: run,
    title: record.title,
    detail: { matrix: record.matrix, heatMap: record.heatMap },
  });
  await lab.service.reopen(run);
  const plan = new RowPlan(definition, stored, lab.service, options.history);
  if (budgetMs === Number.POSITIVE_INFINITY) await plan.addAll();
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
      const row = plan.take(result);
      if (row) progress.say(lineOfRow(row, record, plan.restMs() / workers));
    },
    onLook: async ({ waiting, leased }) => {
      if (pool.isEmpty) throw new Error('every worker of this machine ended again and again; what they said is above');
      if (budgetMs < Number.POSITIVE_INFINITY) await plan.addWithin(leftMs(), workers + 1 - waiting - leased);
      if (leftMs() <= 0) await lab.service.withdraw(run);
      return waiting + leased === 0 && plan.isExhausted(leftMs()) ? 'end' : 'go-on';
    },
  });
  if (signal.aborted) await lab.service.withdraw(run);
  const isOpen = record.rows.some(({ outcome }) => !outcome);
  record.ended = signal.aborted ? 'interrupted' : isOpen ? 'budget-used' : 'all-rows';
  if (!isOpen) await lab.service.endRun(run);
  writeRecord(directory, record);
  await writeMatrixReports(stored, reportsDir);
  return record;
}

/** The rows of a record as cells of the lab. */
class RowPlan {
  readonly #definition: MatrixDefinition;
  readonly #stored: StoredRecord;
  readonly #lab: LabService;
  readonly #history: DurationHistory;
  readonly #had = new Set<string>();
  readonly #added = new Set<RecordRow>();

  constructor(definition: MatrixDefinition, stored: StoredRecord, lab: LabService, history: DurationHistory) {
    this.#definition = definition;
    this.#stored = stored;
    this.#lab = lab;
    this.#history = history;
    const { rows, strength } = stored.record;
    for (const { values, outcome } of rows) if (outcome) countCombinations(this.#had, values, strength);
  }

  /** All open rows, the most telling first. */
  async addAll(): Promise<void> {
    const rows: RecordRow[] = [];
    for (let row = this.#choose(Number.POSITIVE_INFINITY); row; row = this.#choose(Number.POSITIVE_INFINITY))
      rows.push(row);
    const cells = rows.map((row, index) => this.#cellOf(row, rows.length - index));
    await this.#lab.addCells(this.#run, cells);
  }

  /** So many rows more, of those that fit. */
  async addWithin(leftMs: number, count: number): Promise<void> {
    for (let n = 0; n < count; n++) {
      const row = this.#choose(leftMs);
      if (row)
        await this.#lab.addCells(this.#run, [this.#cellOf(row, this.#stored.record.rows.length - this.#added.size)]);
    }
  }

  isExhausted(leftMs: number): boolean {
    return this.#next(leftMs) === undefined;
  }

  restMs(): number {
    const open = this.#stored.record.rows.filter(({ outcome }) => !outcome);
    return open.reduce((sum, { values }) => sum + this.#history.estimateMs(values), 0);
  }

  /** What came of a row goes into the record. Undefined: the record had it already. */
  take(result: CellResult): RecordRow | undefined {
    const { record, directory } = this.#stored;
    const row = record.rows.find(({ values }) => keyOf(values) === result.key);
    if (!row || row.outcome) return undefined;
    row.outcome = outcomeOf(result);
    if (row.outcome.verdict !== 'not-run') this.#history.add(row.values, row.outcome.durationMs);
    writeRecord(directory, record);
    return row;
  }

  get #run(): string {
    return basename(this.#stored.directory);
  }

  #choose(leftMs: number): RecordRow | undefined {
    const row = this.#next(leftMs);
    if (!row) return undefined;
    this.#added.add(row);
    countCombinations(this.#had, row.values, this.#stored.record.strength);
    return row;
  }

  #next(leftMs: number): RecordRow | undefined {
    const { rows, strength } = this.#stored.record;
    const open = rows.filter((row) => !row.outcome && !this.#added.has(row));
    const values = open.map((row) => row.values);
    const chosen = nextRow(values, this.#had, strength, this.#history, leftMs);
    return chosen === undefined ? undefined : open[chosen];
  }

  #cellOf({ number, values }: RecordRow, priority: number): CellSpec {
    const { file, matrix, strength, rows } = this.#stored.record;
    const inside = relative(PROJECT_ROOT, resolve(file));
    const payload: RowPayload = {
      file: inside.startsWith('..') ? resolve(file) : inside,
      matrix,
      strength,
      rows: rows.length,
      number,
      values,
      directory: basename(this.#stored.directory),
    };
    const { needs, setup } = this.#definition;
    return { key: keyOf(values), priority, needs: needs?.(values) ?? [], setup: setup?.(values) ?? '', payload };
  }
}

/** The same for the same combination in every night. */
function keyOf(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([axis, value]) => `${axis}=${value}`)
    .join('; ');
}

/** The row's own outcome, under the verdict that the lab gave: on a worker that was not well, a failure is the harness's. */
function outcomeOf({ verdict, reason, durationMs, detail }: CellResult): RowOutcome {
  const said = rowOutcomeSchema.safeParse(detail);
  if (!said.success) return { verdict, runId: '', report: '', seed: 0, durationMs, reason, failed: [] };
  return said.data.verdict === verdict ? said.data : { ...said.data, verdict, ...(reason ? { reason } : {}) };
}
