import { seededRandom } from '@plugfest/model';
import { describe, expect, test } from 'vitest';
import { DelayBasedRate } from './delay-based-rate.ts';
import type { TransportFeedback } from './rtcp-packet.ts';
import { SentTransportPackets } from './sent-transport-packets.ts';
import { type PathOptions, type Sample, SimulatedPath } from './simulated-path-fixture.ts';

function samplesOf(options: PathOptions, seconds: number): readonly Sample[] {
  const path = new SimulatedPath(options);
  path.run(seconds);
  return path.samples;
}
const between = (samples: readonly Sample[], fromMs: number, toMs: number): readonly Sample[] =>
  samples.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
const highest = (samples: readonly Sample[]): number => Math.max(...samples.map(({ targetBps }) => targetBps));
const lowest = (samples: readonly Sample[]): number => Math.min(...samples.map(({ targetBps }) => targetBps));
const longestQueue = (samples: readonly Sample[]): number => Math.max(...samples.map(({ queueMs }) => queueMs));

const SEEDS = [1, 2, 3, 4, 5];
/** 1.2 Mbit/s, from the fifth second on 400 kbit/s, from the twentieth on 1.5 Mbit/s. */
const narrowed = (atMs: number): number => (atMs < 5000 ? 1_200_000 : atMs < 20_000 ? 400_000 : 1_500_000);

describe('a path that becomes narrow', () => {
  test.each(SEEDS)(
    'is gone below within two seconds, its queue empties, and it is used again as it widens (%d)',
    (seed) => {
      const samples = samplesOf({ rateBps: narrowed, seed }, 40);
      expect(lowest(between(samples, 0, 5000))).toBe(1_000_000);
      expect(highest(between(samples, 7000, 20_000))).toBeLessThan(400_000);
      expect(longestQueue(between(samples, 9000, 20_000))).toBeLessThan(200);
      expect(lowest(between(samples, 12_000, 20_000))).toBeGreaterThan(200_000);
      expect(lowest(between(samples, 35_000, 40_000))).toBe(1_000_000);
    },
  );

  test.each(SEEDS)('is noticed where a third of the feedback is lost (%d)', (seed) => {
    const samples = samplesOf({ rateBps: narrowed, feedbackLossRatio: 0.3, seed }, 40);
    expect(lowest(between(samples, 0, 5000))).toBe(1_000_000);
    expect(highest(between(samples, 7500, 20_000))).toBeLessThan(400_000);
    expect(lowest(between(samples, 14_000, 20_000))).toBeGreaterThan(150_000);
    expect(lowest(between(samples, 36_000, 40_000))).toBe(1_000_000);
  });

  test('is noticed where it is narrow from the first packet on', () => {
    const samples = samplesOf({ rateBps: () => 400_000 }, 30);
    expect(highest(between(samples, 2000, 30_000))).toBeLessThan(400_000);
    expect(longestQueue(between(samples, 5000, 30_000))).toBeLessThan(250);
  });
});

describe('a clean path is not limited', () => {
  test.each<[string, PathOptions]>([
    ['as it is', {}],
    ['by jitter of 5 ms', { jitterMs: 5 }],
    ['by jitter of 20 ms', { jitterMs: 20 }],
    ['by jitter of 20 ms in which packets overtake each other', { jitterMs: 20, mayOvertake: true }],
    ['by a loss of 1 %', { lossRatio: 0.01 }],
    ['by key frames', { rateBps: () => 4_000_000, keyFrameEveryMs: 2000 }],
    ['by little to be sent', { rateBps: () => 1_500_000, wantedBps: (atMs) => (atMs % 8000 < 4000 ? 20_000 : 1e6) }],
    ['by a long way', { delayMs: 300, jitterMs: 10 }],
  ])('%s', (_, options) => {
    for (const seed of SEEDS) expect(lowest(samplesOf({ ...options, seed }, 30))).toBe(1_000_000);
  });
});

test('who has little to send keeps the estimate that it had', () => {
  const wantedBps = (atMs: number): number => (atMs < 12_000 ? 1e6 : 20_000);
  const rateBps = (): number => 500_000;
  const samples = samplesOf({ rateBps, wantedBps }, 30);
  const before = between(samples, 11_900, 12_000)[0]?.targetBps ?? 0;
  expect(before).toBeGreaterThan(200_000);
  expect(lowest(between(samples, 12_000, 30_000))).toBeGreaterThanOrEqual(before);
  // And learns nothing of what it does not use.
  expect(highest(between(samples, 12_000, 30_000))).toBeLessThan(600_000);
});

test('a fifth of loss takes a tenth each half second', () => {
  const lossy = samplesOf({ lossRatio: 0.2 }, 4);
  expect(highest(between(lossy, 2000, 4000))).toBeLessThan(1_000_000);
  expect(lowest(between(lossy, 0, 2000))).toBeGreaterThan(600_000);
});

test.each([
  [false, 'lost'],
  [true, 'late, which is not lost'],
])('(%s) what was told to be missing is %s', (comes) => {
  const rate = new DelayBasedRate();
  const fate = { bytes: 1000, arrivalUs: undefined, isReceived: true, isFound: false, untoldBytes: 0 };
  for (let step = 0; step < 12; step++) {
    const nowUs = step * 100_000;
    const missing = Array.from({ length: 3 }, () => ({ ...fate, sentUs: nowUs, isReceived: false }));
    rate.take([...missing, ...Array.from({ length: 7 }, () => ({ ...fate, sentUs: nowUs }))], nowUs);
    const found = missing.map((one) => ({ ...one, isReceived: true, isFound: true }));
    if (comes) rate.take(found, nowUs + 1000);
  }
  expect(rate.bitrateBps === undefined).toBe(comes);
});

test('a path that becomes longer by itself is not a queue for long', () => {
  const packets = new SentTransportPackets();
  const rate = new DelayBasedRate();
  let [nowUs, longerUs] = [0, 0];
  const sendFor = (seconds: number): void => {
    for (let n = 0; n < seconds * 50; n++) {
      nowUs += 20_000;
      const sequenceNumber = packets.send(1000, nowUs);
      const deltaUs = (nowUs + 40_000 + longerUs) % 64_000;
      const referenceTime = Math.floor((nowUs + 40_000 + longerUs) / 64_000);
      const one = { sequenceNumber, received: true, deltaUs };
      rate.take(packets.take(feedback({ referenceTime, packets: [one] })), nowUs + 80_000);
    }
  };
  sendFor(20);
  expect(rate.bitrateBps).toBeUndefined();
  longerUs = 400_000;
  sendFor(4);
  const lowestBps = rate.bitrateBps ?? Infinity;
  sendFor(20);
  expect(rate.bitrateBps).toBeGreaterThan(lowestBps);
});

function feedback(of: Partial<TransportFeedback>): TransportFeedback {
  const head = { type: 'transport-cc', senderSsrc: 1, mediaSsrc: 2 } as const;
  return { ...head, baseSequenceNumber: 0, referenceTime: 0, feedbackPacketCount: 0, packets: [], ...of };
}

describe('feedback is believed once, and of what was sent', () => {
  const packets = new SentTransportPackets();
  const numbers = Array.from({ length: 10 }, (_, n) => packets.send(100 + n, n * 1000));
  const told = (list: readonly (readonly [number, boolean])[]) =>
    packets.take(
      feedback({ packets: list.map(([sequenceNumber, received]) => ({ sequenceNumber, received, deltaUs: 250 })) }),
    );

  test('in order of numbers', () => {
    expect(numbers).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const fates = told([
      [0, true],
      [1, false],
      [2, true],
    ]);
    expect(fates).toMatchObject([
      { sentUs: 0, bytes: 100, arrivalUs: 250, isReceived: true },
      { sentUs: 1000, bytes: 101, arrivalUs: undefined, isReceived: false },
      { sentUs: 2000, bytes: 102, arrivalUs: 750, isReceived: true },
    ]);
  });

  test('told again it is nothing new, but what was lost may come', () => {
    const again = told([
      [0, true],
      [1, true],
      [2, false],
    ]);
    expect(again).toMatchObject([{ sentUs: 1000, isReceived: true, isFound: true }]);
  });

  test('what left later than it was numbered left then', () => {
    const late = new SentTransportPackets();
    const all = [late.send(1, 1000), late.send(1, 2000)];
    late.departed(5000);
    all.push(late.send(1, 6000));
    late.departed(7000);
    const packets = all.map((sequenceNumber) => ({ sequenceNumber, received: true, deltaUs: 0 }));
    expect(late.take(feedback({ packets })).map(({ sentUs }) => sentUs)).toEqual([5000, 5000, 7000]);
  });

  test('what no feedback told of counts as sent', () => {
    expect(told([[6, true]])).toMatchObject([{ bytes: 106, untoldBytes: 103 + 104 + 105 }]);
  });

  test('what was never sent, or too long ago, is nothing', () => {
    expect(told([10, 65_535, 30_000, 32_768].map((number) => [number, true] as const))).toEqual([]);
    for (let n = 0; n < 70_000; n++) packets.send(1, n);
    expect(told([[9, true]])).toEqual([]);
    expect(told([[(70_009 & 0xffff) - 1, true]])).toHaveLength(1);
  });
});

test('whatever a peer says, and however often, nothing is thrown and the estimate stays a rate', () => {
  const random = seededRandom(11);
  const pick = (most: number): number => random.uint32() % most;
  for (let round = 0; round < 20; round++) {
    const packets = new SentTransportPackets();
    const rate = new DelayBasedRate();
    let nowUs = 0;
    for (let step = 0; step < 500; step++) {
      nowUs += pick(100_000);
      for (let n = pick(20); n > 0; n--) packets.send(pick(1500), nowUs);
      const from = random.next() < 0.5 ? pick(65_536) : Math.max(0, step * 10 - pick(100));
      const all = Array.from({ length: pick(60) }, (_, n) => ({
        sequenceNumber: (from + n) & 0xffff,
        received: random.next() < 0.7,
        ...(random.next() < 0.9 ? { deltaUs: (pick(65_536) - 32_768) * 250 } : {}),
      }));
      const said = feedback({ referenceTime: (random.uint32() | 0) >> 8, packets: all });
      rate.take(packets.take(said), nowUs);
      rate.take(packets.take(said), nowUs - pick(1000));
      const { bitrateBps = 32_000 } = rate;
      expect(bitrateBps).toBeGreaterThanOrEqual(32_000);
      expect(bitrateBps).toBeLessThan(Infinity);
    }
  }
});
