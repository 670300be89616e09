import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { NamedRow } from '@plugfest/covering';
import { writeRunList } from '@plugfest/report';
import { type MatrixDefinition, type ScenarioDefinition, scenarioOfRow } from '@plugfest/scenario';
import { renderMatrixJunit, renderMatrixMarkdown, renderMatrixPage } from './matrix-pages.ts';
import { type MatrixRecord, type RowOutcome, type StoredRecord, writeRecord } from './matrix-record.ts';
import { combinationsOf, type DurationHistory, nextRow } from './matrix-schedule.ts';
import { runScenario } from './pipeline.ts';
import type { Progress } from './progress.ts';
import { reportKilledRuns } from './running-mark.ts';
import { duration, styleVerdict } from './terminal.ts';

export interface MatrixRunOptions {
  readonly reportsDir: string;
  /** Absent: all rows. */
  readonly budgetMs?: number;
  readonly history: DurationHistory;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** Runs the rows of a record that have no outcome, the most telling first, one after another, and writes what came of each at once. */
export async function runMatrix(
  definition: MatrixDefinition,
  stored: StoredRecord,
  options: MatrixRunOptions,
): Promise<MatrixRecord> {
  const { record, directory } = stored;
  const { signal, history, reportsDir, budgetMs = Number.POSITIVE_INFINITY } = options;
  await beginMatrix(stored, reportsDir);
  const startedMs = performance.now();
  const leftMs = (): number => budgetMs - (performance.now() - startedMs);
  const had = new Set<string>();
  for (const row of record.rows) if (row.outcome) countCombinations(had, row.values, record.strength);
  for (;;) {
    const open = record.rows.filter(({ outcome }) => !outcome);
    const chosen = nextRow(
      open.map(({ values }) => values),
      had,
      record.strength,
      history,
      leftMs(),
    );
    const row = chosen === undefined ? undefined : open[chosen];
    if (row === undefined || signal.aborted) {
      record.ended = signal.aborted ? 'interrupted' : open.length > 0 ? 'budget-used' : 'all-rows';
      break;
    }
    const outcome = await runRow(definition, { ...record, rows: record.rows.length }, row, directory, options);
    // An interrupted row has said nothing: `--resume` runs it again.
    if (signal.aborted) continue;
    row.outcome = outcome;
    countCombinations(had, row.values, record.strength);
    // What was not run took no time, and tells none.
    if (outcome.verdict !== 'not-run') history.add(row.values, outcome.durationMs);
    writeRecord(directory, record);
    const rest = open.filter((each) => each !== row).reduce((sum, each) => sum + history.estimateMs(each.values), 0);
    options.progress.say(lineOfRow(row, record, Math.min(rest, Math.max(0, leftMs()))));
  }
  writeRecord(directory, record);
  await writeMatrixReports(stored, reportsDir);
  return record;
}

/** What is to be done before a matrix goes on. */
export async function beginMatrix({ record, directory }: StoredRecord, reportsDir: string): Promise<void> {
  mkdirSync(reportsDir, { recursive: true });
  await reportKilledRuns(reportsDir);
  record.ended = 'going-on';
  writeRecord(directory, record);
}

/** The pages of a matrix that has ended. */
export async function writeMatrixReports({ record, directory }: StoredRecord, reportsDir: string): Promise<void> {
  writeFileSync(join(directory, 'matrix.md'), renderMatrixMarkdown(record));
  writeFileSync(join(directory, 'junit.xml'), renderMatrixJunit(record));
  writeFileSync(join(directory, 'index.html'), renderMatrixPage(record));
  await writeRunList(reportsDir);
}

export type RecordRow = MatrixRecord['rows'][number];

export function countCombinations(had: Set<string>, row: NamedRow, strength: number): void {
  for (const combination of combinationsOf(row, strength)) had.add(combination);
}

/** One row through the pipeline. `rows`: how many there are. */
export async function runRow(
  definition: MatrixDefinition,
  record: Pick<MatrixRecord, 'matrix' | 'file' | 'strength'> & { readonly rows: number },
  { number, values }: RecordRow,
  directory: string,
  { reportsDir, signal, progress }: Pick<MatrixRunOptions, 'reportsDir' | 'signal' | 'progress'>,
): Promise<RowOutcome> {
  const name = Object.values(values)
    .join('+')
    .replace(/[^\w+.-]/g, '-');
  progress.begin(`${number}/${record.rows} ${name}`);
  const scenario = scenarioOrReason(definition, values);
  if (typeof scenario === 'string')
    return { verdict: 'error', runId: '', report: '', seed: 0, durationMs: 0, reason: scenario, failed: [] };
  const verdict = await runScenario(
    // Short: a run's directory holds sockets, whose paths have 108 bytes.
    { id: `${record.matrix}/${number}`, path: record.file },
    {
      reportsDir,
      sabotage: [],
      satisfied: false,
      signal,
      onStep: (text) => progress.step(text),
      given: {
        definition: scenario,
        command: `./plugfest matrix ${relative(process.cwd(), record.file)} --t ${record.strength} --row ${number}`,
      },
    },
  );
  const bad = verdict.checks.filter((check) => check.level === 'must' && check.verdict !== 'pass');
  return {
    verdict: verdict.verdict,
    runId: verdict.id,
    report: relative(directory, join(verdict.reportDir, 'index.html')),
    seed: verdict.seed,
    durationMs: verdict.durationMs,
    ...(verdict.reason ? { reason: verdict.reason } : {}),
    failed: bad.map((check) => `${check.title}: ${check.measured} (limit: ${check.limit})`),
  };
}

/** A row whose scenario cannot be made is that row's error; the others still run. */
function scenarioOrReason(definition: MatrixDefinition, values: NamedRow): ScenarioDefinition | string {
  try {
    return scenarioOfRow(definition, values);
  } catch (error) {
    return `the matrix has no scenario for this row: ${error instanceof Error ? error.message : String(error)}`;
  }
}

export function lineOfRow({ number, values, outcome }: RecordRow, record: MatrixRecord, restMs: number): string {
  const done = record.rows.filter((row) => row.outcome).length;
  const why = outcome?.verdict === 'pass' ? '' : `: ${outcome?.reason?.split('\n')[0] ?? outcome?.failed[0] ?? ''}`;
  const eta = `${done}/${record.rows.length} done, about ${duration(restMs)} to go`;
  return `${styleVerdict(outcome?.verdict ?? 'error')} row ${number} ${Object.values(values).join(', ')} (${duration(outcome?.durationMs ?? 0)})${why} – ${eta}`;
}
