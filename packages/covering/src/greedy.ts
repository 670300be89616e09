import type { Random } from '@plugfest/model';
import { COVERED, type Demands, ENTRY, OPEN } from './demands.ts';
import type { Row } from './model.ts';
import type { Solver } from './solver.ts';

/** Builds rows one at a time: several candidates each, of which the one that covers most is taken. */
export class Greedy {
  readonly #demands: Demands;
  readonly #states: Uint8Array;
  readonly #solver: Solver;
  readonly #weights: readonly (readonly number[])[];
  readonly #random: Random;
  /** Open tuples that contain a level: `openAt[starts[parameter] + level]`. */
  readonly #openAt: Int32Array;
  readonly #gains: Int32Array;
  readonly #tried: Uint8Array;
  #open: number;
  /** The tuple from which on some may be open. */
  #firstOpen = 0;

  constructor(
    demands: Demands,
    states: Uint8Array,
    solver: Solver,
    weights: readonly (readonly number[])[],
    random: Random,
  ) {
    this.#demands = demands;
    this.#states = states;
    this.#solver = solver;
    this.#weights = weights;
    this.#random = random;
    this.#openAt = new Int32Array(demands.levelCounts.reduce((sum, count) => sum + count, 0));
    this.#gains = new Int32Array(Math.max(...demands.levelCounts));
    this.#tried = new Uint8Array(this.#gains.length);
    this.#open = 0;
    for (let tuple = 0; tuple < states.length; tuple++) if (states[tuple] === OPEN) this.#open++;
    this.#countOpen();
  }

  get openTuples(): number {
    return this.#open;
  }

  /** Rows until nothing is open. `candidates`: rows that are tried for each that is taken. */
  complete(rows: Row[], candidates: number): void {
    while (this.#open > 0) {
      let best: { row: Row; gain: number } | undefined;
      for (let n = 0; n < candidates; n++) {
        const row = this.#begun(n);
        const gain = this.fill(row);
        if (best === undefined || gain > best.gain) best = { row, gain };
      }
      if (best === undefined) return;
      this.take(best.row);
      rows.push(best.row);
    }
  }

  /** Copies of rows with their open places filled, all marked as covered. */
  filled(rows: readonly Row[]): Row[] {
    const copies = rows.map((row) => row.slice());
    for (const row of copies) this.take(row);
    for (const row of copies) {
      if (!row.includes(-1)) continue;
      this.fill(row);
      this.take(row);
    }
    return copies;
  }

  /** Marks what a row covers. Returns how many tuples were open. */
  take(row: Row): number {
    const { groups } = this.#demands;
    let gain = 0;
    this.#demands.forEachIn(row, (tuple) => {
      if (this.#states[tuple] !== OPEN) return;
      this.#states[tuple] = COVERED;
      gain++;
      const group = groups[this.#demands.groupOf(tuple)] as readonly number[];
      for (const parameter of group)
        (this.#openAt[(this.#solver.starts[parameter] as number) + (row[parameter] as number)] as number)--;
    });
    this.#open -= gain;
    return gain;
  }

  /** Gives every open place of a row the level that covers most. What is set must be satisfiable. Returns the gain of what it has set. */
  fill(row: Row): number {
    const mark = this.#solver.mark;
    const rest: number[] = [];
    for (let parameter = 0; parameter < row.length; parameter++) {
      const level = row[parameter] as number;
      if (level < 0) rest.push(parameter);
      else this.#solver.assign(parameter, level);
    }
    shuffle(rest, this.#random);
    let gain = 0;
    for (const parameter of rest) gain += this.#choose(parameter, row);
    this.#solver.undoTo(mark);
    return gain;
  }

  /** A row that contains an open tuple: the first one for one candidate, others for the others. */
  #begun(candidate: number): Row {
    const { tupleCount, levelCounts } = this.#demands;
    while (this.#states[this.#firstOpen] !== OPEN) this.#firstOpen++;
    let tuple = this.#firstOpen;
    if (candidate > 0) {
      tuple += this.#random.uint32() % (tupleCount - tuple);
      while (tuple < tupleCount && this.#states[tuple] !== OPEN) tuple++;
      if (tuple >= tupleCount) tuple = this.#firstOpen;
    }
    const row: Row = new Int16Array(levelCounts.length).fill(-1);
    const index = this.#demands.groupOf(tuple);
    const levels = this.#demands.levelsOf(tuple, index);
    (this.#demands.groups[index] as readonly number[]).forEach((parameter, i) => {
      row[parameter] = levels[i] as number;
    });
    return row;
  }

  #choose(parameter: number, row: Row): number {
    const count = this.#demands.levelCounts[parameter] as number;
    const gains = this.#gains;
    this.#gainsOf(parameter, row, count);
    const start = this.#solver.starts[parameter] as number;
    const tried = this.#tried.fill(0, 0, count);
    for (;;) {
      let best = -1;
      let most = -1;
      let tie = -1;
      for (let level = 0; level < count; level++) {
        const gain = gains[level] as number;
        if (gain < most || tried[level] === 1 || this.#solver.alive[start + level] === 0) continue;
        const own = this.#preference(parameter, level, start);
        if (gain > most || own > tie) [most, tie, best] = [gain, own, level];
      }
      if (best === -1) throw new Error('a partial row that could be completed has no level left: this is a bug');
      if (this.#solver.assign(parameter, best)) {
        row[parameter] = best;
        return most;
      }
      tried[best] = 1;
    }
  }

  /** Among equal gains: what is open elsewhere, and where nothing is, the weight. */
  #preference(parameter: number, level: number, start: number): number {
    const open = this.#openAt[start + level] as number;
    if (open > 0) return WEIGHT_LIMIT + open * (0.7 + 0.3 * this.#random.next());
    return (this.#weights[parameter]?.[level] ?? 1) * this.#random.next();
  }

  /** For each level: the open tuples that it would cover together with what is set. */
  #gainsOf(parameter: number, row: Row, count: number): void {
    const gains = this.#gains.fill(0, 0, count);
    const states = this.#states;
    const entry = this.#demands.entries[parameter] as Int32Array;
    for (let at = 0; at < entry.length; at += ENTRY) {
      let tuple = entry[at + 1] as number;
      const last = at + 3 + 2 * (entry[at] as number);
      let other = at + 3;
      for (; other < last; other += 2) {
        const level = row[entry[other] as number] as number;
        if (level < 0) break;
        tuple += level * (entry[other + 1] as number);
      }
      if (other < last) continue;
      const stride = entry[at + 2] as number;
      for (let level = 0; level < count; level++, tuple += stride) {
        if (states[tuple] === OPEN) (gains[level] as number)++;
      }
    }
  }

  #countOpen(): void {
    const { groups, offsets, levelCounts } = this.#demands;
    groups.forEach((group, index) => {
      const end = offsets[index + 1] ?? this.#demands.tupleCount;
      const starts = group.map((parameter) => this.#solver.starts[parameter] as number);
      const levels = group.map(() => 0);
      for (let tuple = offsets[index] as number; tuple < end; tuple++) {
        if (this.#states[tuple] === OPEN)
          for (let i = 0; i < levels.length; i++)
            (this.#openAt[(starts[i] as number) + (levels[i] as number)] as number)++;
        for (let i = levels.length - 1; i >= 0; i--) {
          levels[i] = (levels[i] as number) + 1;
          if ((levels[i] as number) < (levelCounts[group[i] as number] as number)) break;
          levels[i] = 0;
        }
      }
    });
  }
}

/** Weights above this are as this one: they decide ties only. */
export const WEIGHT_LIMIT = 1000;

export function shuffle(list: number[], random: Random): void {
  for (let i = list.length - 1; i > 0; i--) {
    const j = random.uint32() % (i + 1);
    [list[i], list[j]] = [list[j] as number, list[i] as number];
  }
}
