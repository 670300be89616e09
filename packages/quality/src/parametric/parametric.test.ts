import { expect, test } from 'vitest';
import { burstMetrics, mosOfRating, mosOfWidebandRating, transmissionRating, widebandRating } from './index.ts';

test('the defaults of G.107 rate 93.2, MOS 4.41', () => {
  const { rating } = transmissionRating();
  expect(rating).toBeCloseTo(93.2, 1);
  expect(mosOfRating(rating)).toBeCloseTo(4.41, 2);
});

/** @see ITU-T G.107 table B.1 */
test.each([
  [90, 4.34],
  [80, 4.03],
  [70, 3.6],
  [60, 3.1],
  [50, 2.58],
  [100, 4.5],
  [0, 1],
])('a rating of %d is MOS %d', (rating, mos) => {
  // The table rounds up.
  expect(Math.abs(mosOfRating(rating) - mos)).toBeLessThan(0.0061);
});

/** @see ITU-T G.113 appendix I: G.711 with and without concealment, G.729A, G.723.1 at 5.3 kbit/s */
test.each([
  ['G.711 with concealment, 2 % lost', { robustness: 25.1, lossPercent: 2 }, 7.01],
  ['G.711 without, 2 % lost', { robustness: 4.3, lossPercent: 2 }, 30.16],
  ['G.729A with VAD', { equipment: 11, robustness: 19 }, 11],
  ['G.729A with VAD, 3 % lost', { equipment: 11, robustness: 19, lossPercent: 3 }, 22.45],
  ['the same in bursts', { equipment: 11, robustness: 19, lossPercent: 3, burstRatio: 2 }, 23.29],
])('%s', (_, known, impairment) => {
  const rated = transmissionRating(known);
  expect(rated.equipment).toBeCloseTo(impairment, 2);
  expect(rated.rating).toBeCloseTo(93.2 - impairment, 1);
});

test('up to 100 ms of delay go unnoticed, then each more takes more; echo takes more still', () => {
  const at = (absoluteDelayMs: number): number => transmissionRating({ absoluteDelayMs }).rating;
  expect(at(100)).toBe(at(0));
  const steps = [100, 150, 200, 300, 400, 600, 800].map(at);
  for (let i = 1; i < steps.length; i++) expect(steps[i]).toBeLessThan(steps[i - 1] as number);
  const echo = { meanDelayMs: 150, roundTripMs: 300, absoluteDelayMs: 150 };
  expect(transmissionRating({ ...echo, talkerEchoDb: 45 }).rating).toBeLessThan(
    transmissionRating({ ...echo, talkerEchoDb: 65 }).rating,
  );
});

test('an undisturbed wideband connection rates 129, MOS 4.5', () => {
  expect(widebandRating()).toBe(129);
  expect(mosOfWidebandRating(129)).toBe(4.5);
  expect(widebandRating({ equipment: 13, robustness: 15, lossPercent: 5 })).toBeCloseTo(129 - 13 - (82 * 5) / 20, 6);
});

test('bursts hold no 16 arrivals in a row; a loss alone belongs to a gap', () => {
  const arrived = Array.from({ length: 200 }, () => true);
  for (const at of [20, 60, 61, 70, 86, 150]) arrived[at] = false;
  // 60, 61, 70 and, 15 arrivals later, 86.
  expect(burstMetrics(arrived, 20)).toEqual({
    burstDensity: 4 / 27,
    gapDensity: 2 / 173,
    burstMs: 540,
    gapMs: (173 * 20) / 2,
    bursts: 1,
    lossRatio: 0.03,
    burstRatio: expect.closeTo((6 / 5) * 0.97, 9),
  });
  arrived[86] = true;
  arrived[87] = false;
  expect(burstMetrics(arrived, 20)).toMatchObject({ burstDensity: 3 / 11, bursts: 1 });
});

test('nothing lost, all lost, nothing expected', () => {
  expect(burstMetrics([], 20)).toBeUndefined();
  expect(burstMetrics([true, true], 20)).toMatchObject({ burstDensity: 0, gapMs: 40, burstRatio: 1 });
  expect(burstMetrics([false, false], 20)).toMatchObject({ burstDensity: 1, gapMs: 0, lossRatio: 1, burstRatio: 1 });
});
