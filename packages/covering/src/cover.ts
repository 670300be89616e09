import { err, ok, type Random, type Result, seededRandom } from '@plugfest/model';
import { algebraicRows } from './algebraic.ts';
import { type Demands, demandsOf, ENTRY, EXCLUDED, OPEN } from './demands.ts';
import { excludeImpossible } from './exclusion.ts';
import { type Forbidden, forbiddenBoxes } from './forbidden.ts';
import { Greedy, WEIGHT_LIMIT } from './greedy.ts';
import { mergeRows } from './merging.ts';
import type { Model, Row } from './model.ts';
import { lowerBound, optimise } from './optimiser.ts';
import { Solver } from './solver.ts';
import { TabuSearch } from './tabu.ts';

export interface CoverOptions {
  /** 1, 2, 3 or 4. */
  readonly strength: number;
  /** The same seed gives the same rows, as long as no budget is given. */
  readonly seed?: number;
  /** Kept as they are where complete and allowed, completed where partial; they come first. */
  readonly seeds?: readonly Row[];
  /** Asked now and then: true ends the search for fewer rows. Absent: no more than a first array. */
  readonly isOver?: () => boolean;
  /** Called for each array that is smaller than the one before. */
  readonly onBetter?: (rows: number) => void;
}

/** Rows that cover every possible tuple, and how many tuples there are. */
export interface Cover {
  readonly strength: number;
  readonly rows: readonly Row[];
  readonly tuples: number;
  readonly excluded: number;
  /** Seeds that break a constraint: by index. */
  readonly refusedSeeds: readonly number[];
  readonly demands: Demands;
  /** What each tuple is: `COVERED` or `EXCLUDED`. */
  readonly states: Uint8Array;
}

/** All that a generator works on. */
export interface Problem {
  readonly model: Model;
  readonly demands: Demands;
  readonly forbidden: Forbidden;
  /** `EXCLUDED` or `OPEN`: as before the first row. */
  readonly states: Uint8Array;
  readonly weights: readonly (readonly number[])[];
}

/** Covers all tuples of a model. An error says why there can be no such array. @throws BadCondition */
export function cover(model: Model, options: CoverOptions): Result<Cover, string> {
  const demands = demandsOf(model, options.strength);
  if (!demands.ok) return demands;
  const forbidden = forbiddenBoxes(model);
  if (!new Solver(forbidden).isSatisfiable) return err('no row satisfies all constraints: they exclude each other');
  const states = new Uint8Array(demands.value.tupleCount);
  const excluded = excludeImpossible(demands.value, forbidden, states);
  const weights = model.parameters.map(({ levels }) => levels.map(({ weight }) => Math.min(weight, WEIGHT_LIMIT)));
  const problem: Problem = { model, demands: demands.value, forbidden, states, weights };
  const random = seededRandom(options.seed ?? 0);
  const { kept, refused } = readSeeds(options.seeds ?? [], forbidden);
  const starts = kept.length === 0 ? algebraicRows(problem, random.fork('algebra')) : [];
  const first = firstArray(problem, kept, starts, random);
  const fillings = (): Row[][] => starts.map((start) => greedyFor(problem, random.fork('filling')).filled(start));
  const rows = options.isOver
    ? optimise(problem, first, fillings(), kept.length, random.fork('optimiser'), {
        isOver: options.isOver,
        onBetter: options.onBetter ?? (() => {}),
      })
    : first;
  return ok({
    strength: options.strength,
    rows,
    tuples: demands.value.tupleCount,
    excluded,
    refusedSeeds: refused,
    demands: demands.value,
    states: coveredStates(problem, rows),
  });
}

/** The best of what is quickly built: a greedy array, and algebraic ones where the model's shape has them; then a short search for fewer rows. */
function firstArray(problem: Problem, kept: readonly Row[], starts: readonly Row[][], random: Random): Row[] {
  const whole = starts.find((start) => isWhole(problem, start));
  if (whole && whole.length <= lowerBound(problem)) return whole;
  const quick = completed(problem, kept, random.fork('greedy'));
  // Neither merging nor a short search win that much.
  if (whole && whole.length <= FAR_BETTER * quick.length) return whole;
  return polished(
    problem,
    whole && whole.length <= quick.length ? whole : mergeRows(problem, quick, kept.length, random.fork('merging')),
    starts,
    kept.length,
    random.fork('polish'),
  );
}

const FAR_BETTER = 0.82;

/** Whether rows are complete and cover everything. */
function isWhole({ demands, states }: Problem, rows: readonly Row[]): boolean {
  if (rows.some((row) => row.includes(-1))) return false;
  const covered = states.slice();
  for (const row of rows)
    demands.forEachIn(row, (tuple) => {
      covered[tuple] = EXCLUDED;
    });
  return !covered.includes(OPEN);
}

/** Kept rows, completed where partial, then as many as are needed. */
function completed(problem: Problem, kept: readonly Row[], random: Random): Row[] {
  const greedy = greedyFor(problem, random);
  const rows = greedy.filled(kept);
  greedy.complete(rows, 1);
  return rows;
}

function greedyFor({ demands, states, forbidden, weights }: Problem, random: Random): Greedy {
  return new Greedy(demands, states.slice(), new Solver(forbidden), weights, random);
}

/** Elementary steps of the short search: some tens of milliseconds for pairs, some hundreds for more. */
const POLISH_STEPS = { pairs: 2_000_000, more: 60_000_000 } as const;

/** A search of so many steps, the same on every machine: from the first array, and from algebraic rows with nothing added. */
function polished(problem: Problem, first: Row[], starts: readonly Row[][], kept: number, random: Random): Row[] {
  const { demands } = problem;
  const width = widthOf(demands);
  const places = demands.entries.reduce((sum, entry) => sum + entry.length / ENTRY, 0) / demands.entries.length;
  const levels = demands.levelCounts.reduce((sum, count) => sum + count, 0) / demands.levelCounts.length;
  const stepsPerMove = first.length * (width + (width * places) / levels ** (width - 1));
  let moves = Math.floor(POLISH_STEPS[width <= 2 ? 'pairs' : 'more'] / stepsPerMove);
  let best = first;
  const shortest = starts.toSorted((a, b) => a.length - b.length).find((start) => start.length < first.length);
  if (shortest) {
    const filled = greedyFor(problem, random).filled(shortest);
    const search = new TabuSearch(problem, filled, 0, random, Number.POSITIVE_INFINITY);
    if (search.run(moves / 2, () => false)) best = search.rows;
    moves -= search.steps;
  }
  const search = new TabuSearch(problem, best, kept, random, Number.POSITIVE_INFINITY);
  while (moves > search.steps && best.length > lowerBound(problem) && search.dropRow()) {
    if (!search.run(moves - search.steps, () => false)) break;
    best = search.rows.map((row) => row.slice());
  }
  return best;
}

function widthOf({ groups }: Demands): number {
  return groups.reduce((most, group) => Math.max(most, group.length), 0);
}

function readSeeds(seeds: readonly Row[], forbidden: Forbidden): { kept: Row[]; refused: number[] } {
  const solver = new Solver(forbidden);
  const kept: Row[] = [];
  const refused: number[] = [];
  seeds.forEach((row, index) => {
    const mark = solver.mark;
    const isAllowed = row.every((level, parameter) => level < 0 || solver.assign(parameter, level));
    solver.undoTo(mark);
    if (isAllowed) kept.push(row);
    else refused.push(index);
  });
  return { kept, refused };
}

function coveredStates({ demands, states }: Problem, rows: readonly Row[]): Uint8Array {
  const result = states.slice();
  for (const row of rows) {
    demands.forEachIn(row, (tuple) => {
      if (result[tuple] === OPEN) result[tuple] = 1;
    });
  }
  return result;
}

/** The excluded tuples by name, at most `limit` of them. */
export function* excludedTuples(
  model: Model,
  { demands, states }: Cover,
  limit: number,
): Generator<Record<string, string>> {
  let left = limit;
  for (let tuple = 0; tuple < states.length && left > 0; tuple++) {
    if (states[tuple] !== EXCLUDED) continue;
    left--;
    const group = demands.groupOf(tuple);
    const levels = demands.levelsOf(tuple, group);
    yield Object.fromEntries(
      (demands.groups[group] ?? []).map((parameter, i) => {
        const { name, levels: known } = model.parameters[parameter] as Model['parameters'][number];
        return [name, known[levels[i] as number]?.name ?? ''];
      }),
    );
  }
}
