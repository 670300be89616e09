/** A set of tuples with a random member in constant time. */
export class TupleSet {
  readonly #members: Int32Array;
  readonly #places: Int32Array;
  #size = 0;

  constructor(tupleCount: number) {
    this.#members = new Int32Array(tupleCount);
    this.#places = new Int32Array(tupleCount).fill(-1);
  }

  get size(): number {
    return this.#size;
  }

  at(index: number): number {
    return this.#members[index] as number;
  }

  add(tuple: number): void {
    if (this.#places[tuple] !== -1) return;
    this.#places[tuple] = this.#size;
    this.#members[this.#size++] = tuple;
  }

  delete(tuple: number): void {
    const place = this.#places[tuple] as number;
    if (place === -1) return;
    const last = this.#members[--this.#size] as number;
    this.#members[place] = last;
    this.#places[last] = place;
    this.#places[tuple] = -1;
  }
}
