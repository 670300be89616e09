import { type Demands, ENTRY } from './demands.ts';
import type { Row } from './model.ts';

/** How often each tuple is covered by some rows, kept while places of the rows change. */
export class Tally {
  readonly counts: Uint16Array;
  readonly #demands: Demands;

  constructor(demands: Demands, rows: readonly Row[]) {
    this.#demands = demands;
    this.counts = new Uint16Array(demands.tupleCount);
    for (const row of rows) this.add(row);
  }

  add(row: Row): void {
    this.#demands.forEachIn(row, (tuple) => (this.counts[tuple] as number)++);
  }

  remove(row: Row): void {
    this.#demands.forEachIn(row, (tuple) => (this.counts[tuple] as number)--);
  }

  /** The tuples that only this place of this row covers, with the level that it has. */
  onlyHere(row: Row, parameter: number): number {
    const entry = this.#demands.entries[parameter] as Int32Array;
    const level = row[parameter] as number;
    let found = 0;
    for (let at = 0; at < entry.length; at += ENTRY) {
      const base = baseOf(entry, at, row);
      if (base >= 0 && this.counts[base + level * (entry[at + 2] as number)] === 1) found++;
    }
    return found;
  }

  /** What a change of one place in a full row would win: tuples newly covered less tuples lost. */
  gain(row: Row, parameter: number, level: number): number {
    const entry = this.#demands.entries[parameter] as Int32Array;
    const counts = this.counts;
    const old = row[parameter] as number;
    let gain = 0;
    for (let at = 0; at < entry.length; at += ENTRY) {
      let base = entry[at + 1] as number;
      const last = at + 3 + 2 * (entry[at] as number);
      for (let other = at + 3; other < last; other += 2)
        base += (row[entry[other] as number] as number) * (entry[other + 1] as number);
      const stride = entry[at + 2] as number;
      if (counts[base + level * stride] === 0) gain++;
      if (counts[base + old * stride] === 1) gain--;
    }
    return gain;
  }

  /** Changes one place, and says through the callback which tuples are no longer covered (`false`) or newly covered (`true`). */
  change(row: Row, parameter: number, level: number, onTurn?: (tuple: number, isCovered: boolean) => void): void {
    const old = row[parameter] as number;
    const entry = this.#demands.entries[parameter] as Int32Array;
    const counts = this.counts;
    for (let at = 0; at < entry.length; at += ENTRY) {
      const base = baseOf(entry, at, row);
      if (base < 0) continue;
      const stride = entry[at + 2] as number;
      if (old >= 0) {
        const tuple = base + old * stride;
        if (--(counts[tuple] as number) === 0) onTurn?.(tuple, false);
      }
      if (level >= 0) {
        const tuple = base + level * stride;
        if (++(counts[tuple] as number) === 1) onTurn?.(tuple, true);
      }
    }
    row[parameter] = level;
  }
}

/** The tuple of an entry for level 0 of its own parameter; −1 where another place of the row is open. */
function baseOf(entry: Int32Array, at: number, row: Row): number {
  let base = entry[at + 1] as number;
  const last = at + 3 + 2 * (entry[at] as number);
  for (let other = at + 3; other < last; other += 2) {
    const level = row[entry[other] as number] as number;
    if (level < 0) return -1;
    base += level * (entry[other + 1] as number);
  }
  return base;
}
