import { createHash } from 'node:crypto';
import {
  BadCondition,
  type Cover,
  type Coverage,
  type CoverOptions,
  checkCoverage,
  cover,
  excludedTuples,
  type Model,
  type NamedRow,
  nameRows,
  type Row,
  seedRow,
} from '@plugfest/covering';
import { BadUse } from './bad-use.ts';

export interface PlanOptions {
  readonly strength: number;
  readonly seed: number;
  readonly budgetMs?: number;
  readonly seeding: readonly NamedRow[];
  readonly onBetter?: (rows: number) => void;
  /** What somebody should know of the seeds, one sentence each. */
  readonly onNote: (text: string) => void;
}

/** A planned matrix: the rows by names, and what they cover. */
export interface MatrixPlan {
  readonly strength: number;
  readonly rows: readonly NamedRow[];
  readonly tuples: number;
  readonly covered: number;
  /** Impossible under the constraints; `covered + excluded` is `tuples`. */
  readonly excluded: number;
  readonly elapsedMs: number;
  readonly cover: Cover;
}

/** @throws BadUse where the model cannot be covered */
export function planMatrix(model: Model, options: PlanOptions): MatrixPlan {
  const startedMs = performance.now();
  const { budgetMs, strength, seed } = options;
  const covered = coverOrRefuse(model, {
    strength,
    seed,
    seeds: seedsOf(model, options),
    onBetter: options.onBetter,
    ...(budgetMs === undefined ? {} : { isOver: () => performance.now() - startedMs >= budgetMs }),
  });
  if (!covered.ok) throw new BadUse(covered.error);
  for (const index of covered.value.refusedSeeds)
    options.onNote(`row ${index + 1} of --seeding breaks a constraint and is left out`);
  const { rows, tuples, excluded } = covered.value;
  return {
    strength,
    rows: nameRows(model, rows),
    tuples,
    covered: tuples - excluded,
    excluded,
    elapsedMs: Math.round((performance.now() - startedMs) * 10) / 10,
    cover: covered.value,
  };
}

/** Two plans are the same where their rows are, in the same order. */
export function planDigest({ strength, rows }: MatrixPlan): string {
  return createHash('sha256')
    .update(JSON.stringify([strength, rows]))
    .digest('hex')
    .slice(0, 16);
}

/** @throws BadUse */
export function wholeNumber(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < least || value > most)
    throw new BadUse(`${option}: “${text}” is not a whole number from ${least} to ${most}`);
  return value;
}

/** A constraint that names what is not there is the user's, not ours. */
function coverOrRefuse(model: Model, options: CoverOptions): ReturnType<typeof cover> {
  try {
    return cover(model, options);
  } catch (error) {
    if (error instanceof BadCondition) throw new BadUse(`a constraint of the matrix: ${error.message}`);
    throw error;
  }
}

/** Each note once: a value that is gone is gone from many rows. */
function seedsOf(model: Model, { seeding, onNote }: PlanOptions): Row[] {
  const read = seeding.map((named) => seedRow(model, named));
  for (const note of new Set(read.flatMap(({ notes }) => notes))) onNote(`--seeding: ${note}; it is left out`);
  return read.map(({ row }) => row).filter((row) => row.some((level) => level >= 0));
}

/** The excluded tuples by name, all that fit a page. */
export function listExcluded(model: Model, plan: MatrixPlan): Record<string, string>[] {
  return [...excludedTuples(model, plan.cover, 10_000)];
}

/** The independent checker's opinion, and what it has against the plan. */
export function checkPlan(
  model: Model,
  plan: MatrixPlan,
): { readonly coverage: Coverage; readonly objections: string[] } {
  const coverage = checkCoverage(model, plan.strength, plan.cover.rows);
  const objections = [
    ...coverage.missing.slice(0, 10).map((tuple) => `not covered, though possible: ${tuple}`),
    ...coverage.invalid.slice(0, 10).map((index) => `row ${index + 1} breaks a constraint`),
  ];
  for (const key of ['tuples', 'covered', 'excluded'] as const)
    if (coverage[key] !== plan[key])
      objections.push(`${key}: the plan says ${plan[key]}, the checker ${coverage[key]}`);
  return { coverage, objections };
}
