/** How a parameter's value stands to another value; `like` has the wildcards * and ?. */
export type Relation = '=' | '<>' | '<' | '<=' | '>' | '>=' | 'like';

/** What must hold, or may be asked, of a row: parameters and values by name. Data, so that it can be read, listed and stored. */
export type Condition =
  | { readonly parameter: string; readonly relation: Relation; readonly value: string | number }
  | { readonly parameter: string; readonly in: readonly (string | number)[] }
  | { readonly parameter: string; readonly relation: Exclude<Relation, 'like'>; readonly other: string }
  | { readonly parameter: string; readonly isNegative: boolean }
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition };

/** `is('browser', 'Chromium')`, `is('browser', 'Chromium', 'Firefox')`. */
export function is(parameter: string, ...values: readonly (string | number)[]): Condition {
  return { parameter, in: values };
}

export function isNot(parameter: string, ...values: readonly (string | number)[]): Condition {
  return not(is(parameter, ...values));
}

/** `compare('size', '<=', 4096)`. */
export function compare(parameter: string, relation: Relation, value: string | number): Condition {
  return { parameter, relation, value };
}

/** `relate('caller', '<>', 'callee')`: two parameters of one row. */
export function relate(parameter: string, relation: Exclude<Relation, 'like'>, other: string): Condition {
  return { parameter, relation, other };
}

export function all(...conditions: readonly Condition[]): Condition {
  return { all: conditions };
}

export function any(...conditions: readonly Condition[]): Condition {
  return { any: conditions };
}

export function not(condition: Condition): Condition {
  return { not: condition };
}

/** `when(is('bridge', 'peer'), isNot('layout', 'grid'))`: where the first holds, the second must. */
export function when(condition: Condition, consequence: Condition, otherwise?: Condition): Condition {
  const implied = any(not(condition), consequence);
  return otherwise === undefined ? implied : all(implied, any(condition, otherwise));
}
