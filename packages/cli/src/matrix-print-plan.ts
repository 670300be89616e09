import { faultInWords, type Model, type NamedRow, readPictModel } from '@plugfest/covering';
import { EXIT } from '@plugfest/model';
import { BadUse } from './bad-use.ts';
import { parseDurationMs } from './duration.ts';
import { checkPlan, listExcluded, type MatrixPlan, type PlanOptions, planMatrix, wholeNumber } from './matrix-plan.ts';
import type { DurationHistory } from './matrix-schedule.ts';
import { readSeeding, readText } from './matrix-seeding.ts';
import { duration, style, table } from './terminal.ts';

/** What a plan is printed with. */
export interface PlanCommandOptions {
  readonly json: boolean;
  readonly t: string;
  readonly budget?: string;
  readonly seed: string;
  readonly seeding?: string;
  readonly shard?: string;
  readonly check: boolean;
  readonly listExcluded: boolean;
  readonly valueSeparator: string;
  readonly aliasSeparator: string;
  readonly negativePrefix: string;
  readonly caseSensitive: boolean;
}

/** @throws BadUse */
export function readModel(file: string, options: PlanCommandOptions): Model {
  const model = readPictModel(readText(file), { ...options, isCaseSensitive: options.caseSensitive });
  if (!model.ok) throw new BadUse(faultInWords(file, model.error));
  return model.value;
}

/** Of `--seeding`: the rows of the latest run, where the history has one. */
export const LATEST = 'latest';

/** What planning is given, in a run too. @param latest rows of the latest run */
export function planOptions(options: PlanCommandOptions, latest: readonly NamedRow[] = []): PlanOptions {
  const { seeding } = options;
  return {
    strength: wholeNumber('--t', options.t, 1, 4),
    seed: wholeNumber('--seed', options.seed, 0, 2 ** 32 - 1),
    seeding: seeding === LATEST ? latest : seeding === undefined ? [] : readSeeding(seeding),
    onNote: note,
  };
}

function note(text: string): void {
  process.stderr.write(`${style('yellow', 'note:')} ${text}\n`);
}

/** Plans, and prints it; with estimates of how long its rows take, where they can be run. Returns the exit code. */
export function printPlan(
  model: Model,
  options: PlanCommandOptions,
  estimates?: DurationHistory,
  latest?: readonly NamedRow[],
): number {
  const plan = planMatrix(model, {
    ...planOptions(options, latest),
    budgetMs: options.budget === undefined ? undefined : parseDurationMs('--budget', options.budget),
    onBetter: (rows) => process.stderr.isTTY && process.stderr.write(`\r${rows} rows …\u001b[K`),
  });
  if (process.stderr.isTTY && options.budget !== undefined) process.stderr.write('\r\u001b[K');
  const { rows, shard } = shardOf(plan, options.shard);
  const check = options.check ? checkPlan(model, plan) : undefined;
  const excludedTuples = options.listExcluded ? listExcluded(model, plan) : undefined;
  const estimatedMs = estimates && rows.reduce((sum, row) => sum + estimates.estimateMs(row), 0);
  const { cover: _, ...said } = plan;
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ ...said, rows, ...(shard && { shard: options.shard }), ...(estimatedMs !== undefined && { estimatedMs }), ...(excludedTuples && { excludedTuples }), ...(check && { check }) }, null, 2)}\n`
      : inWords(model, rows, plan, excludedTuples) + timeInWords(estimatedMs, estimates),
  );
  for (const objection of check?.objections ?? []) note(`the checker: ${objection}`);
  if (check && check.objections.length === 0 && !options.json)
    process.stderr.write(`${style('green', 'checked:')} the independent checker found the same\n`);
  return check && check.objections.length > 0 ? EXIT.failed : EXIT.pass;
}

function timeInWords(estimatedMs: number | undefined, estimates: DurationHistory | undefined): string {
  if (estimatedMs === undefined || !estimates) return '';
  const source =
    estimates.samples > 0 ? `${estimates.samples} earlier attempts` : 'the matrix’s own guess: nothing of it ran yet';
  return `about ${(estimatedMs / 60_000).toFixed(1)} min on one machine, by ${source}\n`;
}

/** A part of a plan's rows. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** Every n-th row: the first rows cover most, so that each shard has its share of them. @throws BadUse */
export function shardOf(
  { rows }: MatrixPlan,
  text: string | undefined,
): { readonly rows: readonly NamedRow[]; readonly shard?: Shard } {
  if (text === undefined) return { rows };
  const match = /^(\d+)\/(\d+)$/.exec(text);
  const [index, count] = [Number(match?.[1]), Number(match?.[2])];
  if (!match || index < 1 || index > count)
    throw new BadUse(`--shard: “${text}” is not i/n with i from 1 to n, e.g. 2/4`);
  return { rows: rows.filter((_, at) => at % count === index - 1), shard: { index, count } };
}

const TUPLES = ['values', 'pairs', 'triples', 'quadruples'] as const;

function inWords(
  model: Model,
  rows: readonly NamedRow[],
  plan: MatrixPlan,
  excluded: readonly Record<string, string>[] = [],
): string {
  const names = model.parameters.map(({ name }) => name);
  const heads = ['', ...names].map((name) => style('bold', name, process.stdout));
  const numbers = new Map(plan.rows.map((row, index) => [row, String(index + 1)]));
  const lines = rows.map((row) => [numbers.get(row) ?? '', ...names.map((name) => row[name] ?? '')]);
  const tuples = model.subModels.length > 0 ? 'combinations' : TUPLES[plan.strength - 1];
  const part = rows.length < plan.rows.length ? ` of ${plan.rows.length}` : '';
  const sum = `${rows.length}${part} rows cover ${plan.covered} of ${plan.tuples} ${tuples}; ${plan.excluded} are impossible (${duration(plan.elapsedMs)})`;
  const list = excluded.map((tuple) => {
    const values = Object.entries(tuple).map(([name, value]) => `${name} = ${value}`);
    return `  impossible: ${values.join(', ')}\n`;
  });
  return `${table([heads, ...lines])}\n\n${list.join('')}${sum}\n`;
}
