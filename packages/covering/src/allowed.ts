import { type Expression, evaluate, resolve, scopeOf } from './expression.ts';
import type { Model, Row } from './model.ts';

/** Whether full rows stay allowed while single places change. */
export class Allowed {
  readonly #touching: readonly (readonly Expression[])[];
  readonly #negative: readonly Uint8Array[];
  readonly #hasNegative: boolean;

  constructor(model: Model) {
    const expressions = model.constraints.map((condition) => resolve(condition, model));
    const scopes = expressions.map(scopeOf);
    this.#touching = model.parameters.map((_, parameter) =>
      expressions.filter((_, index) => scopes[index]?.has(parameter)),
    );
    this.#negative = model.parameters.map(({ levels }) => Uint8Array.from(levels, (level) => Number(level.isNegative)));
    this.#hasNegative = this.#negative.some((mask) => mask.includes(1));
  }

  /** Whether nothing forbids anything. */
  get isTrivial(): boolean {
    return !this.#hasNegative && this.#touching.every((list) => list.length === 0);
  }

  /** Whether a row that is allowed stays so with another level in one place. */
  change(row: Row, parameter: number, level: number): boolean {
    const expressions = this.#touching[parameter] as readonly Expression[];
    if (expressions.length === 0 && !this.#hasNegative) return true;
    const old = row[parameter] as number;
    row[parameter] = level;
    const isAllowed = expressions.every((expression) => evaluate(expression, row)) && !this.#hasTwoNegatives(row);
    row[parameter] = old;
    return isAllowed;
  }

  #hasTwoNegatives(row: Row): boolean {
    if (!this.#hasNegative) return false;
    let count = 0;
    for (let parameter = 0; parameter < row.length; parameter++)
      count += this.#negative[parameter]?.[row[parameter] as number] ?? 0;
    return count > 1;
  }
}
