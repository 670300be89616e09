import { expect, test } from 'vitest';
import { measurePackets, packetFactsOf } from './packet-statistics.ts';

test('loss is that of all streams together, jitter that of the worst', () => {
  const facts = packetFactsOf({
    sent: { mLines: [{ rtpPackets: 400, lossRatio: 0, jitterMs: 3 }] },
    received: { mLines: [{ rtpPackets: 540, lossRatio: 0.1, jitterMs: 9 }, { rtpPackets: 0 }] },
  });
  expect(facts).toEqual({ expected: 1000, lost: 60, jitterMs: 9 });
  const { lossRatio, jitterMs } = measurePackets(facts);
  // (p + z²/2n ± z·√(p(1−p)/n + z²/4n²)) / (1 + z²/n) with z = 1.96: (0.0619208 ± 0.0148445) / 1.0038416.
  expect(lossRatio).toMatchObject({
    value: 0.06,
    n: 1000,
    low: expect.closeTo(0.0469, 4),
    high: expect.closeTo(0.07647, 4),
  });
  expect(jitterMs).toMatchObject({ value: 9, unit: 'ms' });
});

test('no statistics, no RTP or nonsense: not measured', () => {
  for (const data of [{}, { sent: 5, received: { mLines: 'x' } }, { sent: { mLines: [{ rtpPackets: 'many' }] } }]) {
    expect(measurePackets(packetFactsOf(data)).lossRatio).toHaveProperty('notMeasured');
  }
  expect(measurePackets(undefined).jitterMs).toHaveProperty('notMeasured');
});
