import { describe, expect, test } from 'vitest';
import { rateOf } from './picture-rate.ts';

const times = (count: number, intervalUs: number, firstUs = 0): number[] =>
  Array.from({ length: count }, (_, i) => firstUs + Math.round((i * intervalUs) / 1000) * 1000);
const span = { fromUs: 0, toUs: 8_000_000 };
const value = (shownUs: number[], within = span): number => {
  const rate = rateOf(shownUs, within, 'test');
  return 'value' in rate ? rate.value : Number.NaN;
};

describe('rateOf', () => {
  test.each([5, 7.5, 12, 15, 24, 29.97, 30, 60])('%d pictures a second, wherever the window cuts them', (rate) => {
    for (const phase of [0, 0.3, 0.9]) {
      const shown = times(Math.floor(8 * rate - phase) + 1, 1e6 / rate, (phase * 1e6) / rate).filter((at) => at <= 8e6);
      expect(Math.abs(value(shown) - rate)).toBeLessThan(0.01 * rate ** 0.5);
    }
  });

  test('what stops half-way has half the rate, and so has what begins half-way', () => {
    expect(value(times(60, 66_667))).toBeCloseTo(7.5, 0);
    expect(value(times(60, 66_667, 4_000_000))).toBeCloseTo(7.5, 0);
  });

  test('the interval widens with the unevenness and holds the truth', () => {
    const even = rateOf(times(120, 66_667), span, 'test');
    const uneven = rateOf(
      times(120, 66_667).map((at, i) => at + ((i * 7919) % 41) * 1000),
      span,
      'test',
    );
    if (!('value' in even && 'value' in uneven)) throw new Error('both have numbers');
    const width = ({ low = 0, high = 0 }: { low?: number; high?: number }): number => high - low;
    expect(width(uneven)).toBeGreaterThan(3 * width(even));
    expect(uneven.low).toBeLessThanOrEqual(15);
    expect(uneven.high).toBeGreaterThanOrEqual(15);
  });

  test('one picture, none, and no time', () => {
    expect(value([4_000_000])).toBe(1 / 8);
    expect(value([])).toBe(0);
    expect(rateOf([], { fromUs: 0, toUs: 1000 }, 'test')).toHaveProperty('notMeasured');
  });
});
