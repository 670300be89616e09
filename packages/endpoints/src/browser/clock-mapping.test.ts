import { expect, it } from 'vitest';
import { ClockMapping } from './clock-mapping.ts';

it('believes the quickest round trip, and is never further off than it says', () => {
  const trueOffsetUs = 5_000_000;
  const mapping = new ClockMapping();
  // Each way takes its own time: [there, back] in microseconds.
  const trips = [
    [900, 100],
    [40, 3000],
    [150, 50],
    [2000, 10],
  ] as const;
  let nowUs = 7_000_000;
  for (const [thereUs, backUs] of trips) {
    mapping.add(nowUs, nowUs + thereUs - trueOffsetUs, nowUs + thereUs + backUs);
    expect(Math.abs(mapping.offsetUs - trueOffsetUs)).toBeLessThanOrEqual(mapping.errorUs);
    nowUs += 10_000;
  }
  expect(mapping.errorUs).toBe(100);
  expect(mapping.toRunUs(1000)).toBe(5_001_000 - 50);
});

it('knows nothing before the first round trip, and nothing by one that ends before it began', () => {
  const mapping = new ClockMapping();
  mapping.add(1000, 0, 999);
  expect(mapping.errorUs).toBe(Number.POSITIVE_INFINITY);
});
