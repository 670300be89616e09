import { describe, expect, it } from 'vitest';
import { formatProfileLevelId, levelLimits, lowerLevel, parseProfileLevelId } from './h264-profile.ts';

describe('profile-level-id', () => {
  it.each([
    ['42e01f', 'constrained-baseline', 31],
    ['42E034', 'constrained-baseline', 52],
    ['428014', 'baseline', 20],
    ['42001f', 'baseline', 31],
    ['42801f', 'baseline', 31],
    ['4d001f', 'main', 31],
    ['4d801f', 'constrained-baseline', 31],
    ['64001f', 'high', 31],
    ['640c1f', 'constrained-high', 31],
    ['42f00b', 'constrained-baseline', 9],
    ['42e00b', 'constrained-baseline', 11],
    ['640009', 'high', 9],
    ['4280D', 'baseline', 13],
    ['f4001f', 'high-4:4:4-predictive', 31],
  ])('%s', (text, profile, level) => {
    expect(parseProfileLevelId(text)).toMatchObject({ profile, level });
  });

  it.each(['', '42e0', '42e01g', '42e01f00', '42e000', 'ff001f'])('%j is none', (text) => {
    expect(parseProfileLevelId(text)).toBeUndefined();
  });

  it('is written with constraint_set3 for level 1b and without it else', () => {
    expect(formatProfileLevelId('42e0', 9)).toBe('42f00b');
    expect(formatProfileLevelId('42f0', 31)).toBe('42e01f');
    expect(formatProfileLevelId('6400', 9)).toBe('640009');
  });

  it('orders 1b between 1 and 1.1', () => {
    expect(lowerLevel(9, 10)).toBe(10);
    expect(lowerLevel(9, 11)).toBe(9);
    expect(levelLimits(31)).toMatchObject({ maxFrameSizeMacroblocks: 3600, maxMacroblocksPerSecond: 108_000 });
    expect(levelLimits(99).maxFrameSizeMacroblocks).toBe(36_864);
    expect(levelLimits(1).maxFrameSizeMacroblocks).toBe(99);
  });
});
