import { expect, test } from 'vitest';
import { measurePackets } from '../packet-statistics.ts';
import { ratePackets } from './index.ts';

test('lost packets are rated with the interval of the loss', () => {
  const { lossRatio } = measurePackets({ expected: 1000, lost: 20, jitterMs: undefined });
  const { ratingR, mosCqe } = ratePackets(lossRatio, { robustness: 25.1 });
  expect(ratingR).toMatchObject({ value: expect.closeTo(93.2 - 7.01, 1), n: 1000 });
  if (!('value' in ratingR) || !('value' in mosCqe)) throw new Error('not measured');
  expect(ratingR.low).toBeLessThan(ratingR.value);
  expect(ratingR.high).toBeGreaterThan(ratingR.value);
  expect(mosCqe.value).toBeCloseTo(4.24, 2);
});

test('where nothing was counted nothing is rated', () => {
  const { lossRatio } = measurePackets(undefined);
  expect(ratePackets(lossRatio)).toEqual({ ratingR: lossRatio, mosCqe: lossRatio });
});
