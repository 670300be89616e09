import { expect, test } from 'vitest';
import { RtpStreamStatistics } from './rtp-stream-statistics.ts';

function after(sequenceNumbers: readonly number[]): { expected: number; received: number; lost: number } {
  const statistics = new RtpStreamStatistics();
  for (const number of sequenceNumbers) statistics.count(number, 0, 0, undefined);
  const { expected, received, lost } = statistics;
  return { expected, received, lost };
}

// RFC 3550 A.1 and A.3
test.each([
  ['a gap', [1, 2, 4, 5], { expected: 5, received: 4, lost: 1 }],
  ['the wrap of sequence numbers', [65_534, 65_535, 0, 2], { expected: 5, received: 4, lost: 1 }],
  ['disorder is no loss', [1, 3, 2, 4], { expected: 4, received: 4, lost: 0 }],
  ['a duplicate counts as received', [1, 2, 2, 3], { expected: 3, received: 4, lost: -1 }],
  ['a stray far away is not counted', [1, 2, 30_000, 3], { expected: 3, received: 3, lost: 0 }],
  ['a sender that starts over', [1, 2, 30_000, 30_001, 30_003], { expected: 5, received: 4, lost: 1 }],
])('%s', (_, sequenceNumbers, expected) => {
  expect(after(sequenceNumbers)).toEqual(expected);
});

test('jitter of a steady stream is none, across the wrap of timestamps', () => {
  const statistics = new RtpStreamStatistics();
  for (let i = 0; i < 100; i++) statistics.count(i, (2 ** 32 - 1600 + i * 160) >>> 0, i * 20_000, 8000);
  expect(statistics.jitterMs).toBeCloseTo(0, 6);
});

test('jitter of a stream that is late by 8 ms every other packet comes to 8 ms', () => {
  const statistics = new RtpStreamStatistics();
  for (let i = 0; i < 400; i++) statistics.count(i, i * 160, i * 20_000 + (i % 2) * 8000, 8000);
  expect(statistics.jitterMs).toBeCloseTo(8, 3);
});
