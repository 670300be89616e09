import { type Expression, resolve } from './expression.ts';
import type { Model } from './model.ts';

/** A forbidden box: a row is wrong where, for every literal, the variable's level is inside the mask. */
export type Box = readonly Literal[];

export interface Literal {
  readonly variable: number;
  readonly inside: Uint8Array;
}

/** All that rows must not contain. Variables from `parameters` upward are of our own making, with two levels. */
export interface Forbidden {
  readonly levelCounts: readonly number[];
  readonly boxes: readonly Box[];
}

/** A product of boxes larger than this is cut by a variable of our own: as exact, and linear in size. */
const LARGEST_PRODUCT = 64;

/** The boxes that the constraints forbid, and those of two negative levels in one row. @throws BadCondition */
export function forbiddenBoxes(model: Model): Forbidden {
  const collector = new Collector(model.parameters.map(({ levels }) => levels.length));
  const boxes = model.constraints.flatMap((condition) => collector.violations(resolve(condition, model), false));
  return { levelCounts: collector.levelCounts, boxes: [...unique(boxes), ...negativePairs(model)] };
}

function negativePairs(model: Model): Box[] {
  const masks = model.parameters.map(({ levels }) => Uint8Array.from(levels, (level) => Number(level.isNegative)));
  const negative = masks.flatMap((inside, variable) => (inside.includes(1) ? [{ variable, inside }] : []));
  return negative.flatMap((a, index) => negative.slice(index + 1).map((b): Box => [a, b]));
}

function unique(boxes: readonly Box[]): Box[] {
  const key = (box: Box): string => box.map(({ variable, inside }) => `${variable}:${inside.join('')}`).join();
  return [...new Map(boxes.map((box) => [key(box), box])).values()];
}

class Collector {
  readonly levelCounts: number[];

  constructor(levelCounts: readonly number[]) {
    this.levelCounts = [...levelCounts];
  }

  /** Where the expression is false; where it is true if `isNegated`. */
  violations(expression: Expression, isNegated: boolean): Box[] {
    switch (expression.kind) {
      case 'not':
        return this.violations(expression.of, !isNegated);
      case 'in':
        return boxOf(expression.parameter, complementIf(!isNegated, expression.holds));
      case 'relation':
        return relationBoxes(expression, isNegated);
      default: {
        const parts = expression.of.map((each) => this.violations(each, isNegated));
        if ((expression.kind === 'all') !== isNegated) return parts.flat();
        // Nothing is false where nothing is asked, and an empty “any” is false everywhere.
        if (parts.length === 0) return [[]];
        return parts.reduce((a, b) => this.#intersection(a, b));
      }
    }
  }

  /** Wrong where both are wrong. */
  #intersection(a: readonly Box[], b: readonly Box[]): Box[] {
    if (a.length * b.length > LARGEST_PRODUCT && a.length > 1 && b.length > 1) {
      const variable = this.levelCounts.push(2) - 1;
      const [first, second] = [Uint8Array.of(1, 0), Uint8Array.of(0, 1)];
      return [
        ...a.map((box) => [...box, { variable, inside: first }]),
        ...b.map((box) => [...box, { variable, inside: second }]),
      ];
    }
    return unique(a.flatMap((x) => b.flatMap((y) => meet(x, y))));
  }
}

function boxOf(variable: number, inside: Uint8Array): Box[] {
  return inside.includes(1) ? [[{ variable, inside }]] : [];
}

function complementIf(isComplement: boolean, mask: Uint8Array): Uint8Array {
  return isComplement ? mask.map((bit) => 1 - bit) : mask;
}

/** One box for each set of right levels that some left levels share. */
function relationBoxes(expression: Extract<Expression, { kind: 'relation' }>, isNegated: boolean): Box[] {
  const { left, right, holds } = expression;
  const groups = new Map<string, { lefts: Uint8Array; rights: Uint8Array }>();
  holds.forEach((mask, level) => {
    const rights = complementIf(!isNegated, mask);
    const key = rights.join('');
    const group = groups.get(key) ?? { lefts: new Uint8Array(holds.length), rights };
    group.lefts[level] = 1;
    groups.set(key, group);
  });
  return [...groups.values()]
    .filter(({ rights }) => rights.includes(1))
    .map(({ lefts, rights }) => [
      { variable: left, inside: lefts },
      { variable: right, inside: rights },
    ]);
}

/** The part that two boxes share: none, or one box. */
function meet(a: Box, b: Box): Box[] {
  const literals = new Map(a.map((literal) => [literal.variable, literal]));
  for (const { variable, inside } of b) {
    const known = literals.get(variable)?.inside;
    const both = known ? inside.map((bit, level) => bit & (known[level] as number)) : inside;
    if (!both.includes(1)) return [];
    literals.set(variable, { variable, inside: both });
  }
  return [[...literals.values()].sort((x, y) => x.variable - y.variable)];
}
