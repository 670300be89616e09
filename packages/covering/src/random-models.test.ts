import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkCoverage } from './checker.ts';
import { type Condition, type Relation, relate } from './condition.ts';
import { cover } from './cover.ts';
import { evaluate, resolve } from './expression.ts';
import { type Level, type Model, parameterWith } from './model.ts';

/** Random models, small enough to list all their rows: constraints of every form, negative levels, sub-models. */
function smallModels(): fc.Arbitrary<Model> {
  return fc
    .array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.boolean()), { minLength: 2, maxLength: 5 })
    .chain((shape) => {
      const parameters = shape.map(([count, hasNegative], index) =>
        parameterWith(
          `p${index}`,
          Array.from({ length: count }, (_, level) => levelOf(level, hasNegative && level > 1)),
        ),
      );
      const names = parameters.map(({ name }) => name);
      return fc.record({
        parameters: fc.constant(parameters),
        subModels: fc.array(
          fc.record({ parameters: fc.subarray(names, { minLength: 2 }), strength: fc.integer({ min: 1, max: 2 }) }),
          { maxLength: 1 },
        ),
        constraints: fc.array(conditions(names), { maxLength: 4 }),
        isCaseSensitive: fc.constant(true),
      });
    });
}

function levelOf(level: number, isNegative: boolean): Level {
  return { name: String(level), aliases: [], weight: 1, isNegative };
}

const RELATIONS = ['=', '<>', '<', '<=', '>', '>='] as const satisfies readonly Relation[];

function conditions(names: readonly string[]): fc.Arbitrary<Condition> {
  const name = fc.constantFrom(...names);
  const pair = fc.shuffledSubarray([...names], { minLength: 2, maxLength: 2 });
  const relation = fc.constantFrom(...RELATIONS);
  const value = fc.integer({ min: 0, max: 3 });
  const leaf: fc.Arbitrary<Condition> = fc.oneof(
    fc.record({ parameter: name, relation, value }),
    fc.record({ parameter: name, in: fc.array(value, { minLength: 1, maxLength: 3 }) }),
    fc.tuple(pair, relation).map(([[a, b], own]) => relate(a as string, own, b as string)),
    fc.record({ parameter: name, isNegative: fc.boolean() }),
  );
  return fc.letrec<{ node: Condition }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 3, depthSize: 'small', withCrossShrink: true },
      leaf,
      fc.record({ not: tie('node') }),
      fc.record({ all: fc.array(tie('node'), { minLength: 1, maxLength: 3 }) }),
      fc.record({ any: fc.array(tie('node'), { minLength: 1, maxLength: 3 }) }),
    ),
  })).node;
}

/** All rows that a model allows, by listing every combination: the third opinion, without any cleverness. */
function allRows(model: Model, holds: (row: readonly number[]) => boolean): number[][] {
  let rows: number[][] = [[]];
  for (const { levels } of model.parameters) rows = rows.flatMap((row) => levels.map((_, level) => [...row, level]));
  const negatives = (row: readonly number[]): number =>
    row.filter((level, parameter) => model.parameters[parameter]?.levels[level]?.isNegative).length;
  return rows.filter((row) => negatives(row) <= 1 && holds(row));
}

describe('random small models', () => {
  test('every possible tuple is covered, only impossible ones are excluded, and all rows are allowed', () => {
    fc.assert(
      fc.property(smallModels(), fc.integer({ min: 1, max: 4 }), fc.nat(99), (model, t, seed) => {
        const strength = Math.min(t, model.parameters.length);
        const constraints = model.constraints.map((condition) => resolve(condition, model));
        const possible = allRows(model, (row) => constraints.every((each) => evaluate(each, row)));
        const result = cover(model, { strength, seed });
        if (possible.length === 0) {
          expect(result).toEqual({ ok: false, error: expect.stringMatching(/no row satisfies/) });
          return;
        }
        if (!result.ok) throw new Error(result.error);
        const { rows, demands } = result.value;
        const texts = new Set(possible.map((row) => row.join()));
        for (const row of rows) expect(texts.has(row.join())).toBe(true);
        let excluded = 0;
        demands.groups.forEach((group, index) => {
          const held = (list: readonly ArrayLike<number>[]) =>
            new Set(list.map((row) => group.map((p) => row[p]).join()));
          expect(held(rows)).toEqual(held(possible));
          const size = group.reduce((product, p) => product * (demands.levelCounts[p] as number), 1);
          excluded += size - held(possible).size;
          expect(demands.groupOf(demands.offsets[index] as number)).toBe(index);
        });
        expect(result.value.excluded).toBe(excluded);
        const coverage = checkCoverage(model, strength, rows);
        expect(coverage).toMatchObject({ tuples: result.value.tuples, excluded, missing: [], invalid: [] });
      }),
      { numRuns: 300 },
    );
  });

  test('a search for fewer rows keeps the coverage', () => {
    fc.assert(
      fc.property(smallModels(), fc.nat(99), (model, seed) => {
        let looks = 0;
        const options = { strength: 2, seed, isOver: () => looks++ > 5 };
        const result = cover(model, options);
        if (!result.ok) return;
        const { rows, excluded } = result.value;
        expect(checkCoverage(model, 2, rows)).toMatchObject({ excluded, missing: [], invalid: [] });
      }),
      { numRuns: 60 },
    );
  });
});
