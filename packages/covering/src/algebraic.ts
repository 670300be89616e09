import type { Random } from '@plugfest/model';
import type { Problem } from './cover.ts';
import { fieldFrom } from './galois.ts';
import type { Row } from './model.ts';
import { lowerBound } from './optimiser.ts';
import { binaryArray, orthogonalArray, productArray, type SymbolRows, ternaryProduct } from './orthogonal.ts';
import { Solver } from './solver.ts';
import { findStarter, starterRows } from './starter.ts';

/** Beginnings of arrays that algebra gives for the model's shape. What constraints forbid, and what has no column, is open. */
export function algebraicRows(problem: Problem, random: Random): Row[][] {
  const { demands } = problem;
  const widths = new Set(demands.groups.map((group) => group.length));
  const [width] = widths;
  if (widths.size !== 1 || width === undefined || width < 2) return [];
  const { levelCounts } = demands;
  const order = levelCounts
    .map((_, parameter) => parameter)
    .sort((a, b) => (levelCounts[b] as number) - (levelCounts[a] as number));
  const arrays = width === 2 ? pairArrays(levelCounts, random) : bushArrays(levelCounts, width);
  return arrays
    .filter((array) => array.length <= 2.5 * lowerBound(problem))
    .map((array) => fitted(problem, array, order));
}

function bushArrays(levelCounts: readonly number[], strength: number): SymbolRows[] {
  const field = fieldFrom(Math.max(...levelCounts));
  return field && levelCounts.length <= field.order + 1 ? [orthogonalArray(field, strength)] : [];
}

function pairArrays(levelCounts: readonly number[], random: Random): SymbolRows[] {
  const most = Math.max(...levelCounts);
  const arrays: SymbolRows[] = [];
  for (const levels of new Set(levelCounts)) {
    const columns = levelCounts.filter((count) => count === levels).length;
    if (levels === 2) arrays.push(binaryArray(columns));
    else arrays.push(...fieldArrays(levels, columns));
  }
  if (levelCounts.every((count) => count === most)) arrays.push(...starterArrays(levelCounts.length, most, random));
  return arrays;
}

/** Arrays that have a column for each parameter of so many levels, or nearly. */
function fieldArrays(levels: number, columns: number): SymbolRows[] {
  const field = fieldFrom(levels);
  if (!field) return [];
  const arrays = [productArray(field, columns)];
  if (field.order === 3 && columns > 13 && columns <= 40) arrays.push(ternaryProduct(field));
  return arrays;
}

/** Rows of one starter, with an array of the symbols that do not move. */
function starterArrays(columns: number, levels: number, random: Random): SymbolRows[] {
  // Beyond these, products and greedy rows are smaller.
  if (columns <= levels + 2 || columns > 3 * levels || levels < 4) return [];
  const starter = findStarter(columns, levels, random);
  return starter ? [[...starterRows(starter), ...fixedArray(columns, starter.group, starter.fixed)]] : [];
}

/** All pairs of the highest `fixed` symbols. */
export function fixedArray(columns: number, first: number, fixed: number): SymbolRows {
  const field = fieldFrom(fixed);
  if (fixed === 1 || field === undefined) return [new Array<number>(columns).fill(first)];
  const rows = fixed === 2 ? binaryArray(columns) : productArray(field, columns);
  return rows.map((row) => row.slice(0, columns).map((symbol) => symbol + first));
}

/** The array's columns given to the parameters that they fit, those of most levels first; what a constraint forbids is open. */
function fitted(problem: Problem, array: SymbolRows, order: readonly number[]): Row[] {
  const { levelCounts } = problem.demands;
  const symbols = array.reduce((most, row) => row.reduce((a, b) => Math.max(a, b), most), 0) + 1;
  const columns = (array[0] as number[]).length;
  const parameters = order.filter((parameter) => (levelCounts[parameter] as number) <= symbols).slice(0, columns);
  const solver = new Solver(problem.forbidden);
  return array.map((symbolRow) => {
    const row: Row = new Int16Array(levelCounts.length).fill(-1);
    const mark = solver.mark;
    parameters.forEach((parameter, column) => {
      const level = symbolRow[column] as number;
      if (level < (levelCounts[parameter] as number) && solver.assign(parameter, level)) row[parameter] = level;
    });
    solver.undoTo(mark);
    return row;
  });
}
