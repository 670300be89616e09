import type { Random } from '@plugfest/model';
import type { Problem } from './cover.ts';
import { EXCLUDED } from './demands.ts';
import type { Row } from './model.ts';
import { TabuSearch } from './tabu.ts';

export interface SearchLimits {
  readonly isOver: () => boolean;
  readonly onBetter: (rows: number) => void;
}

/** Searches for fewer rows until time is over, or there cannot be fewer. The first `kept` rows stay. */
export function optimise(
  problem: Problem,
  rows: readonly Row[],
  kept: number,
  random: Random,
  { isOver, onBetter }: SearchLimits,
): Row[] {
  const least = lowerBound(problem);
  let best = [...rows];
  const search = new TabuSearch(problem, rows, kept, random);
  while (best.length > Math.max(least, kept) && !isOver() && search.dropRow()) {
    if (!search.run(Number.POSITIVE_INFINITY, isOver)) break;
    best = search.rows.map((row) => row.slice());
    onBetter(best.length);
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
