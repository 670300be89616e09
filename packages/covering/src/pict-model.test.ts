import { describe, expect, test } from 'vitest';
import { checkCoverage } from './checker.ts';
import { cover } from './cover.ts';
import type { Model } from './model.ts';
import { faultInWords } from './pict-fault.ts';
import { type PictOptions, readPictModel } from './pict-model.ts';
import { nameRows, seedRow } from './rows.ts';

function read(text: string, options: Partial<PictOptions> = {}): Model {
  const model = readPictModel(text, options);
  if (!model.ok) throw new Error(faultInWords('model', model.error));
  return model.value;
}

/** The rows of the full product that a model allows, as text: what its constraints mean. */
function allowed(text: string, options: Partial<PictOptions> = {}): string[] {
  const model = read(text, options);
  const result = cover(model, { strength: model.parameters.length });
  if (!result.ok) throw new Error(result.error);
  return nameRows(model, result.value.rows)
    .map((row) => Object.values(row).join(' '))
    .sort();
}

const AB = 'A: 1, 2, 3\nB: x, y\n';

describe('what constraints mean', () => {
  test.each([
    ['IF THEN', 'IF [A] = 1 THEN [B] = "x";', ['1 x', '2 x', '2 y', '3 x', '3 y']],
    ['IF THEN ELSE', 'IF [A] = 1 THEN [B] = "x" ELSE [B] = "y";', ['1 x', '2 y', '3 y']],
    ['an invariant', '[A] > 1;', ['2 x', '2 y', '3 x', '3 y']],
    ['text in either case, keywords too', 'if [a] = 1 then [b] <> "X"; [A] <= 2;', ['1 y', '2 x', '2 y']],
    ['IN and NOT IN', '[A] IN {1, 3}; [B] NOT IN { "y" };', ['1 x', '3 x']],
    ['NOT binds to the next term only', '(NOT [A] = 1 AND [B] = "x");', ['2 x', '3 x']],
    ['AND before OR', '([A] = 1 OR [A] = 2 AND [B] = "y");', ['1 x', '1 y', '2 y']],
    ['parentheses', '([A] = 1 OR [A] = 2) AND [B] = "y";', ['1 y', '2 y']],
    ['NOT of a clause', 'IF NOT ([A] = 1 OR [A] = 2) THEN [B] = "x";', ['1 x', '1 y', '2 x', '2 y', '3 x']],
    [
      'over lines, with comments between',
      'IF [A]\n= 1 OR\n# a comment; with [B]\n[A] = 2\nTHEN [B] = "x";',
      ['1 x', '2 x', '3 x', '3 y'],
    ],
    ['LIKE', '[B] LIKE "?"; [B] NOT LIKE "*Y*";', ['1 x', '2 x', '3 x']],
    ['numbers as numbers', '[A] >= 2.0; [A] <> 3e0;', ['2 x', '2 y']],
    ['a value that is not there', 'IF [B] = "z" THEN [A] = 9; [A] = 1;', ['1 x', '1 y']],
  ])('%s', (_, constraints, rows) => {
    expect(allowed(AB + constraints)).toEqual(rows);
  });

  test('parameters with each other', () => {
    expect(allowed('A: 1, 2\nB: 2, 10\n[A] <> [B];')).toEqual(['1 10', '1 2', '2 10']);
    expect(allowed('A: a, b\nB: A, B\n[A] = [B];')).toEqual(['a A', 'b B']);
    expect(allowed('A: 9, 10\nB: 2, 10\n[A] > [B];')).toEqual(['10 2', '9 2']);
  });

  test('case where it is asked for', () => {
    expect(allowed('A: a, A\nB: x\n[A] = "a";', { isCaseSensitive: true })).toEqual(['a x']);
    expect(allowed('A: a, A\nB: x\n[A] = "a";')).toEqual(['A x', 'a x']);
  });

  test('quotes and brackets behind a backslash', () => {
    expect(allowed('A: say "hi", b\nN [1]: 1, 2\n[A] = "say \\"hi\\""; [N [1\\]] = 2;')).toEqual(['say "hi" 2']);
  });

  test('negative values: one in a row, compared without their sign', () => {
    expect(allowed('A: ~-1, 0\nB: ~-1, 0, 1\nIF [A] = -1 THEN [B] = 0;')).toEqual(['0 0', '0 1', '0 ~-1', '~-1 0']);
    expect(allowed('A: ~-1, 0\nB: ~-1, 0\nIF IsNegative() THEN [B] = -1;')).toEqual(['0 0', '0 ~-1']);
    expect(allowed('A: ~-1, 0\nB: 0, 1\nIF IsNegative(A) THEN [B] = 1;')).toEqual(['0 0', '0 1', '~-1 1']);
  });
});

describe('parameters', () => {
  test('values, aliases, weights, references', () => {
    const model = read('One: a | first, b (10), ~c\r\nTwo: <One>, d\n\n# comment\nThree, 1, 2.5\n');
    expect(model.parameters[0]).toEqual({
      name: 'One',
      isNumeric: false,
      levels: [
        { name: 'a', aliases: ['first'], weight: 1, isNegative: false },
        { name: 'b', aliases: [], weight: 10, isNegative: false },
        { name: 'c', aliases: [], weight: 1, isNegative: true },
      ],
    });
    expect(model.parameters[1]?.levels.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd']);
    expect(model.parameters[2]).toMatchObject({ name: 'Three', isNumeric: true });
  });

  test('other separators', () => {
    const model = read('A: 1,5; !2 / two', { valueSeparator: ';', aliasSeparator: '/', negativePrefix: '!' });
    expect(model.parameters[0]?.levels).toMatchObject([
      { name: '1,5' },
      { name: '2', aliases: ['two'], isNegative: true },
    ]);
  });

  test('aliases take turns', () => {
    const model = read('A: a | b\nB: 1, 2, 3, 4');
    const result = cover(model, { strength: 2 });
    if (!result.ok) throw new Error(result.error);
    expect(nameRows(model, result.value.rows).map(({ A }) => A)).toEqual(['a', 'b', 'a', 'b']);
  });

  test('sub-models', () => {
    const model = read('A: 1, 2\nB: 1, 2\nC: 1, 2\nD: 1, 2\n{ a, B, C } @ 3\n{ C, D }\n');
    expect(model.subModels).toEqual([{ parameters: ['A', 'B', 'C'], strength: 3 }, { parameters: ['C', 'D'] }]);
    const result = cover(model, { strength: 2 });
    if (!result.ok) throw new Error(result.error);
    expect(checkCoverage(model, 2, result.value.rows)).toMatchObject({ tuples: 32, covered: 32, missing: [] });
  });

  test('weights decide where the coverage does not', () => {
    const model = read('A: 1, 2, 3, 4, 5, 6, 7, 8\nB: 1, 2, 3, 4, 5, 6, 7, 8\nC: often (100), seldom');
    const result = cover(model, { strength: 2 });
    if (!result.ok) throw new Error(result.error);
    const often = result.value.rows.filter((row) => row[2] === 0).length;
    expect(often / result.value.rows.length).toBeGreaterThan(0.6);
  });

  test('seeds by names', () => {
    const model = read('A: a | first, ~b\nB: 1, 2');
    expect(seedRow(model, { a: 'FIRST', B: '2' })).toEqual({ row: Int16Array.of(0, 1), notes: [] });
    expect(seedRow(model, { A: '~b', B: '9', C: 'x' })).toEqual({
      row: Int16Array.of(1, -1),
      notes: ['“B” has no value “9”', 'the model has no parameter “C”'],
    });
  });
});

describe('what is wrong is said with its place', () => {
  test.each([
    ['no THEN', `${AB}IF [A] = 1 [B] = "x";`, 3, 12, /THEN is expected/],
    ['no end', `${AB}IF [A] = 1 THEN [B] = "x"`, 3, 26, /ends with “;”/],
    ['an unknown parameter', `${AB}IF [A] = 1\n  THEN [Bee] = "x";`, 4, 8, /no parameter “Bee”; there are: A, B/],
    ['text for a number', `${AB}[A] = "one";`, 3, 1, /numbers only/],
    ['a number in quotes for a number', `${AB}[A] IN {1, "2"};`, 3, 1, /the text "2"/],
    ['a number for text', `${AB}[B] = 1;`, 3, 1, /text values/],
    ['types that differ', `${AB}[A] = [B];`, 3, 1, /cannot be compared/],
    ['itself', `${AB}[A] = [A];`, 3, 1, /itself/],
    ['LIKE of numbers', `${AB}[A] LIKE "1*";`, 3, 1, /LIKE is for text/],
    ['an open parenthesis', `${AB}([A] = 1;`, 3, 9, /“\)” is expected/],
    ['an open text', `${AB}[B] = "x;`, 3, 7, /not closed/],
    ['an open bracket', `${AB}IF [A = 1 THEN [B] = 1;`, 3, 4, /no parameter/],
    ['no relation', `${AB}[A] 1;`, 3, 5, /relation is expected/],
    ['an open set', `${AB}[A] IN {1, 2;`, 3, 13, /“}” is expected/],
    ['no value', `${AB}[A] = x;`, 3, 7, /a value is expected/],
    ['a parameter twice', 'A: 1\n a: 2\n', 2, 2, /two parameters/],
    ['no values', 'A: 1\nB:\n', 2, 3, /no values/],
    ['no colon', 'A: 1\nB\n', 2, 1, /name: value/],
    ['negative values only', 'A: ~1, ~2\n', 1, 1, /negative/],
    ['an unknown member', 'A: 1\nB: 2\n{ A, C } @ 2\n', 3, 6, /no parameter “C”/],
    ['an order too high', 'A: 1\nB: 2\n{ A, B } @ 3\n', 3, 11, /more than the 2/],
    ['no order', 'A: 1\nB: 2\n{ A, B } @ x\n', 3, 11, /not an order/],
    ['nothing', '# only a comment\n', 1, 1, /no parameter/],
  ])('%s', (_, text, line, column, message) => {
    const result = readPictModel(text);
    expect(result).toMatchObject({ ok: false, error: { line, column, message: expect.stringMatching(message) } });
  });

  test('with the line and a caret', () => {
    const result = readPictModel(`${AB}IF [A] = 1 [B] = "x";`);
    if (result.ok) throw new Error('a model without THEN was read');
    expect(faultInWords('bad.pict', result.error)).toBe(
      ['bad.pict:3:12: THEN is expected here, or AND, or OR', '  IF [A] = 1 [B] = "x";', '             ^'].join('\n'),
    );
  });
});
