import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { minimise } from './delta-debugging.ts';

interface Outcome<T> {
  readonly left: readonly T[];
  readonly asked: readonly (readonly T[])[];
}

function run<T>(items: readonly T[], fails: (selection: readonly T[]) => boolean): Outcome<T> {
  const asked: (readonly T[])[] = [];
  const dialogue = minimise(items);
  let step = dialogue.next();
  while (!step.done) {
    asked.push(step.value);
    step = dialogue.next(fails(step.value));
  }
  return { left: step.value, asked };
}

const numbered = (length: number): number[] => Array.from({ length }, (_, i) => i);
/** Items, and those of them that the failure needs. */
const cases = fc
  .integer({ min: 0, max: 40 })
  .chain((length) => fc.tuple(fc.constant(numbered(length)), fc.subarray(numbered(length))));

describe('delta debugging', () => {
  test('finds exactly what a failure needs, wherever it stands', () => {
    fc.assert(
      fc.property(cases, ([items, needed]) => {
        const { left } = run(items, (selection) => needed.every((one) => selection.includes(one)));
        expect(left).toEqual(needed);
      }),
    );
  });

  test('whatever fails: what is left fails, nothing of it can be left out, and nothing was asked twice', () => {
    const anything = fc.tuple(fc.integer({ min: 1, max: 14 }), fc.func(fc.boolean()));
    fc.assert(
      fc.property(anything, ([length, draw]) => {
        const items = numbered(length);
        const fails = (selection: readonly number[]): boolean => selection.length === length || draw(selection.join());
        const { left, asked } = run(items, fails);
        expect(fails(left)).toBe(true);
        if (left.length > 1) for (const one of left) expect(fails(left.filter((other) => other !== one))).toBe(false);
        expect(new Set(asked.map((one) => one.join())).size).toBe(asked.length);
        for (const selection of asked) expect(selection).toEqual(selection.toSorted((a, b) => a - b));
      }),
    );
  });

  test('asks for few selections: of a thousand items that a single one matters', () => {
    const { left, asked } = run(numbered(1000), (selection) => selection.includes(617));
    expect(left).toEqual([617]);
    expect(asked.length).toBeLessThan(40);
  });

  test('never asks for more than n² + 3n selections', () => {
    fc.assert(
      fc.property(cases, ([items, needed]) => {
        const { asked } = run(items, (selection) => needed.every((one) => selection.includes(one)));
        expect(asked.length).toBeLessThanOrEqual(items.length ** 2 + 3 * items.length);
      }),
    );
  });

  test('a failure that needs nothing is found at once; of nothing nothing is left', () => {
    expect(run(numbered(8), () => true)).toEqual({ left: [], asked: [[]] });
    expect(run([], () => true)).toEqual({ left: [], asked: [] });
  });
});
