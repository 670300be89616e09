import type { Random } from '@plugfest/model';
import { Allowed } from './allowed.ts';
import type { Problem } from './cover.ts';
import { EXCLUDED } from './demands.ts';
import type { Row } from './model.ts';
import { Solver } from './solver.ts';
import { Tally } from './tally.ts';
import { TupleSet } from './uncovered.ts';

/** Steps between two questions whether time is over. */
const STEPS_BETWEEN_LOOKS = 64;

/** A place that was changed stays for up to so many steps. */
const LONGEST_TENURE = 10;

/**
 * Changes full rows, a place at a time, until they cover everything: takes an uncovered tuple at random, and of all rows that lack one level of
 * it the change that wins most.
 *
 * @see Nurmela: Upper bounds for covering arrays by tabu search, Discrete Appl. Math. 138 (2004)
 */
export class TabuSearch {
  readonly rows: Row[];
  readonly #problem: Problem;
  readonly #kept: number;
  readonly #random: Random;
  readonly #temperature: number;
  readonly #tally: Tally;
  readonly #uncovered: TupleSet;
  readonly #allowed: Allowed;
  readonly #solver: Solver;
  readonly #changedAt: Int32Array[];
  #step = 0;

  /**
   * @param kept so many rows at the beginning are never changed
   * @param temperature the best change is made with the probability exp(gain / temperature) where it loses: always is quick at first, seldom
   * settles where little is left to be won
   */
  constructor(problem: Problem, rows: readonly Row[], kept: number, random: Random, temperature: number) {
    this.rows = rows.map((row) => row.slice());
    this.#problem = problem;
    this.#kept = kept;
    this.#random = random;
    this.#temperature = temperature;
    this.#tally = new Tally(problem.demands, this.rows);
    this.#uncovered = new TupleSet(problem.demands.tupleCount);
    this.#allowed = new Allowed(problem.model);
    this.#solver = new Solver(problem.forbidden);
    this.#changedAt = this.rows.map((row) => new Int32Array(row.length).fill(-LONGEST_TENURE));
    for (let tuple = 0; tuple < problem.states.length; tuple++)
      if (problem.states[tuple] !== EXCLUDED && this.#tally.counts[tuple] === 0) this.#uncovered.add(tuple);
  }

  get uncovered(): number {
    return this.#uncovered.size;
  }

  /** Steps done so far. */
  get steps(): number {
    return this.#step;
  }

  /** Searches until all is covered (true), the steps are done, or time is over. */
  run(steps: number, isOver: () => boolean): boolean {
    for (let n = 0; n < steps && this.#uncovered.size > 0; n++) {
      if (n % STEPS_BETWEEN_LOOKS === 0 && isOver()) return false;
      this.#step++;
      this.#improve(this.#uncovered.at(this.#random.uint32() % this.#uncovered.size));
    }
    return this.#uncovered.size === 0;
  }

  /** Takes the row away that fewest tuples depend on. Returns false where only kept rows are left. */
  dropRow(): boolean {
    if (this.rows.length <= this.#kept) return false;
    let [least, worst] = [Number.POSITIVE_INFINITY, -1];
    for (let index = this.#kept; index < this.rows.length; index++) {
      let alone = 0;
      this.#problem.demands.forEachIn(this.rows[index] as Row, (tuple) => {
        if (this.#tally.counts[tuple] === 1) alone++;
      });
      if (alone < least || (alone === least && this.#random.uint32() % 2 === 0)) [least, worst] = [alone, index];
    }
    const [row] = this.rows.splice(worst, 1) as [Row];
    this.#changedAt.splice(worst, 1);
    this.#tally.remove(row);
    this.#problem.demands.forEachIn(row, (tuple) => {
      if (this.#tally.counts[tuple] === 0) this.#uncovered.add(tuple);
    });
    return true;
  }

  #improve(tuple: number): void {
    const { demands } = this.#problem;
    const index = demands.groupOf(tuple);
    const parameters = demands.groups[index] as readonly number[];
    const levels = demands.levelsOf(tuple, index);
    let [best, ties, bestRow, bestAt] = [Number.NEGATIVE_INFINITY, 0, -1, -1];
    for (let at = this.#kept; at < this.rows.length; at++) {
      const row = this.rows[at] as Row;
      const lacking = onlyDifference(row, parameters, levels);
      if (lacking === -1) continue;
      const [parameter, level] = [parameters[lacking] as number, levels[lacking] as number];
      if (!this.#allowed.change(row, parameter, level)) continue;
      const gain = this.#tally.gain(row, parameter, level);
      const isTabu = this.#isTabu(at, parameter);
      if (gain < best || (isTabu && gain < this.#uncovered.size)) continue;
      ties = gain > best ? 1 : ties + 1;
      if (gain > best || this.#random.uint32() % ties === 0) [best, bestRow, bestAt] = [gain, at, lacking];
    }
    if (bestRow !== -1 && best < 0 && this.#random.next() > Math.exp(best / this.#temperature)) return;
    if (bestRow === -1) this.#force(parameters, levels);
    else this.#change(bestRow, parameters[bestAt] as number, levels[bestAt] as number);
  }

  #isTabu(at: number, parameter: number): boolean {
    const age = this.#step - (this.#changedAt[at]?.[parameter] as number);
    return age <= this.#random.uint32() % LONGEST_TENURE;
  }

  #change(at: number, parameter: number, level: number): void {
    (this.#changedAt[at] as Int32Array)[parameter] = this.#step;
    this.#tally.change(this.rows[at] as Row, parameter, level, (turned, isCovered) => {
      if (isCovered) this.#uncovered.delete(turned);
      // On the way from one allowed row to another by several changes, a row can hold what is impossible.
      else if (this.#problem.states[turned] !== EXCLUDED) this.#uncovered.add(turned);
    });
  }

  /** No row is one allowed change away: one is given the whole tuple, and what the constraints then ask for. */
  #force(parameters: readonly number[], levels: readonly number[]): void {
    const at = this.#kept + (this.#random.uint32() % (this.rows.length - this.#kept));
    const row = this.rows[at] as Row;
    const mark = this.#solver.mark;
    const target = row.slice();
    parameters.forEach((parameter, i) => {
      this.#solver.assign(parameter, levels[i] as number);
      target[parameter] = levels[i] as number;
    });
    const start = this.#random.uint32() % row.length;
    for (let i = 0; i < row.length; i++) {
      const parameter = (start + i) % row.length;
      if (!parameters.includes(parameter)) target[parameter] = this.#nearest(parameter, row[parameter] as number);
    }
    this.#solver.undoTo(mark);
    target.forEach((level, parameter) => {
      if (level !== row[parameter]) this.#change(at, parameter, level);
    });
  }

  /** The level itself where it is still possible, another one otherwise. */
  #nearest(parameter: number, level: number): number {
    if (this.#solver.assign(parameter, level)) return level;
    const count = this.#problem.demands.levelCounts[parameter] as number;
    const start = this.#random.uint32() % count;
    for (let i = 0; i < count; i++) {
      const other = (start + i) % count;
      if (this.#solver.assign(parameter, other)) return other;
    }
    throw new Error('a partial row that could be completed has no level left: this is a bug');
  }
}

/** Where a row lacks exactly one level of a tuple: its position; −1 otherwise. */
function onlyDifference(row: Row, parameters: readonly number[], levels: readonly number[]): number {
  let lacking = -1;
  for (let i = 0; i < parameters.length; i++) {
    if (row[parameters[i] as number] === levels[i]) continue;
    if (lacking !== -1) return -1;
    lacking = i;
  }
  return lacking;
}
