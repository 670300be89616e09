import { faultInWords, type Model, readPictModel } from '@plugfest/covering';
import { EXIT } from '@plugfest/model';
import { parseDurationMs } from '../duration.ts';
import { checkPlan, listExcluded, type MatrixPlan, planMatrix } from '../matrix-plan.ts';
import { readSeeding, readText } from '../matrix-seeding.ts';
import { BadUse } from '../pipeline.ts';
import { duration, style, table } from '../terminal.ts';

export interface MatrixOptions {
  readonly plan: boolean;
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

/** Plans a matrix. Returns the exit code. @throws BadUse */
export async function matrix(file: string, options: MatrixOptions): Promise<number> {
  if (!options.plan) throw new BadUse(`${file} is a PICT model, which can only be planned: add --plan`);
  return printPlan(readModel(file, options), options);
}

function readModel(file: string, options: MatrixOptions): Model {
  const model = readPictModel(readText(file), { ...options, isCaseSensitive: options.caseSensitive });
  if (!model.ok) throw new BadUse(faultInWords(file, model.error));
  return model.value;
}

function printPlan(model: Model, options: MatrixOptions): number {
  const note = (text: string): void => void process.stderr.write(`${style('yellow', 'note:')} ${text}\n`);
  const plan = planMatrix(model, {
    strength: wholeNumber('--t', options.t, 1, 4),
    seed: wholeNumber('--seed', options.seed, 0, 2 ** 32 - 1),
    budgetMs: options.budget === undefined ? undefined : parseDurationMs('--budget', options.budget),
    seeding: options.seeding === undefined ? [] : readSeeding(options.seeding),
    onBetter: (rows) => process.stderr.isTTY && process.stderr.write(`\r${rows} rows …\u001b[K`),
    onNote: note,
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

function inWords(
  model: Model,
  shown: ShownPlan,
  plan: MatrixPlan,
  excluded?: readonly Record<string, string>[],
): string {
  const names = model.parameters.map(({ name }) => name);
  const heads = ['', ...names].map((name) => style('bold', name, process.stdout));
  const rows = shown.rows.map((row, index) => [String(index + 1), ...names.map((name) => row[name] ?? '')]);
  const tuples = ['', 'values', 'pairs', 'triples', 'quadruples'][plan.strength];
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
