import { relative } from 'node:path';
import type { NamedRow } from '@plugfest/covering';
import type { Attempt, MatrixRun, RunEnd, RunHead } from '@plugfest/history';
import type { Sabotage } from '@plugfest/model';
import { type MatrixDefinition, type ScenarioDefinition, scenarioOfRow } from '@plugfest/scenario';
import { attemptOf, cpuMsSoFar } from './matrix-attempt.ts';
import type { MatrixDirectory } from './matrix-directory.ts';
import type { DurationHistory } from './matrix-schedule.ts';
import { MatrixTurns, type Turn } from './matrix-turns.ts';
import { runScenario } from './pipeline.ts';
import type { Progress } from './progress.ts';
import { duration, styleVerdict } from './terminal.ts';

/** How a row is run. */
export interface RowRunOptions {
  readonly reportsDir: string;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** What is broken on purpose in a row. */
  readonly sabotageOf: (values: NamedRow) => readonly Sabotage[];
  readonly digests: Readonly<Record<string, string>>;
  readonly commit: string;
}

export interface MatrixRunOptions extends RowRunOptions {
  /** Absent: all rows. */
  readonly budgetMs?: number;
  readonly history: DurationHistory;
}

/** Runs what is left of a matrix run, one row after another, and writes down each attempt at once. */
export async function runMatrix(
  definition: MatrixDefinition,
  directory: MatrixDirectory,
  run: MatrixRun,
  options: MatrixRunOptions,
): Promise<MatrixRun> {
  const { signal, history, budgetMs = Number.POSITIVE_INFINITY } = options;
  const turns = new MatrixTurns(run, history);
  const startedMs = performance.now();
  const leftMs = (): number => budgetMs - (performance.now() - startedMs);
  for (let turn = turns.take(leftMs()); turn && !signal.aborted; turn = turns.take(leftMs())) {
    const of = { ...run.head, rows: run.head.rows.length };
    const attempt = await attemptRow(definition, of, turn, directory.path, options);
    // An interrupted attempt has said nothing: `--resume` makes it again.
    if (signal.aborted) break;
    turns.end(attempt);
    directory.results.append(attempt);
    options.progress.say(lineOf(turn, attempt, turns, Math.min(turns.restMs, Math.max(0, leftMs()))));
  }
  return endRun(turns, directory, signal);
}

/** Writes down why a run ends. */
export function endRun(turns: MatrixTurns, directory: MatrixDirectory, signal: AbortSignal): MatrixRun {
  const why = signal.aborted ? 'interrupted' : turns.isOver ? 'all-rows' : 'budget-used';
  const end: RunEnd = { type: 'end', why, at: new Date().toISOString() };
  directory.results.append(end);
  return { head: turns.head, attempts: turns.attempts, end };
}

/** One row through the pipeline. `rows`: how many there are. `directory`: the matrix run's. */
export async function attemptRow(
  definition: MatrixDefinition,
  of: Pick<RunHead, 'matrix' | 'file' | 'strength'> & { readonly rows: number },
  { row: { number, values }, attempt }: Pick<Turn, 'row' | 'attempt'>,
  directory: string,
  { reportsDir, signal, progress, sabotageOf, digests, commit }: RowRunOptions,
): Promise<Attempt> {
  const name = Object.values(values)
    .join('+')
    .replace(/[^\w+.-]/g, '-');
  progress.begin(`${number}/${of.rows} ${name}`);
  const context = { values, attempt, digests, commit, directory };
  const scenario = scenarioOrReason(definition, values);
  if (typeof scenario === 'string') return brokenAttempt(scenario, context);
  const beforeMs = cpuMsSoFar();
  const verdict = await runScenario(
    // Short: a run's directory holds sockets, whose paths have 108 bytes.
    { id: `${of.matrix}/${number}`, path: of.file },
    {
      reportsDir,
      sabotage: sabotageOf(values),
      satisfied: false,
      signal,
      onStep: (text) => progress.step(text),
      given: {
        definition: scenario,
        row: values,
        command: `./plugfest matrix ${relative(process.cwd(), of.file)} --t ${of.strength} --row ${number}`,
      },
    },
  );
  const afterMs = cpuMsSoFar();
  const cpuMs = beforeMs === undefined || afterMs === undefined ? undefined : afterMs - beforeMs;
  return attemptOf(verdict, { ...context, cpuMs });
}

/** A row whose scenario cannot be made is that row's error; the others still run. */
function scenarioOrReason(definition: MatrixDefinition, values: NamedRow): ScenarioDefinition | string {
  try {
    return scenarioOfRow(definition, values);
  } catch (error) {
    return `the matrix has no scenario for this row: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** An attempt that came to no run of its own. */
export function brokenAttempt(
  reason: string,
  {
    values,
    attempt,
    digests,
    commit,
  }: Pick<RowRunOptions, 'digests' | 'commit'> & { readonly values: NamedRow; readonly attempt: number },
): Attempt {
  return {
    type: 'attempt',
    values: { ...values },
    attempt,
    verdict: 'error',
    reason,
    failed: [],
    startedAt: new Date().toISOString(),
    durationMs: 0,
    seed: 0,
    report: '',
    versions: { plugfest: commit },
    digests: { ...digests },
    params: {},
    quality: {},
    findings: [],
  };
}

export function lineOf(
  { row: { number, values } }: Turn,
  { verdict, reason, failed, durationMs, attempt, worker }: Attempt,
  turns: MatrixTurns,
  restMs: number,
): string {
  const why = verdict === 'pass' ? '' : `: ${reason?.split('\n')[0] ?? failed[0] ?? ''}`;
  const again = turns.head.repeats > 1 ? ` attempt ${attempt}` : '';
  const by = worker === undefined ? '' : ` by ${worker}`;
  const eta = `${turns.attempts.length}/${turns.planned} done, about ${duration(restMs)} to go`;
  return `${styleVerdict(verdict)} row ${number}${again} ${Object.values(values).join(', ')} (${duration(durationMs)}${by})${why} – ${eta}`;
}
