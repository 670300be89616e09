import { seededRandom, VirtualClock } from '@plugfest/model';
import { describe, expect, test } from 'vitest';
import { ImpairedLine, type Impairment } from './impairment.ts';

/** What arrived of packets that are sent every so often: [number, after how many ms]. */
function carry(count: number, impairment: Impairment, seed = 1, everyMs = 1): [number, number][] {
  const clock = new VirtualClock();
  const line = new ImpairedLine(clock, seededRandom(seed));
  line.set(impairment);
  const arrived: [number, number][] = [];
  for (let i = 0; i < count; i++) {
    const sentUs = clock.nowUs();
    line.carry(() => arrived.push([i, (clock.nowUs() - sentUs) / 1000]));
    clock.advanceMs(everyMs);
  }
  clock.advanceMs(10_000);
  return arrived;
}

describe('an impaired line', () => {
  test('carries at once where nothing is asked for', () => {
    expect(carry(3, {})).toEqual([
      [0, 0],
      [1, 0],
      [2, 0],
    ]);
  });

  test('loses the share that is asked for, and the same packets for the same seed', () => {
    const arrived = carry(10_000, { lossRatio: 0.1 });
    expect(arrived.length).toBeGreaterThan(8800);
    expect(arrived.length).toBeLessThan(9200);
    expect(carry(10_000, { lossRatio: 0.1 })).toEqual(arrived);
    expect(carry(10_000, { lossRatio: 0.1 }, 2)).not.toEqual(arrived);
    expect(carry(100, { lossRatio: 1 })).toEqual([]);
  });

  test('delays by what is asked for', () => {
    for (const [, delayMs] of carry(100, { delayMs: 50 })) expect(Math.abs(delayMs - 50)).toBeLessThanOrEqual(1);
  });

  test('spreads by the jitter, and keeps the order', () => {
    const arrived = carry(2000, { delayMs: 20, jitterMs: 30 }, 1, 20);
    const delays = arrived.map(([, delayMs]) => delayMs);
    expect(arrived.map(([i]) => i)).toEqual(arrived.map((_, i) => i));
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(19.5);
    expect(Math.max(...delays)).toBeLessThanOrEqual(51);
    expect(Math.max(...delays) - Math.min(...delays)).toBeGreaterThan(29);
  });

  test('refuses what no network does', () => {
    const line = new ImpairedLine(new VirtualClock(), seededRandom(1));
    for (const wrong of [{ lossRatio: 1.1 }, { lossRatio: Number.NaN }, { delayMs: -1 }, { jitterMs: -1 }]) {
      expect(() => line.set(wrong)).toThrow(RangeError);
    }
  });

  test('leaves no timer when it is closed', () => {
    const clock = new VirtualClock();
    const line = new ImpairedLine(clock, seededRandom(1));
    line.set({ delayMs: 100 });
    line.carry(() => expect.unreachable());
    expect(clock.pending).toBe(1);
    line.close();
    expect(clock.pending).toBe(0);
  });
});
