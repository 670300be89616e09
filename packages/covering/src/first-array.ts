import type { Random } from '@plugfest/model';
import type { Problem } from './cover.ts';
import { type Demands, ENTRY, EXCLUDED, OPEN } from './demands.ts';
import { Greedy } from './greedy.ts';
import { mergeRows } from './merging.ts';
import type { Row } from './model.ts';
import { lowerBound } from './optimiser.ts';
import { Solver } from './solver.ts';
import { TabuSearch } from './tabu.ts';

/** Elementary steps of the short search: ten or twenty milliseconds for pairs, some hundreds for more. */
const POLISH_STEPS = { pairs: 600_000, more: 60_000_000 } as const;

/** An algebraic array so much smaller than greedy rows is taken: neither merging nor a short search win as much. */
const FAR_BETTER = 0.82;

/** Up to so many tuples, greedy rows are tried beside algebraic ones: they cost little. */
const FEW_TUPLES = 3000;

/** Algebraic rows that leave more open are not worth a search. */
const MOST_OPEN = 0.03;

/**
 * The best of what is quickly built: algebraic rows where the model's shape has them, greedy ones elsewhere; then a short search for fewer.
 * Takes the same steps on every machine.
 */
export function firstArray(problem: Problem, kept: readonly Row[], starts: readonly Row[][], random: Random): Row[] {
  const least = lowerBound(problem);
  const whole = starts.find((start) => isWhole(problem, start));
  if (whole && whole.length <= least) return whole;
  const moves = movesFor(problem, least);
  const grown =
    whole ??
    grownFrom(
      problem,
      starts.filter((start) => start.length >= least),
      moves,
      random.fork('growth'),
    );
  const polish = (rows: readonly Row[]): Row[] => polished(problem, rows, kept.length, moves, random.fork('polish'));
  if (grown && grown !== whole && isSmallProduct(grown, least) && problem.demands.tupleCount > FEW_TUPLES)
    return [...grown];
  const quick = completed(problem, kept, random.fork('greedy'));
  if (grown && grown.length <= FAR_BETTER * quick.length) return [...grown];
  const merged = mergeRows(problem, quick, kept.length, random.fork('merging'));
  return polish(grown && grown.length <= merged.length ? grown : merged);
}

/**
 * Whether rows come of a product of few levels: greedy rows are not fewer then. An orthogonal array has a square of rows, and is too large where
 * few parameters have the most levels; products of many levels are too large where there are not many columns.
 */
function isSmallProduct(rows: readonly Row[], least: number): boolean {
  return least <= SMALL_PRODUCT && !Number.isInteger(Math.sqrt(rows.length));
}

/** Rows that no array can do without, e.g. 25 for five levels. */
const SMALL_PRODUCT = 25;

/** A beginning of every array, its open places filled: what somebody starts from who has time. */
export function filledStarts(problem: Problem, starts: readonly Row[][], random: Random): Row[][] {
  return starts.map((start) => greedyFor(problem, random).filled(start));
}

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

/** The algebraic rows that leave least open when they are filled, if a search covers that too with no row more. */
function grownFrom(problem: Problem, starts: readonly Row[][], moves: number, random: Random): Row[] | undefined {
  const filled = starts.map((start) => {
    const greedy = greedyFor(problem, random);
    return { rows: greedy.filled(start), open: greedy.openTuples };
  });
  const best = filled.sort((a, b) => a.open - b.open)[0];
  if (!best || best.open > MOST_OPEN * problem.demands.tupleCount) return undefined;
  const search = new TabuSearch(problem, best.rows, 0, random, Number.POSITIVE_INFINITY);
  return search.run(moves, () => false) ? search.rows : undefined;
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

/** Takes rows away as long as the search covers the rest again. */
function polished(problem: Problem, rows: readonly Row[], kept: number, moves: number, random: Random): Row[] {
  const least = lowerBound(problem);
  const search = new TabuSearch(problem, rows, kept, random, Number.POSITIVE_INFINITY);
  let best = [...rows];
  while (moves > search.steps && best.length > least && search.dropRow()) {
    if (!search.run(moves - search.steps, () => false)) break;
    best = search.rows.map((row) => row.slice());
  }
  return best;
}

/** How many changes the steps are enough for: each looks at every row, and reckons the gain in some. */
function movesFor({ demands }: Problem, least: number): number {
  const width = widthOf(demands);
  const places = demands.entries.reduce((sum, entry) => sum + entry.length / ENTRY, 0) / demands.entries.length;
  const levels = demands.levelCounts.reduce((sum, count) => sum + count, 0) / demands.levelCounts.length;
  const stepsPerMove = 1.5 * least * (width + (width * places) / levels ** (width - 1));
  return Math.floor(POLISH_STEPS[width <= 2 ? 'pairs' : 'more'] / stepsPerMove);
}

function widthOf({ groups }: Demands): number {
  return groups.reduce((most, group) => Math.max(most, group.length), 0);
}
