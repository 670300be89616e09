import type { Random } from '@plugfest/model';
import type { SymbolRows } from './orthogonal.ts';

/** Starter vectors that a long search has found; others are searched for briefly. */
const KNOWN: readonly {
  readonly columns: number;
  readonly group: number;
  readonly fixed: number;
  readonly vector: readonly number[];
}[] = [{ columns: 20, group: 7, fixed: 3, vector: [2, 0, 9, 0, 7, 4, 0, 5, 8, 4, 9, 7, 4, 8, 3, 5, 5, 5, 4, 1] }];

/** The most fixed symbols that the table or a short search has a starter vector for. */
export function findStarter(columns: number, levels: number, random: Random): Starter | undefined {
  const known = KNOWN.find((each) => each.columns === columns && each.group + each.fixed === levels);
  if (known) return known;
  const group = levels - 1;
  const vector = new StarterSearch(columns, group, 1, random).find();
  return vector && { columns, group, fixed: 1, vector };
}

/** A starter vector over the symbols 0 … group − 1, which Z_group moves, and `fixed` more, which stay. */
export interface Starter {
  readonly columns: number;
  readonly group: number;
  readonly fixed: number;
  readonly vector: readonly number[];
}

/**
 * A starter vector rotated to all places, and each rotation shifted by every element of Z_group: covers all pairs but those of two fixed
 * symbols. So pairs of v symbols in k columns take k · group rows and an array of the fixed ones.
 *
 * @see Meagher, Stevens: Group construction of covering arrays, J. Combin. Des. 13 (2005)
 */
export function starterRows({ columns, group, vector }: Starter): SymbolRows {
  const rows: SymbolRows = [];
  for (let turn = 0; turn < columns; turn++) {
    for (let shift = 0; shift < group; shift++) {
      rows.push(
        Array.from({ length: columns }, (_, column) => {
          const symbol = vector[(column + turn) % columns] as number;
          return symbol < group ? (symbol + shift) % group : symbol;
        }),
      );
    }
  }
  return rows;
}

/** Changes of one symbol, some uphill, that are tried before giving up. */
const MOVES = 10_000;

class StarterSearch {
  readonly #columns: number;
  readonly #group: number;
  readonly #fixed: number;
  readonly #random: Random;
  readonly #vector: number[];
  /** How often each condition of each distance is met: differences first, then each fixed symbol followed by a moving one. */
  readonly #counts: Int32Array;
  #missing: number;

  constructor(columns: number, group: number, fixed: number, random: Random) {
    this.#columns = columns;
    this.#group = group;
    this.#fixed = fixed;
    this.#random = random;
    this.#vector = new Array<number>(columns).fill(-1);
    this.#counts = new Int32Array(columns * (group + fixed));
    this.#missing = (columns - 1) * (group + fixed);
  }

  find(): readonly number[] | undefined {
    const symbols = this.#group + this.#fixed;
    for (let place = 0; place < this.#columns; place++) this.#set(place, this.#random.uint32() % symbols);
    for (let move = 0; move < MOVES && this.#missing > 0; move++) {
      const place = this.#random.uint32() % this.#columns;
      const old = this.#vector[place] as number;
      const before = this.#missing;
      this.#set(place, this.#random.uint32() % symbols);
      const worse = this.#missing - before;
      const temperature = 1.2 * (1 - move / MOVES) + 0.15;
      if (worse > 0 && this.#random.next() > Math.exp(-worse / temperature)) this.#set(place, old);
    }
    return this.#missing === 0 ? this.#vector : undefined;
  }

  #set(place: number, symbol: number): void {
    this.#count(place, -1);
    this.#vector[place] = symbol;
    this.#count(place, 1);
  }

  #count(place: number, step: 1 | -1): void {
    if ((this.#vector[place] as number) < 0) return;
    for (let distance = 1; distance < this.#columns; distance++) {
      this.#pair(place, (place + distance) % this.#columns, distance, step);
      this.#pair((place - distance + this.#columns) % this.#columns, place, distance, step);
    }
  }

  #pair(from: number, to: number, distance: number, step: 1 | -1): void {
    const [a, b] = [this.#vector[from] as number, this.#vector[to] as number];
    const group = this.#group;
    if (a < 0 || b < 0 || b >= group) return;
    const condition = a < group ? (b - a + group) % group : a;
    const at = distance * (group + this.#fixed) + condition;
    const was = this.#counts[at] as number;
    this.#counts[at] = was + step;
    if (step === 1 && was === 0) this.#missing--;
    if (step === -1 && was === 1) this.#missing++;
  }
}
