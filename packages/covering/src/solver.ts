import type { Forbidden } from './forbidden.ts';

/**
 * Decides exactly whether a partial row can be completed: domains of levels, unit propagation over forbidden boxes, and a search that falls
 * back on nothing. Every step is undone by `undoTo`.
 */
export class Solver {
  /** 1 where the level is still possible: `alive[starts[variable] + level]`. */
  readonly alive: Uint8Array;
  /** Levels that are possible, a variable. */
  readonly sizes: Int32Array;
  readonly starts: Int32Array;
  /** Variables that some box speaks of. */
  readonly constrained: readonly number[];
  /** False where no row at all satisfies the boxes. */
  readonly isSatisfiable: boolean;
  /** A completion of what is assigned, for the constrained variables. */
  readonly #witness: Int32Array;
  readonly #boxOf: Int32Array;
  readonly #variableOf: Int32Array;
  readonly #insideOf: Uint8Array[] = [];
  readonly #literalsOf: Int32Array[] = [];
  /** Alive levels outside the mask, a literal. */
  readonly #outside: Int32Array;
  /** Literals without an alive level outside, a box. */
  readonly #entailed: Int32Array;
  /** For each (variable, level): the literals in whose mask the level is not. */
  readonly #outsideAt: Int32Array[];
  readonly #trail: number[] = [];
  readonly #variableAt: Int32Array;
  readonly #units: number[] = [];
  /** 1 where no box speaks of the variable. */
  readonly #isFree: Uint8Array;

  constructor({ levelCounts, boxes }: Forbidden) {
    this.starts = new Int32Array(levelCounts.length);
    let total = 0;
    levelCounts.forEach((count, variable) => {
      this.starts[variable] = total;
      total += count;
    });
    this.alive = new Uint8Array(total).fill(1);
    this.sizes = Int32Array.from(levelCounts);
    this.#variableAt = Int32Array.from(levelCounts.flatMap((count, variable) => new Array(count).fill(variable)));
    const literals = boxes.flatMap((box, index) => box.map((literal) => ({ ...literal, box: index })));
    this.#boxOf = Int32Array.from(literals, ({ box }) => box);
    this.#variableOf = Int32Array.from(literals, ({ variable }) => variable);
    this.#insideOf = literals.map(({ inside }) => inside);
    this.#outside = Int32Array.from(literals, ({ inside }) => inside.reduce((sum, bit) => sum + 1 - bit, 0));
    const literalsOf: number[][] = boxes.map(() => []);
    const outsideAt: number[][] = Array.from({ length: total }, () => []);
    literals.forEach(({ box, variable, inside }, literal) => {
      literalsOf[box]?.push(literal);
      inside.forEach((bit, level) => {
        if (bit === 0) outsideAt[(this.starts[variable] as number) + level]?.push(literal);
      });
    });
    this.#literalsOf = literalsOf.map((list) => Int32Array.from(list));
    this.#outsideAt = outsideAt.map((list) => Int32Array.from(list));
    this.#entailed = Int32Array.from(literalsOf, (list) => list.filter((each) => this.#outside[each] === 0).length);
    this.constrained = [...new Set(this.#variableOf)].sort((a, b) => a - b);
    this.#isFree = Uint8Array.from(levelCounts, (_, variable) => Number(!this.constrained.includes(variable)));
    this.#witness = new Int32Array(levelCounts.length).fill(-1);
    this.isSatisfiable = this.#settleRoot() && this.#search();
  }

  /** A place to come back to. */
  get mark(): number {
    return this.#trail.length;
  }

  isAlive(variable: number, level: number): boolean {
    return this.alive[(this.starts[variable] as number) + level] === 1;
  }

  /** Assigns, if what is then left can be completed; leaves everything as it was otherwise. */
  assign(variable: number, level: number): boolean {
    // Nothing follows from it, so nothing need be remembered.
    if (this.#isFree[variable] === 1) return true;
    if (!this.isAlive(variable, level)) return false;
    const mark = this.mark;
    if (this.#fix(variable, level) && (this.#witness[variable] === level || this.#search())) return true;
    this.undoTo(mark);
    return false;
  }

  undoTo(mark: number): void {
    while (this.#trail.length > mark) {
      const at = this.#trail.pop() as number;
      this.alive[at] = 1;
      (this.sizes[this.#variableAt[at] as number] as number)++;
      const literals = this.#outsideAt[at] as Int32Array;
      for (let i = 0; i < literals.length; i++) {
        const literal = literals[i] as number;
        if (this.#outside[literal] === 0) (this.#entailed[this.#boxOf[literal] as number] as number)--;
        (this.#outside[literal] as number)++;
      }
    }
  }

  /** A level of the completion that is known for what is assigned. */
  witness(variable: number): number {
    return this.#witness[variable] as number;
  }

  #settleRoot(): boolean {
    for (let box = 0; box < this.#entailed.length; box++) {
      const missing = (this.#literalsOf[box] as Int32Array).length - (this.#entailed[box] as number);
      if (missing === 0) return false;
      if (missing === 1) this.#units.push(box);
    }
    return this.#propagate();
  }

  #fix(variable: number, level: number): boolean {
    const start = this.starts[variable] as number;
    const end = this.starts[variable + 1] ?? this.alive.length;
    for (let at = start; at < end; at++) {
      if (at !== start + level && this.alive[at] === 1 && !this.#remove(at)) return this.#fail();
    }
    return this.#propagate();
  }

  #fail(): false {
    this.#units.length = 0;
    return false;
  }

  /** Takes a level away. False where a box is then violated; the counters are consistent all the same. */
  #remove(at: number): boolean {
    this.alive[at] = 0;
    this.#trail.push(at);
    const variable = this.#variableAt[at] as number;
    let isFine = --(this.sizes[variable] as number) > 0;
    const literals = this.#outsideAt[at] as Int32Array;
    for (let i = 0; i < literals.length; i++) {
      const literal = literals[i] as number;
      if (--(this.#outside[literal] as number) > 0) continue;
      const box = this.#boxOf[literal] as number;
      const missing = (this.#literalsOf[box] as Int32Array).length - ++(this.#entailed[box] as number);
      if (missing === 0) isFine = false;
      else if (missing === 1) this.#units.push(box);
    }
    return isFine;
  }

  #propagate(): boolean {
    for (let box = this.#units.pop(); box !== undefined; box = this.#units.pop()) {
      const literal = (this.#literalsOf[box] as Int32Array).find((each) => (this.#outside[each] as number) > 0);
      if (literal === undefined) return this.#fail();
      const start = this.starts[this.#variableOf[literal] as number] as number;
      const inside = this.#insideOf[literal] as Uint8Array;
      for (let level = 0; level < inside.length; level++) {
        if (inside[level] === 1 && this.alive[start + level] === 1 && !this.#remove(start + level)) return this.#fail();
      }
    }
    return true;
  }

  /** Completes the constrained variables, remembers how, and takes it back. */
  #search(): boolean {
    const mark = this.mark;
    const isFound = this.#descend();
    this.undoTo(mark);
    return isFound;
  }

  #descend(): boolean {
    const variable = this.#smallestOpen();
    if (variable === -1) {
      for (const each of this.constrained) this.#witness[each] = this.#firstAlive(each);
      return true;
    }
    const start = this.starts[variable] as number;
    const count = (this.starts[variable + 1] ?? this.alive.length) - start;
    const preferred = Math.max(0, this.#witness[variable] as number);
    for (let i = 0; i < count; i++) {
      const level = (preferred + i) % count;
      if (this.alive[start + level] !== 1) continue;
      const mark = this.mark;
      if (this.#fix(variable, level) && this.#descend()) return true;
      this.undoTo(mark);
    }
    return false;
  }

  #smallestOpen(): number {
    let best = -1;
    for (const variable of this.constrained) {
      const size = this.sizes[variable] as number;
      if (size > 1 && (best === -1 || size < (this.sizes[best] as number))) best = variable;
    }
    return best;
  }

  #firstAlive(variable: number): number {
    const start = this.starts[variable] as number;
    let level = 0;
    while (this.alive[start + level] !== 1) level++;
    return level;
  }
}
