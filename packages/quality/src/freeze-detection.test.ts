import { describe, expect, test } from 'vitest';
import { findFreezes } from './freeze-detection.ts';

const FRAME_MS = 1000 / 15;

/** Picture times at 15/s over 8 s, without those in which `isHidden`. */
function times(isHidden: (ms: number) => boolean, gapMs = FRAME_MS): number[] {
  const shown: number[] = [];
  for (let ms = gapMs / 2; ms < 8000; ms += gapMs) if (!isHidden(ms)) shown.push(ms * 1000);
  return shown;
}
const find = (shown: number[], nominalGapMs = FRAME_MS) => findFreezes(shown, { fromUs: 0, toUs: 8e6, nominalGapMs });

describe('findFreezes', () => {
  test('a steady picture has none, at any rate', () => {
    for (const rate of [5, 7.5, 15, 30])
      expect(
        find(
          times(() => false, 1000 / rate),
          1000 / rate,
        ),
      ).toEqual([]);
  });

  test('one picture in two missing is a low rate, not a freeze', () => {
    let i = 0;
    expect(find(times(() => i++ % 2 === 1))).toEqual([]);
  });

  test.each([3, 5, 15, 75])('%i pictures missing are one freeze, with its start and its length', (missing) => {
    let i = 0;
    const isHidden = (): boolean => i++ >= 30 && i <= 30 + missing;
    const freezes = find(times(isHidden));
    expect(freezes).toHaveLength(1);
    expect(freezes[0]?.startUs).toBeCloseTo(29.5 * FRAME_MS * 1000, 3);
    expect(freezes[0]?.durationMs).toBeCloseTo((missing + 1) * FRAME_MS, 6);
  });

  test('the limit is libwebrtc’s: average + 150 ms where that is larger than three averages', () => {
    const gaps = [...Array(29).fill(66), 0];
    const at = (last: number): number => {
      let now = 0;
      const shown = [1, ...[...gaps.slice(0, 29), last, 66, 66].map((gap) => (now += gap))].map((ms) => ms * 1000);
      return findFreezes(shown, { fromUs: 0, toUs: now * 1000 + 1, nominalGapMs: 66 }).length;
    };
    // average = (29 × 66 + g) / 30; freeze where g ≥ average + 150, i.e. g ≥ 221.17…
    expect(at(221)).toBe(0);
    expect(at(222)).toBe(1);
  });

  test('what stops before the window or never starts again is frozen to the end', () => {
    expect(find([])).toEqual([{ startUs: 0, durationMs: 8000 }]);
    const freezes = find(times((ms) => ms > 2000));
    expect(freezes).toHaveLength(1);
    expect(freezes[0]?.durationMs).toBeGreaterThan(5990);
  });
});
