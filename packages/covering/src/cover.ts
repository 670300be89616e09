import { err, ok, type Result, seededRandom } from '@plugfest/model';
import { algebraicRows } from './algebraic.ts';
import { type Demands, demandsOf, EXCLUDED, OPEN } from './demands.ts';
import { excludeImpossible } from './exclusion.ts';
import { filledStarts, firstArray } from './first-array.ts';
import { type Forbidden, forbiddenBoxes } from './forbidden.ts';
import { WEIGHT_LIMIT } from './greedy.ts';
import type { Model, Row } from './model.ts';
import { optimise } from './optimiser.ts';
import { Solver } from './solver.ts';

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
  const rows = options.isOver
    ? optimise(
        problem,
        first,
        filledStarts(problem, starts, random.fork('filling')),
        kept.length,
        random.fork('optimiser'),
        {
          isOver: options.isOver,
          onBetter: options.onBetter ?? (() => {}),
        },
      )
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
