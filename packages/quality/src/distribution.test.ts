import { seededRandom } from '@plugfest/model';
import { expect, test } from 'vitest';
import { distributionOf, meanOf, medianInterval, percentileOf } from './distribution.ts';

const meaning = { unit: 'ms', method: 'test' };

test('percentiles interpolate between ranks', () => {
  expect(percentileOf([10, 20, 30, 40], 0.5)).toBe(25);
  expect(percentileOf([10, 20, 30, 40], 0.95)).toBeCloseTo(38.5, 9);
  expect(distributionOf([5, 1, 4, 2, 3], meaning)).toEqual({
    ...meaning,
    n: 5,
    min: 1,
    p5: 1.2,
    p50: 3,
    p95: 4.8,
    max: 5,
    mean: 3,
    low: 1,
    high: 5,
  });
});

test('too little data is a reason, not a number', () => {
  expect(distributionOf([1, 2], meaning)).toEqual({ notMeasured: '2 samples, at least 5 are needed' });
  expect(meanOf([], meaning)).toEqual({ notMeasured: 'no samples' });
});

test('the interval of a median holds the truth in about 95 of 100 cases', () => {
  let held = 0;
  const random = seededRandom(5).next;
  for (let trial = 0; trial < 1000; trial++) {
    const { low, high } = medianInterval(Array.from({ length: 41 }, () => random() ** 3));
    if (low <= 0.125 && high >= 0.125) held++;
  }
  expect(held).toBeGreaterThan(925);
});
