import { describe, expect, test } from 'vitest';
import { nextAverageBytes, type RtcpIntervalOptions, rtcpIntervalMs, spreadIntervalMs } from './rtcp-interval.ts';

/** A call: two members, both send. */
const CALL: RtcpIntervalOptions = {
  members: 2,
  senders: 2,
  weSent: true,
  sessionBandwidthBps: 64_000,
  averageBytes: 120,
  hasFeedbackProfile: false,
  isFirst: false,
};

describe('the interval of reports (RFC 3550 §6.3.1), computed by hand', () => {
  test.each<[name: string, change: Partial<RtcpIntervalOptions>, ms: number]>([
    ['a call of 64 kbit/s: five seconds', {}, 5000],
    ['… the first after half of it', { isFirst: true }, 2500],
    ['1 Mbit/s: the reduced minimum, 360 / 1000 s', { sessionBandwidthBps: 1_000_000 }, 360],
    ['with feedback the bandwidth alone: 2 × 120 octets of 400 a second', { hasFeedbackProfile: true }, 600],
    ['a sender among few receivers shares with nobody', { members: 8, senders: 1, hasFeedbackProfile: true }, 1200],
    [
      'a receiver among a hundred with one sender: 99 × 120 of 300',
      { members: 100, senders: 1, weSent: false },
      39_600,
    ],
    ['more than a quarter send: all share alike, 100 × 120 of 400', { members: 100, senders: 26 }, 30_000],
  ])('%s', (_, change, ms) => {
    expect(rtcpIntervalMs({ ...CALL, ...change })).toBeCloseTo(ms, 6);
  });

  test('is spread over half to one and a half of it, compensated for reconsideration', () => {
    expect(spreadIntervalMs(5000, 0)).toBeCloseTo(2052.1, 0);
    expect(spreadIntervalMs(5000, 1)).toBeCloseTo(6156.3, 0);
  });

  test('the average size follows slowly', () => {
    expect(nextAverageBytes(160, 320)).toBe(170);
  });
});
