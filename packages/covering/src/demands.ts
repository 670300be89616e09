import { err, ok, type Result } from '@plugfest/model';
import { indexOfParameter } from './expression.ts';
import type { Model } from './model.ts';

/** Numbers per entry of `Demands.entries`. */
export const ENTRY = 9;

/** A tuple is open, covered by a row, or proven impossible. */
export const OPEN = 0;
export const COVERED = 1;
export const EXCLUDED = 2;

/** More than this is not planned: it would neither fit into memory nor be run by anybody. */
const MOST_TUPLES = 80_000_000;
const MOST_GROUPS = 1_500_000;

/** Every tuple that is asked for, numbered. A group is one set of parameters; its tuples follow each other, the last parameter fastest. */
export class Demands {
  readonly levelCounts: readonly number[];
  readonly groups: readonly (readonly number[])[];
  /** The number of each group's first tuple. */
  readonly offsets: Int32Array;
  readonly tupleCount: number;
  /**
   * For each parameter, the groups that it is in, `ENTRY` numbers each: how many others, the group's offset, the parameter's own stride, and then
   * parameter and stride of each other one.
   */
  readonly entries: readonly Int32Array[];

  constructor(levelCounts: readonly number[], groups: readonly (readonly number[])[]) {
    this.levelCounts = levelCounts;
    this.groups = groups;
    this.offsets = new Int32Array(groups.length);
    const counts = new Int32Array(levelCounts.length);
    for (const group of groups) for (const parameter of group) (counts[parameter] as number)++;
    this.entries = levelCounts.map((_, parameter) => new Int32Array((counts[parameter] as number) * ENTRY));
    const filled = new Int32Array(levelCounts.length);
    let total = 0;
    groups.forEach((group, index) => {
      this.offsets[index] = total;
      const strides = stridesOf(group, levelCounts);
      group.forEach((parameter, position) => {
        const entry = this.entries[parameter] as Int32Array;
        let at = ((filled[parameter] as number)++ as number) * ENTRY;
        entry[at++] = group.length - 1;
        entry[at++] = total;
        entry[at++] = strides[position] as number;
        group.forEach((other, where) => {
          if (where === position) return;
          entry[at++] = other;
          entry[at++] = strides[where] as number;
        });
      });
      total += group.reduce((product, parameter) => product * (levelCounts[parameter] as number), 1);
    });
    this.tupleCount = total;
  }

  /** The group of a tuple. */
  groupOf(tuple: number): number {
    let [low, high] = [0, this.offsets.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.offsets[middle] as number) <= tuple) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** The levels of a tuple, in the order of its group's parameters. */
  levelsOf(tuple: number, group: number): number[] {
    let rest = tuple - (this.offsets[group] as number);
    const parameters = this.groups[group] as readonly number[];
    const levels = new Array<number>(parameters.length);
    for (let i = parameters.length - 1; i >= 0; i--) {
      const count = this.levelCounts[parameters[i] as number] as number;
      levels[i] = rest % count;
      rest = Math.floor(rest / count);
    }
    return levels;
  }

  /** Calls with every tuple that a row contains; open places contain none. */
  forEachIn(row: ArrayLike<number>, visit: (tuple: number) => void): void {
    for (let index = 0; index < this.groups.length; index++) {
      const group = this.groups[index] as readonly number[];
      let tuple = 0;
      for (let i = 0; i < group.length; i++) {
        const level = row[group[i] as number] as number;
        if (level < 0) {
          tuple = -1;
          break;
        }
        tuple = tuple * (this.levelCounts[group[i] as number] as number) + level;
      }
      if (tuple >= 0) visit(tuple + (this.offsets[index] as number));
    }
  }
}

function stridesOf(group: readonly number[], levelCounts: readonly number[]): number[] {
  const strides = new Array<number>(group.length);
  let stride = 1;
  for (let i = group.length - 1; i >= 0; i--) {
    strides[i] = stride;
    stride *= levelCounts[group[i] as number] as number;
  }
  return strides;
}

/**
 * What a strength asks of a model. A sub-model of a higher strength adds its own groups; one of a lower strength takes away the groups that
 * hold more of its parameters than its strength.
 */
export function demandsOf(model: Model, strength: number): Result<Demands, string> {
  const levelCounts = model.parameters.map(({ levels }) => levels.length);
  if (strength < 1 || strength > 4) return err(`the strength is ${strength}; it can be 1, 2, 3 or 4`);
  if (strength > levelCounts.length)
    return err(`the strength is ${strength}, and the model has ${levelCounts.length} parameters`);
  const subModels = model.subModels.map((each) => ({
    parameters: each.parameters.map((name) => indexOfParameter(name, model)).sort((a, b) => a - b),
    strength: each.strength ?? strength,
  }));
  const tooMany = subModels.find((each) => each.strength > 4);
  if (tooMany) return err(`a sub-model has the strength ${tooMany.strength}; it can be 1, 2, 3 or 4`);
  const expected =
    choose(levelCounts.length, strength) +
    subModels.reduce((sum, each) => sum + choose(each.parameters.length, each.strength), 0);
  if (expected > MOST_GROUPS) return err(`${expected} sets of parameters are more than ${MOST_GROUPS}`);
  const whole = [...subsets(levelCounts.length, strength)].filter((group) =>
    subModels.every((each) => group.filter((parameter) => each.parameters.includes(parameter)).length <= each.strength),
  );
  const own = subModels.flatMap((each) =>
    [...subsets(each.parameters.length, each.strength)].map((group) => group.map((i) => each.parameters[i] as number)),
  );
  const groups = [...new Map([...whole, ...own].map((group) => [group.join(), group])).values()];
  const tuples = groups.reduce((sum, group) => sum + group.reduce((n, p) => n * (levelCounts[p] as number), 1), 0);
  if (tuples > MOST_TUPLES) return err(`${tuples} tuples are more than ${MOST_TUPLES}`);
  return ok(new Demands(levelCounts, groups));
}

function choose(n: number, k: number): number {
  let result = 1;
  for (let i = 0; i < k; i++) result = (result * (n - i)) / (i + 1);
  return Math.round(result);
}

/** All ascending choices of `size` out of 0 … `count` − 1. */
export function* subsets(count: number, size: number): Generator<number[]> {
  const chosen = Array.from({ length: size }, (_, i) => i);
  while (size <= count) {
    yield [...chosen];
    let at = size - 1;
    while (at >= 0 && chosen[at] === count - size + at) at--;
    if (at < 0) return;
    (chosen[at] as number)++;
    for (let i = at + 1; i < size; i++) chosen[i] = (chosen[i - 1] as number) + 1;
  }
}
