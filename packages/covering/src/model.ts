import type { Condition } from './condition.ts';

/** One level of a parameter. Aliases are other names for the same level: they rotate through the rows and count as one. */
export interface Level {
  /** The name without a negative prefix: what constraints compare with. */
  readonly name: string;
  readonly aliases: readonly string[];
  /** Preferred by this factor where the choice does not matter to the coverage; 1 where nothing is said. */
  readonly weight: number;
  /** Out of range on purpose: at most one such level in a row. */
  readonly isNegative: boolean;
}

export interface Parameter {
  readonly name: string;
  readonly levels: readonly Level[];
  /** Numeric where every level's name is a number: decides how constraints compare. */
  readonly isNumeric: boolean;
}

/** Parameters that are covered at a strength of their own: mixed strength. */
export interface SubModel {
  readonly parameters: readonly string[];
  /** Absent: the strength of the whole. */
  readonly strength?: number;
}

/** What is to be covered. */
export interface Model {
  readonly parameters: readonly Parameter[];
  readonly subModels: readonly SubModel[];
  /** Each must hold in every row. */
  readonly constraints: readonly Condition[];
  readonly isCaseSensitive: boolean;
}

/** A row as the levels' indices in the order of the parameters; −1 where a partial row leaves it open. */
export type Row = Int16Array;

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

export function isNumber(text: string): boolean {
  return NUMBER.test(text.trim());
}

/** A parameter of plain levels. Numbers become their decimal text. */
export function parameterOf(name: string, levels: readonly (string | number)[]): Parameter {
  return parameterWith(
    name,
    levels.map((level) => ({ name: String(level), aliases: [], weight: 1, isNegative: false })),
  );
}

/** A parameter of these levels, its type read from their names. */
export function parameterWith(name: string, levels: readonly Level[]): Parameter {
  return { name, levels, isNumeric: levels.every((level) => isNumber(level.name)) };
}

/** A model of parameters alone, e.g. `modelOf({ codec: ['VP8', 'H264'], loss: [0, 5] })`. */
export function modelOf(
  axes: Readonly<Record<string, readonly (string | number)[]>>,
  constraints: readonly Condition[] = [],
  subModels: readonly SubModel[] = [],
): Model {
  return {
    parameters: Object.entries(axes).map(([name, levels]) => parameterOf(name, levels)),
    subModels,
    constraints,
    isCaseSensitive: true,
  };
}

/** A model of `k` parameters with `v` levels for each `[v, k]`, named p0, p1, …: 4^1·3^39 is `[[4, 1], [3, 39]]`. */
export function uniformModel(shape: readonly (readonly [levels: number, count: number])[]): Model {
  const levelCounts = shape.flatMap(([levels, count]) => Array.from({ length: count }, () => levels));
  return modelOf(
    Object.fromEntries(
      levelCounts.map((levels, index) => [`p${index}`, Array.from({ length: levels }, (_, level) => level)]),
    ),
  );
}
