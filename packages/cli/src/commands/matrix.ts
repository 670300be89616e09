import { basename, join, relative, resolve } from 'node:path';
import { faultInWords, type Model, type NamedRow, readPictModel } from '@plugfest/covering';
import { interruption } from '@plugfest/host';
import { EXIT } from '@plugfest/model';
import { loadMatrix, type MatrixDefinition, matrixModel } from '@plugfest/scenario';
import { parseDurationMs } from '../duration.ts';
import { headline } from '../matrix-pages.ts';
import { checkPlan, listExcluded, type MatrixPlan, type PlanOptions, planMatrix } from '../matrix-plan.ts';
import { createRecordDirectory, type MatrixRecord, recordsOf, type StoredRecord } from '../matrix-record.ts';
import { type MatrixRunOptions, runMatrix } from '../matrix-run.ts';
import { DurationHistory } from '../matrix-schedule.ts';
import { readSeeding, readText } from '../matrix-seeding.ts';
import { exitCodeOfMatrix, heatMapOf, summarise } from '../matrix-summary.ts';
import { runMatrixWithWorkers } from '../matrix-workers.ts';
import { SCENARIOS_ROOT } from '../paths.ts';
import { BadUse } from '../pipeline.ts';
import { Progress } from '../progress.ts';
import { duration, style, styleVerdict, table } from '../terminal.ts';

export interface MatrixOptions {
  readonly plan: boolean;
  readonly json: boolean;
  readonly t: string;
  readonly budget?: string;
  readonly seed: string;
  readonly seeding?: string;
  readonly shard?: string;
  readonly row: readonly string[];
  readonly resume: boolean;
  readonly workers?: string;
  readonly gate: string;
  readonly reports: string;
  readonly check: boolean;
  readonly listExcluded: boolean;
  readonly valueSeparator: string;
  readonly aliasSeparator: string;
  readonly negativePrefix: string;
  readonly caseSensitive: boolean;
}

/** Plans a matrix, or runs it. Returns the exit code. @throws BadUse */
export async function matrix(file: string, options: MatrixOptions): Promise<number> {
  if (file.endsWith(SUFFIX)) {
    const definition = await loadMatrix(file);
    const model = matrixModel(definition);
    return options.plan ? printPlan(model, options) : runRows(file, definition, model, options);
  }
  if (!options.plan) throw new BadUse(`${file} is a PICT model, which can only be planned: add --plan`);
  return printPlan(readModel(file, options), options);
}

const SUFFIX = '.matrix.ts';

async function runRows(
  file: string,
  definition: MatrixDefinition,
  model: Model,
  options: MatrixOptions,
): Promise<number> {
  using interrupted = interruption();
  const reportsDir = resolve(options.reports);
  const id = idOf(file);
  const earlier = recordsOf(reportsDir, id);
  const history = new DurationHistory((definition.secondsPerRow ?? SECONDS_PER_ROW) * 1000);
  for (const { record } of earlier) {
    for (const { values, outcome } of record.rows)
      if (outcome && outcome.verdict !== 'not-run') history.add(values, outcome.durationMs);
  }
  const unfinished = options.resume ? earlier.find(({ record }) => record.ended !== 'all-rows') : undefined;
  if (options.resume && !unfinished) throw new BadUse(`--resume: no run of ${id} in ${options.reports} has rows left`);
  const stored = unfinished ?? newRecord(file, id, definition, model, reportsDir, options);
  const workers = options.workers === undefined ? 0 : wholeNumber('--workers', options.workers, 1, 1000);
  const how: MatrixRunOptions = {
    reportsDir,
    budgetMs: options.budget === undefined ? undefined : parseDurationMs('--budget', options.budget),
    history,
    signal: interrupted.signal,
    progress: new Progress(),
  };
  const record =
    workers === 0
      ? await runMatrix(definition, stored, how)
      : await runMatrixWithWorkers(definition, stored, {
          ...how,
          workers,
          databaseUrl: process.env.PLUGFEST_DATABASE_URL || undefined,
        });
  const summary = summarise(record);
  const page = relative(process.cwd(), join(stored.directory, 'index.html'));
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ ...summary, gate: options.gate, reportDir: stored.directory, ...record }, null, 2)}\n`
      : `\n${heatMapInWords(record)}\n\n${headline(record)}\nReport: ${page}\n`,
  );
  return interrupted.signal.aborted
    ? EXIT.interrupted
    : exitCodeOfMatrix(summary, options.gate === 'all' ? 'all' : 'failures');
}

/** Where neither the matrix nor any report says how long a row takes. */
const SECONDS_PER_ROW = 25;

function idOf(file: string): string {
  const inside = relative(SCENARIOS_ROOT, resolve(file));
  return (inside.startsWith('..') ? basename(file) : inside).slice(0, -SUFFIX.length);
}

function newRecord(
  file: string,
  id: string,
  definition: MatrixDefinition,
  model: Model,
  reportsDir: string,
  options: MatrixOptions,
): StoredRecord {
  if (options.gate !== 'failures' && options.gate !== 'all')
    throw new BadUse(`--gate: “${options.gate}” is neither failures nor all`);
  const plan = planMatrix(model, planOptions(options));
  const chosen = rowsOf(plan, options);
  const startedAt = new Date();
  const [first = '', second = first] = Object.keys(definition.axes);
  const record: MatrixRecord = {
    version: 1,
    matrix: id,
    file: resolve(file),
    title: definition.title,
    strength: plan.strength,
    seed: Number(options.seed),
    startedAt: startedAt.toISOString(),
    heatMap: [...(definition.heatMap ?? [first, second])],
    tuples: plan.tuples,
    excluded: plan.excluded,
    ended: 'going-on',
    rows: chosen.map(({ number, row }) => ({ number, values: { ...row } })),
  };
  return { directory: createRecordDirectory(reportsDir, id, startedAt), record };
}

/** The rows of this shard, or those that are named; numbered as in the whole plan. */
function rowsOf(plan: MatrixPlan, options: MatrixOptions): { readonly number: number; readonly row: NamedRow }[] {
  const numbered = plan.rows.map((row, index) => ({ number: index + 1, row }));
  const inShard = new Set(shardOf(plan, options.shard).rows);
  const named = options.row.map((text) => wholeNumber('--row', text, 1, plan.rows.length));
  return numbered.filter(({ number, row }) => inShard.has(row) && (named.length === 0 || named.includes(number)));
}

function heatMapInWords(record: MatrixRecord): string {
  const { down, across, cells } = heatMapOf(record);
  const heads = [`${record.heatMap[0]} ↓ ${record.heatMap[1]} →`, ...across].map((name) =>
    style('bold', name, process.stdout),
  );
  const lines = down.map((name, at) => [
    name,
    ...(cells[at] ?? []).map(({ worst, passed, judged }) =>
      worst === undefined ? '' : judged > 0 ? `${styleVerdict(worst, process.stdout)} ${passed}/${judged}` : worst,
    ),
  ]);
  return table([heads, ...lines]);
}

function readModel(file: string, options: MatrixOptions): Model {
  const model = readPictModel(readText(file), { ...options, isCaseSensitive: options.caseSensitive });
  if (!model.ok) throw new BadUse(faultInWords(file, model.error));
  return model.value;
}

/** What planning is given, in a run too. */
function planOptions(options: MatrixOptions): PlanOptions {
  return {
    strength: wholeNumber('--t', options.t, 1, 4),
    seed: wholeNumber('--seed', options.seed, 0, 2 ** 32 - 1),
    seeding: options.seeding === undefined ? [] : readSeeding(options.seeding),
    onNote: note,
  };
}

function note(text: string): void {
  process.stderr.write(`${style('yellow', 'note:')} ${text}\n`);
}

function printPlan(model: Model, options: MatrixOptions): number {
  const plan = planMatrix(model, {
    ...planOptions(options),
    budgetMs: options.budget === undefined ? undefined : parseDurationMs('--budget', options.budget),
    onBetter: (rows) => process.stderr.isTTY && process.stderr.write(`\r${rows} rows …\u001b[K`),
  });
  if (process.stderr.isTTY && options.budget !== undefined) process.stderr.write('\r\u001b[K');
  const shown = shardOf(plan, options.shard);
  const check = options.check ? checkPlan(model, plan) : undefined;
  const excludedTuples = options.listExcluded ? listExcluded(model, plan) : undefined;
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ ...shown, ...(excludedTuples && { excludedTuples }), ...(check && { check }) }, null, 2)}\n`
      : inWords(model, shown, plan, excludedTuples),
  );
  for (const objection of check?.objections ?? []) note(`the checker: ${objection}`);
  if (check && check.objections.length === 0 && !options.json)
    process.stderr.write(`${style('green', 'checked:')} the independent checker found the same\n`);
  return check && check.objections.length > 0 ? EXIT.failed : EXIT.pass;
}

type ShownPlan = Omit<MatrixPlan, 'cover'>;

/** Every n-th row: the first rows cover most, so that each shard has its share of them. */
function shardOf(
  { cover: _, ...plan }: MatrixPlan,
  shard: string | undefined,
): ShownPlan & { readonly shard?: string } {
  if (shard === undefined) return plan;
  const match = /^(\d+)\/(\d+)$/.exec(shard);
  const [index, count] = [Number(match?.[1]), Number(match?.[2])];
  if (!match || index < 1 || index > count)
    throw new BadUse(`--shard: “${shard}” is not i/n with i from 1 to n, e.g. 2/4`);
  return { ...plan, rows: plan.rows.filter((_, at) => at % count === index - 1), shard };
}

const TUPLES = ['values', 'pairs', 'triples', 'quadruples'] as const;

function inWords(
  model: Model,
  shown: ShownPlan,
  plan: MatrixPlan,
  excluded?: readonly Record<string, string>[],
): string {
  const names = model.parameters.map(({ name }) => name);
  const heads = ['', ...names].map((name) => style('bold', name, process.stdout));
  const rows = shown.rows.map((row, index) => [String(index + 1), ...names.map((name) => row[name] ?? '')]);
  const tuples = model.subModels.length > 0 ? 'combinations' : TUPLES[plan.strength - 1];
  const part = shown.rows.length < plan.rows.length ? ` of ${plan.rows.length}` : '';
  const sum = `${shown.rows.length}${part} rows cover ${plan.covered} of ${plan.tuples} ${tuples}; ${plan.excluded} are impossible (${duration(plan.elapsedMs)})`;
  const list = (excluded ?? []).map(
    (tuple) =>
      `  impossible: ${Object.entries(tuple)
        .map(([name, value]) => `${name} = ${value}`)
        .join(', ')}\n`,
  );
  return `${table([heads, ...rows])}\n\n${list.join('')}${sum}\n`;
}

function wholeNumber(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < least || value > most)
    throw new BadUse(`${option}: “${text}” is not a whole number from ${least} to ${most}`);
  return value;
}
