import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Bisected, bisect, type VersionVerdict, verdictOfTries } from './bisection.ts';

function search(
  versions: number,
  verdictOf: (version: number) => VersionVerdict,
): Bisected & { readonly asked: number[] } {
  const asked: number[] = [];
  const dialogue = bisect(versions);
  let step = dialogue.next();
  while (!step.done) {
    asked.push(step.value);
    step = dialogue.next(verdictOf(step.value));
  }
  return { ...step.value, asked };
}

describe('bisection', () => {
  test('finds the first bad version in few tries, none of them twice', () => {
    const cases = fc
      .integer({ min: 2, max: 500 })
      .chain((n) => fc.tuple(fc.constant(n), fc.integer({ min: 1, max: n - 1 })));
    fc.assert(
      fc.property(cases, ([versions, firstBad]) => {
        const { asked, ...found } = search(versions, (version) => (version >= firstBad ? 'bad' : 'good'));
        expect(found).toEqual({ firstBad, suspects: [firstBad], lastGood: firstBad - 1 });
        expect(asked.length).toBeLessThanOrEqual(2 + Math.ceil(Math.log2(versions)));
        expect(new Set(asked).size).toBe(asked.length);
      }),
    );
  });

  test('with versions of which nobody can tell: the first bad one is among the suspects, and they begin behind a good one', () => {
    const cases = fc
      .integer({ min: 3, max: 60 })
      .chain((n) =>
        fc.tuple(
          fc.constant(n),
          fc.integer({ min: 1, max: n - 1 }),
          fc.subarray(Array.from({ length: n }, (_, i) => i)),
        ),
      );
    fc.assert(
      fc.property(cases, ([versions, firstBad, dark]) => {
        const truth = (version: number): VersionVerdict => (version >= firstBad ? 'bad' : 'good');
        const found = search(versions, (version) => (dark.includes(version) ? 'unknown' : truth(version)));
        if (found.reason) return;
        expect(found.suspects).toContain(firstBad);
        expect(truth(found.lastGood as number)).toBe('good');
        expect(found.suspects.slice(0, -1).every((version) => dark.includes(version))).toBe(true);
        expect(found.firstBad).toBe(found.suspects.length === 1 ? firstBad : undefined);
      }),
    );
  });

  test.each([
    ['all good', 'good', 'all-good', [4]],
    ['all bad', 'bad', 'all-bad', [4, 0]],
    ['nothing known', 'unknown', 'nothing-known', [4, 3, 2, 1, 0]],
  ] as const)('%s: says so', (_, verdict, reason, asked) => {
    expect(search(5, () => verdict)).toMatchObject({ reason, asked });
  });

  test('one version alone', () => {
    expect(search(1, () => 'bad')).toMatchObject({ firstBad: 0, reason: 'all-bad' });
    expect(search(1, () => 'good')).toMatchObject({ reason: 'all-good' });
    expect(search(0, () => 'good')).toMatchObject({ reason: 'nothing-known' });
  });
});

describe('k of n tries', () => {
  const rule = { needed: 2, times: 3 };
  test.each<[VersionVerdict[], VersionVerdict | undefined]>([
    [[], undefined],
    [['bad'], undefined],
    [['bad', 'bad'], 'bad'],
    [['good', 'good'], 'good'],
    [['good', 'bad'], undefined],
    [['good', 'bad', 'bad'], 'bad'],
    [['unknown', 'unknown', 'good'], 'unknown'],
  ])('%j: %s', (tries, verdict) => {
    expect(verdictOfTries(tries, rule)).toBe(verdict);
  });
});
