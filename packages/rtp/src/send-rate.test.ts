import { expect, test } from 'vitest';
import { SendRate } from './send-rate.ts';

const S = 1_000_000;
const open = (): SendRate => new SendRate({ minBps: 64_000, maxBps: 1_000_000 });

interface Step {
  readonly atS: number;
  readonly loss?: number;
  readonly roundTripMs?: number;
  readonly sentBps?: number;
}

/** A report a step, of 100 packets since the one before; the first is at 0. */
function after(rate: SendRate, steps: readonly Step[]): number {
  let [nowUs, packetsLost, highestSequenceNumber] = [0, 0, 1000];
  rate.onReport({ packetsLost, highestSequenceNumber, roundTripMs: undefined, sentBps: 0 }, 0);
  for (const { atS, loss = 0, roundTripMs, sentBps } of steps) {
    nowUs = atS * S;
    packetsLost += 100 * loss;
    highestSequenceNumber += 100;
    const report = { packetsLost, highestSequenceNumber, roundTripMs };
    rate.onReport({ ...report, sentBps: sentBps ?? rate.targetBps(nowUs) }, nowUs);
  }
  return Math.round(rate.targetBps(nowUs));
}

test.each<[name: string, steps: readonly Step[], bps: number]>([
  ['begins with what is allowed', [], 1_000_000],
  ['loss up to 2 % is no congestion', [{ atS: 1, loss: 0.019 }], 1_000_000],
  ['20 % loss takes a tenth', [{ atS: 1, loss: 0.2 }], 900_000],
  ['… of what was sent, not of what was allowed', [{ atS: 1, loss: 0.2, sentBps: 500_000 }], 450_000],
  [
    '… again with the next report',
    [
      { atS: 1, loss: 0.2 },
      { atS: 2, loss: 0.2 },
    ],
    810_000,
  ],
  [
    '… but what is reported within half a second is one step',
    [
      { atS: 1, loss: 0.2 },
      { atS: 1.1, loss: 0.2 },
    ],
    900_000,
  ],
  [
    'between 2 and 10 % it stays',
    [
      { atS: 1, loss: 0.2 },
      { atS: 3, loss: 0.05 },
      { atS: 5, loss: 0.1 },
    ],
    900_000,
  ],
  ['without loss it grows, a second after a decrease', [{ atS: 1, loss: 0.2 }, { atS: 1.6 }, { atS: 2.2 }], 972_000],
  ['… up to the bound', [{ atS: 1, loss: 0.2 }, { atS: 3 }, { atS: 4 }, { atS: 5 }], 1_000_000],
  ['never below the least', Array.from({ length: 30 }, (_, n) => ({ atS: n + 1, loss: 0.9 })), 64_000],
  [
    'a round trip that grows is a queue',
    [
      { atS: 1, roundTripMs: 40 },
      { atS: 2, roundTripMs: 180 },
      { atS: 3, roundTripMs: 200 },
    ],
    850_000,
  ],
  [
    'a long path is not a queue: after two windows its round trip is the shortest',
    [
      { atS: 1, roundTripMs: 40 },
      { atS: 12, roundTripMs: 300 },
      { atS: 23, roundTripMs: 300 },
      { atS: 25, roundTripMs: 300 },
    ],
    Math.round(850_000 * 1.08 * 1.08),
  ],
])('%s', (_name, steps, bps) => {
  expect(after(open(), steps)).toBe(bps);
});

test('a REMB is a limit until it is ten seconds old, and never goes above the bound nor below the least', () => {
  const rate = open();
  rate.onRemb(300_000, 0);
  expect([0, 10 * S, 11 * S].map((at) => rate.targetBps(at))).toEqual([300_000, 300_000, 1_000_000]);
  rate.onRemb(1, 20 * S);
  expect(rate.targetBps(20 * S)).toBe(64_000);
  rate.onRemb(9_000_000, 21 * S);
  expect(rate.targetBps(21 * S)).toBe(1_000_000);
});

test('an estimate by delay is a limit like REMB, and the lower of them holds', () => {
  const rate = open();
  rate.onDelayEstimate(400_000, 0);
  rate.onRemb(500_000, 0);
  expect(rate.targetBps(0)).toBe(400_000);
  rate.onDelayEstimate(700_000, S);
  expect([1, 10, 11].map((at) => rate.targetBps(at * S))).toEqual([500_000, 500_000, 700_000]);
  expect(rate.targetBps(12 * S)).toBe(1_000_000);
});

test('while an estimate by delay comes, reports move nothing; they do when it comes no more', () => {
  const rate = open();
  const report = (atS: number, packetsLost: number): number => {
    rate.onReport({ packetsLost, highestSequenceNumber: atS * 100, roundTripMs: atS * 300, sentBps: 1e6 }, atS * S);
    return rate.targetBps(atS * S);
  };
  rate.onDelayEstimate(Infinity, 0);
  expect([report(1, 0), report(2, 50), report(3, 100)]).toEqual([1_000_000, 1_000_000, 1_000_000]);
  expect([report(11, 100), report(12, 150)]).toEqual([1_000_000, 750_000]);
});

test('of TMMBR limits the lowest holds, is what TMMBN says, and ends with who asked for it', () => {
  const rate = open();
  expect(rate.onTmmbr(1, { bitrateBps: 500_000, overheadBytes: 40 })).toEqual([
    { ssrc: 1, bitrateBps: 500_000, overheadBytes: 40 },
  ]);
  expect(rate.onTmmbr(2, { bitrateBps: 200_000, overheadBytes: 28 })).toEqual([
    { ssrc: 2, bitrateBps: 200_000, overheadBytes: 28 },
  ]);
  expect(rate.onTmmbr(1, { bitrateBps: 700_000, overheadBytes: 40 })[0]?.ssrc).toBe(2);
  expect(rate.targetBps(0)).toBe(200_000);
  rate.onGoodbye([2]);
  expect(rate.targetBps(0)).toBe(700_000);
});

test('a few packets tell nothing, and a receiver that counts anew is believed from its next report on', () => {
  const rate = open();
  const report = (atS: number, packetsLost: number, highestSequenceNumber: number): number => {
    rate.onReport({ packetsLost, highestSequenceNumber, roundTripMs: undefined, sentBps: 1_000_000 }, atS * S);
    return Math.round(rate.targetBps(atS * S));
  };
  expect([report(0, 0, 5000), report(1, 4, 5008), report(2, 4, 5100)]).toEqual([1_000_000, 1_000_000, 1_000_000]);
  expect([report(3, 90, 100), report(4, 110, 200)]).toEqual([1_000_000, 900_000]);
});
