import type { Random } from '@plugfest/model';
import type { Problem } from './cover.ts';
import { EXCLUDED } from './demands.ts';
import type { Row } from './model.ts';
import { TabuSearch } from './tabu.ts';

export interface SearchLimits {
  readonly isOver: () => boolean;
  readonly onBetter: (rows: number) => void;
}

/** Steps of one search before another has its turn: these at first, twice as many in each round. */
const FIRST_TURN = 20_000;
/** Of the searches. */
const TEMPERATURE = 0.5;
const LONGEST_TURN = 2_000_000;

/**
 * Searches for fewer rows until time is over, or there cannot be fewer: from the rows that there are, and from algebraic ones with nothing
 * added, in turns. The first `kept` rows stay.
 */
export function optimise(
  problem: Problem,
  rows: readonly Row[],
  starts: readonly (readonly Row[])[],
  kept: number,
  random: Random,
  { isOver, onBetter }: SearchLimits,
): Row[] {
  const least = Math.max(lowerBound(problem), kept);
  let best = [...rows];
  const own = new TabuSearch(problem, rows, kept, random, TEMPERATURE);
  let searches = [
    own,
    ...starts.map((start, index) => new TabuSearch(problem, start, 0, random.fork(`start ${index}`), TEMPERATURE)),
  ];
  own.dropRow();
  for (let turn = FIRST_TURN; best.length > least && !isOver(); turn = Math.min(2 * turn, LONGEST_TURN)) {
    for (const search of searches) {
      while (search.rows.length < best.length && search.run(turn, isOver)) {
        best = search.rows.map((row) => row.slice());
        onBetter(best.length);
        if (best.length === least || !search.dropRow()) return best;
      }
    }
    searches = searches.filter((search) => search.rows.length < best.length);
  }
  return best;
}

/** The most tuples of one group that are possible: each needs a row of its own. */
export function lowerBound({ demands, states }: Problem): number {
  let most = 0;
  demands.groups.forEach((_, index) => {
    const end = demands.offsets[index + 1] ?? demands.tupleCount;
    let possible = 0;
    for (let tuple = demands.offsets[index] as number; tuple < end; tuple++) if (states[tuple] !== EXCLUDED) possible++;
    most = Math.max(most, possible);
  });
  return most;
}
