import { type Impairment, seededRandom, VirtualClock } from '@plugfest/model';
import { describe, expect, test } from 'vitest';
import { expectedLoss } from './burst-loss.ts';
import { ImpairedLine } from './impairment.ts';
import { NETWORK_PROFILES } from './network-profiles.ts';

const PACKET = new Uint8Array(172);

/** What arrived of packets that are sent every so often: [number, after how many ms]. */
function carry(count: number, impairment: Impairment, seed = 1, everyMs = 1): [number, number][] {
  const clock = new VirtualClock();
  const line = new ImpairedLine(clock, seededRandom(seed));
  line.set(impairment);
  const arrived: [number, number][] = [];
  for (let i = 0; i < count; i++) {
    const sentUs = clock.nowUs();
    line.carry(PACKET, () => arrived.push([i, (clock.nowUs() - sentUs) / 1000]));
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
    line.carry(PACKET, () => expect.unreachable());
    expect(clock.pending).toBe(1);
    line.close();
    expect(clock.pending).toBe(0);
  });
});

/** Many packets through a line, and the line itself. */
function through(impairment: Impairment, { count = 20_000, everyMs = 1, bytes = 172, seed = 3 } = {}) {
  const clock = new VirtualClock();
  const line = new ImpairedLine(clock, seededRandom(seed));
  line.set(impairment);
  const arrived: {
    readonly number: number;
    readonly atMs: number;
    readonly delayMs: number;
    readonly payload: Uint8Array;
  }[] = [];
  for (let number = 0; number < count; number++) {
    const sentUs = clock.nowUs();
    line.carry(new Uint8Array(bytes), (payload) =>
      arrived.push({ number, atMs: clock.nowUs() / 1000, delayMs: (clock.nowUs() - sentUs) / 1000, payload }),
    );
    clock.advanceMs(everyMs);
  }
  clock.advanceMs(60_000);
  return { arrived, line, clock };
}

/** Four standard deviations of a share of so many. */
const spread = (ratio: number, count: number): number => 4 * Math.sqrt((ratio * (1 - ratio)) / count);

describe('a line like a real one', () => {
  test('loses in bursts: as much in the long run, and as long at a time, as the chain says', () => {
    const burstLoss = { toBad: 0.01, toGood: 0.25, lossInBad: 1, lossInGood: 0 };
    const { arrived } = through({ burstLoss }, { count: 100_000 });
    const lost = 1 - arrived.length / 100_000;
    expect(Math.abs(lost - expectedLoss(burstLoss))).toBeLessThan(0.005);
    const bursts = arrived.filter(({ number }, at) => at > 0 && number - (arrived[at - 1]?.number ?? 0) > 1).length;
    expect((100_000 - arrived.length) / bursts).toBeCloseTo(4, 0);
  });

  test('is out from time to time', () => {
    const { arrived } = through({ outage: { everyMs: 1000, lengthMs: 200 } }, { count: 3000 });
    expect(arrived.every(({ number }) => number % 1000 < 800)).toBe(true);
    expect(arrived).toHaveLength(2400);
  });

  test('takes no more than its rate, queues what is too much, and loses what does not fit', () => {
    const { arrived, line } = through(
      { rateBps: 800_000, queueBytes: 10_000 },
      { count: 2000, everyMs: 1, bytes: 172 },
    );
    const bits = arrived.length * 200 * 8;
    const lastMs = arrived.at(-1)?.atMs ?? 0;
    expect(bits / (lastMs / 1000)).toBeCloseTo(800_000, -4);
    expect(line.counts.queueFull).toBe(2000 - arrived.length);
    // A full queue of 10,000 bytes at 800 kbit/s lasts 100 ms.
    expect(Math.max(...arrived.map(({ delayMs }) => delayMs))).toBeLessThanOrEqual(101);
    expect(Math.max(...arrived.map(({ delayMs }) => delayMs))).toBeGreaterThan(95);
  });

  test('has spreads of the shapes that are asked for', () => {
    const delays = (impairment: Impairment): number[] =>
      through({ ...impairment, mayOvertake: true }, { count: 20_000 }).arrived.map(({ delayMs }) => delayMs);
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    const deviation = (values: readonly number[]): number =>
      Math.sqrt(mean(values.map((v) => (v - mean(values)) ** 2)));
    const normal = delays({ delayMs: 100, jitterMs: 10, jitterShape: 'normal' });
    expect(mean(normal)).toBeCloseTo(100, 0);
    expect(deviation(normal)).toBeCloseTo(10, 0);
    const pareto = delays({ delayMs: 10, jitterMs: 10, jitterShape: 'pareto' });
    expect(Math.min(...pareto)).toBeGreaterThanOrEqual(9.4);
    expect(mean(pareto)).toBeGreaterThan(18);
    expect(mean(pareto)).toBeLessThan(20.5);
    expect(Math.max(...pareto)).toBeGreaterThan(60);
  });

  test('lets packets overtake where it is told to, and only there', () => {
    const inversions = (impairment: Impairment): number => {
      const { arrived } = through(impairment, { count: 5000 });
      return arrived.filter(({ number }, at) => number < (arrived[at - 1]?.number ?? -1)).length;
    };
    expect(inversions({ delayMs: 20, jitterMs: 15 })).toBe(0);
    expect(inversions({ delayMs: 20, jitterMs: 15, mayOvertake: true })).toBeGreaterThan(500);
    const { line, arrived } = through({ delayMs: 20, reorderRatio: 0.05 }, { count: 5000 });
    expect(Math.abs(line.counts.overtaking / 5000 - 0.05)).toBeLessThan(spread(0.05, 5000));
    expect(arrived).toHaveLength(5000);
  });

  test('repeats and spoils the shares that are asked for: one bit of a copy', () => {
    const { arrived, line } = through({ duplicateRatio: 0.03, corruptRatio: 0.02 }, { count: 20_000 });
    expect(arrived.length - 20_000).toBe(line.counts.duplicated);
    expect(Math.abs(line.counts.duplicated / 20_000 - 0.03)).toBeLessThan(spread(0.03, 20_000));
    const spoilt = arrived.filter(({ payload }) => payload.some((byte) => byte !== 0));
    expect(spoilt).toHaveLength(line.counts.corrupted);
    for (const { payload } of spoilt) {
      const bits = payload.reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0);
      expect(bits).toBe(1);
    }
  });

  test('loses what is too long', () => {
    expect(through({ mtuBytes: 171 }, { count: 10 }).line.counts.tooLarge).toBe(10);
    expect(through({ mtuBytes: 172 }, { count: 10 }).arrived).toHaveLength(10);
  });

  test('counts all that it was offered', () => {
    const all: Impairment = {
      lossRatio: 0.1,
      duplicateRatio: 0.1,
      delayMs: 5,
      jitterMs: 50,
      rateBps: 1e6,
      queueBytes: 3000,
      reorderRatio: 0.1,
    };
    const { arrived, line } = through(all);
    const { offered, lost, tooLarge, queueFull, duplicated } = line.counts;
    expect(offered).toBe(20_000);
    expect(arrived.length).toBe(offered - lost - tooLarge - queueFull + duplicated);
  });
});

describe('the named networks', () => {
  test.each(NETWORK_PROFILES.map((profile) => [profile.name, profile] as const))(
    '%s is one that a line takes',
    (_, { network, source, what }) => {
      expect(source).not.toBe('');
      expect(what).not.toBe('');
      for (const impairment of [network.sent, network.received]) {
        const { arrived } = through(impairment ?? {}, { count: 2000, everyMs: 20 });
        expect(arrived.length).toBeGreaterThan(1500);
      }
    },
  );
});
