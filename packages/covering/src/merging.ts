import type { Random } from '@plugfest/model';
import type { Problem } from './cover.ts';
import { Greedy, shuffle } from './greedy.ts';
import type { Row } from './model.ts';
import { Solver } from './solver.ts';
import { Tally } from './tally.ts';

/** Rows in which every place that is not needed is opened, so that two that do not contradict each other become one; then filled again. */
export function mergeRows(problem: Problem, rows: readonly Row[], kept: number, random: Random): Row[] {
  const { demands, forbidden } = problem;
  const merged = rows.map((row) => row.slice());
  const tally = new Tally(demands, merged);
  const solver = new Solver(forbidden);
  for (let round = 0; round < ROUNDS; round++) {
    openPlaces(merged, kept, tally, random);
    if (!mergeOnce(merged, kept, solver, tally)) break;
  }
  const greedy = new Greedy(demands, problem.states.slice(), solver, problem.weights, random);
  for (const row of merged) greedy.take(row);
  for (const row of merged) {
    greedy.fill(row);
    greedy.take(row);
  }
  return merged;
}

const ROUNDS = 3;

/** Later rows first: they were added for little. */
function openPlaces(rows: readonly Row[], kept: number, tally: Tally, random: Random): void {
  for (let index = rows.length - 1; index >= kept; index--) {
    const row = rows[index] as Row;
    const places = Array.from(row, (_, parameter) => parameter).filter((parameter) => (row[parameter] as number) >= 0);
    shuffle(places, random);
    for (const parameter of places) if (tally.onlyHere(row, parameter) === 0) tally.change(row, parameter, -1);
  }
}

/** Merges in place. Returns whether any two became one. */
function mergeOnce(rows: Row[], kept: number, solver: Solver, tally: Tally): boolean {
  const before = rows.length;
  for (let index = rows.length - 1; index >= kept; index--) {
    const row = rows[index] as Row;
    const partner = rows.findIndex((other, at) => at >= kept && at < index && canMeet(row, other, solver));
    const isEmpty = row.every((level) => level < 0);
    if (partner !== -1) {
      const target = rows[partner] as Row;
      tally.remove(row);
      row.forEach((level, parameter) => {
        if (level >= 0 && target[parameter] !== level) tally.change(target, parameter, level);
      });
    }
    if (partner !== -1 || isEmpty) rows.splice(index, 1);
  }
  return rows.length < before;
}

function canMeet(a: Row, b: Row, solver: Solver): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i] && (a[i] as number) >= 0 && (b[i] as number) >= 0) return false;
  const mark = solver.mark;
  const isAllowed = a.every((level, i) => {
    const own = level >= 0 ? level : (b[i] as number);
    return own < 0 || solver.assign(i, own);
  });
  solver.undoTo(mark);
  return isAllowed;
}
