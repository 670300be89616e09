import type { Condition, Relation } from './condition.ts';
import type { Level, Model, Parameter } from './model.ts';

/** A condition with names resolved: leaves are tables over the levels' indices. */
export type Expression =
  | { readonly kind: 'in'; readonly parameter: number; readonly holds: Uint8Array }
  | { readonly kind: 'relation'; readonly left: number; readonly right: number; readonly holds: readonly Uint8Array[] }
  | { readonly kind: 'all' | 'any'; readonly of: readonly Expression[] }
  | { readonly kind: 'not'; readonly of: Expression };

/** Thrown where a condition names what the model has not, or compares what cannot be compared. */
export class BadCondition extends Error {
  readonly code = 'bad-condition';
}

/** Resolves a condition against the model. @throws BadCondition */
export function resolve(condition: Condition, model: Model): Expression {
  if ('all' in condition) return { kind: 'all', of: condition.all.map((each) => resolve(each, model)) };
  if ('any' in condition) return { kind: 'any', of: condition.any.map((each) => resolve(each, model)) };
  if ('not' in condition) return { kind: 'not', of: resolve(condition.not, model) };
  const index = indexOfParameter(condition.parameter, model);
  const parameter = model.parameters[index] as Parameter;
  const leaf = (test: (level: Level) => boolean): Expression => ({
    kind: 'in',
    parameter: index,
    holds: Uint8Array.from(parameter.levels, (level) => Number(test(level))),
  });
  if ('isNegative' in condition) return leaf((level) => level.isNegative === condition.isNegative);
  if ('in' in condition) {
    for (const value of condition.in) checkType(parameter, value);
    return leaf((level) => condition.in.some((value) => holds(level.name, '=', String(value), parameter, model)));
  }
  if ('other' in condition) return relationOf(index, condition.relation, condition.other, model);
  const { relation, value } = condition;
  if (relation === 'like' && parameter.isNumeric)
    throw new BadCondition(`LIKE is for text, and all values of “${parameter.name}” are numbers`);
  checkType(parameter, value);
  return leaf((level) => holds(level.name, relation, String(value), parameter, model));
}

/** Where a parameter stands in the model. @throws BadCondition */
export function indexOfParameter(name: string, model: Model): number {
  const fold = (text: string): string => (model.isCaseSensitive ? text : text.toUpperCase());
  const index = model.parameters.findIndex((parameter) => fold(parameter.name) === fold(name));
  if (index === -1) {
    const known = model.parameters.map((parameter) => parameter.name).join(', ');
    throw new BadCondition(`there is no parameter “${name}”; there are: ${known}`);
  }
  return index;
}

function relationOf(left: number, relation: Relation, otherName: string, model: Model): Expression {
  const right = indexOfParameter(otherName, model);
  const [a, b] = [model.parameters[left] as Parameter, model.parameters[right] as Parameter];
  if (left === right) throw new BadCondition(`“${a.name}” is compared with itself`);
  if (a.isNumeric !== b.isNumeric)
    throw new BadCondition(`“${a.name}” and “${b.name}” cannot be compared: one has numbers only, the other has not`);
  const table = a.levels.map((x) =>
    Uint8Array.from(b.levels, (y) => Number(holds(x.name, relation, y.name, a, model))),
  );
  return { kind: 'relation', left, right, holds: table };
}

/** PICT knows two types, and compares like with like only. */
function checkType(parameter: Parameter, value: string | number): void {
  if (parameter.isNumeric && typeof value === 'string' && Number.isNaN(Number(value)))
    throw new BadCondition(`“${parameter.name}” has numbers only, and is compared with the text “${value}”`);
  if (!parameter.isNumeric && typeof value === 'number')
    throw new BadCondition(`“${parameter.name}” has text values, and is compared with the number ${value}`);
}

function holds(value: string, relation: Relation, other: string, { isNumeric }: Parameter, model: Model): boolean {
  const fold = (text: string): string => (model.isCaseSensitive ? text : text.toUpperCase());
  if (relation === 'like') return wildcard(fold(other)).test(fold(value));
  const [a, b] = isNumeric ? [Number(value), Number(other)] : [fold(value), fold(other)];
  return COMPARISONS[relation](a, b);
}

type Comparable = string | number;
const COMPARISONS: Readonly<Record<Exclude<Relation, 'like'>, (a: Comparable, b: Comparable) => boolean>> = {
  '=': (a, b) => a === b,
  '<>': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

function wildcard(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's');
}

/** What a complete row says to an expression. */
export function evaluate(expression: Expression, row: ArrayLike<number>): boolean {
  switch (expression.kind) {
    case 'in':
      return expression.holds[row[expression.parameter] as number] === 1;
    case 'relation':
      return expression.holds[row[expression.left] as number]?.[row[expression.right] as number] === 1;
    case 'all':
      return expression.of.every((each) => evaluate(each, row));
    case 'any':
      return expression.of.some((each) => evaluate(each, row));
    case 'not':
      return !evaluate(expression.of, row);
  }
}

/** The parameters that an expression speaks of. */
export function scopeOf(expression: Expression): Set<number> {
  switch (expression.kind) {
    case 'in':
      return new Set([expression.parameter]);
    case 'relation':
      return new Set([expression.left, expression.right]);
    case 'not':
      return scopeOf(expression.of);
    default:
      return new Set(expression.of.flatMap((each) => [...scopeOf(each)]));
  }
}
