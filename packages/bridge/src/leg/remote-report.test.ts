import { unixUsToNtp } from '@plugfest/rtp';
import { expect, test } from 'vitest';
import { readReport } from './remote-report.ts';

const SENT_US = 1_700_000_000_000_000;

test('reads loss, jitter and the round trip', () => {
  const { ntpSeconds, ntpFraction } = unixUsToNtp(SENT_US);
  const block = {
    ssrc: 1,
    fractionLost: 64,
    packetsLost: 12,
    highestSequenceNumber: 0,
    jitter: 900,
    lastSenderReport: ((ntpSeconds << 16) | (ntpFraction >>> 16)) >>> 0,
    delaySinceLastSenderReport: 65_536 / 2,
  };
  const report = readReport(block, 90_000, SENT_US + 530_000);
  expect(report).toMatchObject({ lossRatio: 0.25, packetsLost: 12, jitterMs: 10 });
  expect(report.roundTripMs).toBeCloseTo(30, 0);
  expect(readReport({ ...block, lastSenderReport: 0 }, 90_000, SENT_US).roundTripMs).toBeUndefined();
});
