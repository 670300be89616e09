import { type Expression, resolve } from './expression.ts';
import type { Model, Row } from './model.ts';

/** What a checker found of an array, without having seen how it was made. */
export interface Coverage {
  readonly tuples: number;
  readonly covered: number;
  /** Proven impossible: no row that satisfies the constraints contains them. */
  readonly excluded: number;
  /** Possible, and in no row: the array is wrong. */
  readonly missing: readonly string[];
  /** Rows that break a constraint or are incomplete, by index: the array is wrong. */
  readonly invalid: readonly number[];
}

/**
 * Proves an array: reads the rows that are valid, keeps every tuple they hold by its text, and searches a row for each tuple that was not seen.
 * Shares with the generator what a condition means, and nothing else: neither the numbering of tuples nor the solver.
 */
export function checkCoverage(model: Model, strength: number, rows: readonly Row[]): Coverage {
  const possible = new RowSearch(model);
  const invalid = rows.flatMap((row, index) => (isValid(model, possible, row) ? [] : [index]));
  const valid = rows.filter((_, index) => !invalid.includes(index));
  const missing: string[] = [];
  const result = { tuples: 0, covered: 0, excluded: 0 };
  for (const set of parameterSets(model, strength)) {
    const seen = new Set(valid.map((row) => set.map((parameter) => row[parameter]).join()));
    for (const levels of product(set.map((parameter) => model.parameters[parameter]?.levels.length ?? 0))) {
      result.tuples++;
      if (seen.has(levels.join())) result.covered++;
      else if (possible.exists(set, levels)) missing.push(inWords(model, set, levels));
      else result.excluded++;
    }
  }
  return { ...result, missing, invalid };
}

function isValid(model: Model, possible: RowSearch, row: Row): boolean {
  const isComplete = model.parameters.every(({ levels }, index) => levels[row[index] as number] !== undefined);
  return isComplete && possible.allows([...row]);
}

function inWords(model: Model, set: readonly number[], levels: readonly number[]): string {
  return set
    .map((parameter, i) => {
      const { name, levels: known } = model.parameters[parameter] as Model['parameters'][number];
      return `${name}: ${known[levels[i] as number]?.name}`;
    })
    .join(', ');
}

/** The sets of parameters that are asked for: of the whole, less those that a weaker sub-model frees, and of each sub-model. */
function parameterSets(model: Model, strength: number): number[][] {
  const fold = (name: string): string => (model.isCaseSensitive ? name : name.toUpperCase());
  const groups = model.subModels.map((subModel) => ({
    members: subModel.parameters.map((name) => model.parameters.findIndex((each) => fold(each.name) === fold(name))),
    strength: subModel.strength ?? strength,
  }));
  const everything = model.parameters.map((_, index) => index);
  const whole = choices(everything, strength).filter(
    (set) => !groups.some((group) => set.filter((each) => group.members.includes(each)).length > group.strength),
  );
  const own = groups.flatMap((group) =>
    choices(
      group.members.toSorted((a, b) => a - b),
      group.strength,
    ),
  );
  return [...new Map([...whole, ...own].map((set) => [set.join(), set])).values()];
}

function choices(list: readonly number[], size: number): number[][] {
  if (size === 0) return [[]];
  return list.flatMap((first, index) => choices(list.slice(index + 1), size - 1).map((rest) => [first, ...rest]));
}

function* product(counts: readonly number[]): Generator<number[]> {
  const [first, ...rest] = counts;
  if (first === undefined) {
    yield [];
    return;
  }
  for (let level = 0; level < first; level++) for (const others of product(rest)) yield [level, ...others];
}

/** What can be said of an expression while some places are open. */
type Truth = boolean | 'open';

/** Searches rows by trying levels, with what is already false cut off: no propagation, nothing learned. */
class RowSearch {
  readonly #model: Model;
  readonly #constraints: readonly Expression[];
  /** The parameters that share constraints, directly or through others, by parameter. */
  readonly #components: readonly (readonly number[])[];
  readonly #known = new Map<string, boolean>();

  constructor(model: Model) {
    this.#model = model;
    this.#constraints = model.constraints.map((condition) => resolve(condition, model));
    this.#components = this.#joined();
  }

  allows(row: readonly number[]): boolean {
    return this.#truth(row) === true && this.#negatives(row) <= 1;
  }

  /** Whether any valid row has these levels. */
  exists(set: readonly number[], levels: readonly number[]): boolean {
    const row = this.#model.parameters.map(() => -1);
    set.forEach((parameter, i) => {
      row[parameter] = levels[i] as number;
    });
    if (this.#negatives(row) > 1) return false;
    // Parameters without a common constraint can be searched apart; negative levels tie all together, but a row can do without further ones.
    const reached = new Set(this.#components.flat());
    const fixed = set.filter((parameter) => reached.has(parameter));
    const key = fixed.map((parameter) => `${parameter}=${row[parameter]}`).join();
    const known = this.#known.get(key);
    if (known !== undefined && !this.#hasNegatives()) return known;
    const isPossible = this.#components.every((component) => this.#complete(row, component));
    this.#known.set(key, isPossible);
    return isPossible;
  }

  /** Whether the open places of a component can be filled so that its constraints hold; fills those that they need. */
  #complete(row: number[], component: readonly number[]): boolean {
    if (this.#negatives(row) > 1) return false;
    const open: number[][] = [];
    for (const expression of this.#constraints) {
      const truth = truthOf(expression, row);
      if (truth === false) return false;
      const places = truth === 'open' ? mentioned(expression).filter((each) => row[each] === -1) : [];
      if (places.some((each) => component.includes(each))) open.push(places);
    }
    // The constraint with the fewest open places first: what is wrong with it shows soonest.
    const parameter = open.sort((a, b) => a.length - b.length)[0]?.[0];
    if (parameter === undefined) return true;
    for (const level of this.#positiveFirst(parameter)) {
      row[parameter] = level;
      if (this.#complete(row, component)) return true;
    }
    row[parameter] = -1;
    return false;
  }

  /** Places that stay open are filled with levels that are not negative: every parameter has one. */
  #positiveFirst(parameter: number): number[] {
    const levels = this.#model.parameters[parameter]?.levels ?? [];
    return levels
      .map((_, level) => level)
      .sort((a, b) => Number(levels[a]?.isNegative) - Number(levels[b]?.isNegative));
  }

  #hasNegatives(): boolean {
    return this.#model.parameters.some(({ levels }) => levels.some((level) => level.isNegative));
  }

  #negatives(row: readonly number[]): number {
    return row.filter((level, parameter) => this.#model.parameters[parameter]?.levels[level]?.isNegative).length;
  }

  #truth(row: readonly number[]): Truth {
    let result: Truth = true;
    for (const expression of this.#constraints) {
      const truth = truthOf(expression, row);
      if (truth === false) return false;
      if (truth === 'open') result = 'open';
    }
    return result;
  }

  #joined(): number[][] {
    const components: Set<number>[] = [];
    for (const expression of this.#constraints) {
      const scope = new Set(mentioned(expression));
      for (const other of components.filter((each) => !each.isDisjointFrom(scope))) {
        for (const parameter of other) scope.add(parameter);
        components.splice(components.indexOf(other), 1);
      }
      components.push(scope);
    }
    // A search of one component must not use up the one negative level of another: then they are one.
    if (this.#hasNegatives() && components.length > 1) return [components.flatMap((each) => [...each])];
    return components.map((each) => [...each]);
  }
}

function mentioned(expression: Expression): number[] {
  if (expression.kind === 'in') return [expression.parameter];
  if (expression.kind === 'relation') return [expression.left, expression.right];
  return expression.kind === 'not' ? mentioned(expression.of) : expression.of.flatMap(mentioned);
}

function truthOf(expression: Expression, row: readonly number[]): Truth {
  switch (expression.kind) {
    case 'in': {
      const level = row[expression.parameter] as number;
      return level < 0 ? 'open' : expression.holds[level] === 1;
    }
    case 'relation': {
      const [left, right] = [row[expression.left] as number, row[expression.right] as number];
      return left < 0 || right < 0 ? 'open' : expression.holds[left]?.[right] === 1;
    }
    case 'not': {
      const truth = truthOf(expression.of, row);
      return truth === 'open' ? 'open' : !truth;
    }
    default: {
      // “all” is settled by one false, “any” by one true.
      const settling = expression.kind === 'any';
      const truths = expression.of.map((each) => truthOf(each, row));
      if (truths.includes(settling)) return settling;
      return truths.includes('open') ? 'open' : !settling;
    }
  }
}
