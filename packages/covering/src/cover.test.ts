import { describe, expect, test } from 'vitest';
import { checkCoverage } from './checker.ts';
import { compare, is, isNot, when } from './condition.ts';
import { type Cover, type CoverOptions, cover } from './cover.ts';
import { type Model, modelOf, type Row, uniformModel } from './model.ts';

function covered(model: Model, options: CoverOptions): Cover {
  const result = cover(model, options);
  if (!result.ok) throw new Error(result.error);
  return result.value;
}

/** An array that the independent checker finds whole, and in agreement with the generator's own numbers. */
function proven(model: Model, options: CoverOptions): readonly Row[] {
  const { rows, tuples, excluded } = covered(model, options);
  const coverage = checkCoverage(model, options.strength, rows);
  expect(coverage).toEqual({ tuples, covered: tuples - excluded, excluded, missing: [], invalid: [] });
  return rows;
}

describe('the standard models', () => {
  // The first array's goal at t = 2, without a search.
  test.each([
    ['3^4', [[3, 4]], 9],
    ['3^13', [[3, 13]], 15],
    [
      '4^15·3^17·2^29',
      [
        [4, 15],
        [3, 17],
        [2, 29],
      ],
      28,
    ],
    [
      '4^1·3^39·2^35',
      [
        [4, 1],
        [3, 39],
        [2, 35],
      ],
      22,
    ],
    ['2^100', [[2, 100]], 10],
    ['10^20', [[10, 20]], 155],
  ] as const)('pairs of %s', (_, shape, most) => {
    expect(proven(uniformModel(shape), { strength: 2 }).length).toBeLessThanOrEqual(most);
  });

  test('many levels, many columns', () => {
    const { rows, tuples } = covered(uniformModel([[15, 20]]), { strength: 2 });
    expect(checkCoverage(uniformModel([[15, 20]]), 2, rows)).toMatchObject({ covered: tuples, missing: [] });
    expect(rows.length).toBeLessThanOrEqual(455);
  });

  test('triples and quadruples', () => {
    expect(proven(uniformModel([[3, 4]]), { strength: 3 }).length).toBe(27);
    expect(proven(uniformModel([[2, 5]]), { strength: 4 }).length).toBe(16);
    expect(proven(uniformModel([[3, 8]]), { strength: 3 }).length).toBeLessThanOrEqual(54);
  });

  test('orthogonal arrays of every order up to nine', () => {
    for (const order of [2, 3, 4, 5, 7, 8, 9]) {
      const rows = proven(uniformModel([[order, Math.min(order + 1, 7)]]), { strength: 2 });
      expect(rows.length).toBe(order ** 2);
    }
  });
});

describe('a model of one’s own', () => {
  const model = modelOf(
    {
      browser: ['Chromium', 'Firefox', 'none'],
      codec: ['VP8', 'H264', 'VP9'],
      loss: [0, 1, 5],
      bridge: ['own', 'peer'],
    },
    [when(is('browser', 'none'), is('codec', 'H264')), when(is('bridge', 'peer'), compare('loss', '<=', 1))],
  );

  test('is covered under its constraints', () => {
    const rows = proven(model, { strength: 2 });
    // The least possible: H264 needs 3 rows with none and 2 more, VP8 and VP9 3 each for the losses.
    expect(rows.length).toBe(11);
  });

  test('gives the same rows for the same seed, and others for another', () => {
    const rowsOf = (seed: number) => covered(model, { strength: 2, seed }).rows.map((row) => row.join());
    expect(rowsOf(7)).toEqual(rowsOf(7));
    expect(rowsOf(7)).not.toEqual(rowsOf(8));
  });

  test('keeps the rows of before when a level is added', () => {
    const before = covered(model, { strength: 2 }).rows;
    const grown: Model = modelOf(
      {
        browser: ['Chromium', 'Firefox', 'none'],
        codec: ['VP8', 'H264', 'VP9', 'AV1'],
        loss: [0, 1, 5],
        bridge: ['own', 'peer'],
      },
      model.constraints,
    );
    const after = proven(grown, { strength: 2, seeds: before });
    expect(after.slice(0, before.length)).toEqual(before);
    expect(after.length - before.length).toBeLessThanOrEqual(3);
  });

  test('completes partial seeds, and refuses those that break a constraint', () => {
    const seeds = [Int16Array.of(2, -1, -1, -1), Int16Array.of(2, 0, -1, -1), Int16Array.of(0, 2, 2, 0)];
    const { rows, refusedSeeds } = covered(model, { strength: 2, seeds });
    expect(refusedSeeds).toEqual([1]);
    expect(rows[0]?.[0]).toBe(2);
    expect(rows[0]?.[1]).toBe(1);
    expect(rows[1]).toEqual(seeds[2]);
  });

  test('mixed strength: triples of some, pairs of the rest', () => {
    const mixed = { ...model, subModels: [{ parameters: ['browser', 'codec', 'loss'], strength: 3 }] };
    const rows = proven(mixed, { strength: 2 });
    expect(new Set(rows.map((row) => [...row].slice(0, 3).join())).size).toBe(21);
  });

  test('constraints that exclude each other, and strengths that cannot be, are said', () => {
    const never = { ...model, constraints: [is('codec', 'VP8'), isNot('codec', 'VP8')] };
    expect(cover(never, { strength: 2 })).toMatchObject({ ok: false });
    expect(cover(model, { strength: 5 })).toMatchObject({ ok: false });
    expect(cover(modelOf({ one: [1, 2] }), { strength: 2 })).toMatchObject({ ok: false });
  });

  test('long alternatives do not blow up', () => {
    const axes = Object.fromEntries(Array.from({ length: 14 }, (_, i) => [`p${i}`, [0, 1, 2]]));
    const pairs = Array.from({ length: 7 }, (_, i) => ({ all: [is(`p${2 * i}`, 0), is(`p${2 * i + 1}`, 0)] }));
    proven(modelOf(axes, [{ any: pairs }]), { strength: 2 });
  });
});

describe('the checker', () => {
  const model = modelOf({ a: [0, 1], b: [0, 1], c: [0, 1] }, [isNot('c', 1)]);

  test('names what is missing', () => {
    const coverage = checkCoverage(model, 2, [Int16Array.of(0, 0, 0), Int16Array.of(1, 1, 0), Int16Array.of(0, 1, 0)]);
    expect(coverage).toEqual({ tuples: 12, covered: 7, excluded: 4, missing: ['a: 1, b: 0'], invalid: [] });
  });

  test('counts nothing of rows that are not allowed or incomplete', () => {
    const coverage = checkCoverage(model, 1, [Int16Array.of(0, 0, 1), Int16Array.of(1, -1, 0)]);
    expect(coverage).toMatchObject({ covered: 0, invalid: [0, 1], excluded: 1 });
  });
});
