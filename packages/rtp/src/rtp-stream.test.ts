import { seededRandom } from '@plugfest/model';
import { describe, expect, it } from 'vitest';
import { ntpToUnixUs, roundTripMs, unixUsToNtp } from './ntp-time.ts';
import type { SenderReport } from './rtcp-packet.ts';
import { RtpReceiverStats } from './rtp-receiver-stats.ts';
import { RtpSenderStream } from './rtp-sender-stream.ts';
import { SentPackets } from './sent-packets.ts';

const open = (): RtpReceiverStats => new RtpReceiverStats({ ssrc: 1, clockRateHz: 8000 });
const feed = (stats: RtpReceiverStats, ...sequences: readonly number[]): boolean[] =>
  sequences.map((sequence) =>
    stats.receive({ sequenceNumber: sequence & 0xffff, timestamp: sequence * 160 }, sequence * 20_000),
  );
const range = (first: number, end: number): number[] => Array.from({ length: end - first }, (_, at) => first + at);

describe('a stream that is received', () => {
  it('is on probation until two packets follow each other', () => {
    const stats = open();
    expect(feed(stats, 100, 300, 301, 302)).toEqual([false, false, true, true]);
    expect(stats.counters).toMatchObject({ received: 2, expected: 2, lost: 0 });
  });

  it('counts loss, also over the wrap, and reports the fraction since the last report', () => {
    const stats = open();
    feed(stats, ...range(65_500, 65_600).filter((sequence) => sequence % 10 !== 5));
    expect(stats.counters).toMatchObject({ expected: 99, received: 89, lost: 10 });
    const report = stats.report(0);
    expect(report).toMatchObject({ fractionLost: Math.floor((10 * 256) / 99), packetsLost: 10 });
    expect(report.highestSequenceNumber).toBe(65_599);
    feed(stats, ...range(65_600, 65_650));
    expect(stats.report(0)).toMatchObject({ fractionLost: 0, packetsLost: 10 });
  });

  it('has negative loss where packets come twice', () => {
    const stats = open();
    feed(stats, 1, 2, 3, 3, 3);
    expect(stats.report(0)).toMatchObject({ packetsLost: -2, fractionLost: 0 });
  });

  it('takes a jump only when it is confirmed, and counts anew', () => {
    const stats = open();
    feed(stats, ...range(1, 50));
    expect(feed(stats, 20_000, 50, 40_000, 40_001, 40_002)).toEqual([false, true, false, true, true]);
    expect(stats.counters).toMatchObject({ expected: 2, received: 2, lost: 0 });
  });

  it('takes what is slightly out of order without counting a wrap', () => {
    const stats = open();
    feed(stats, 65_533, 65_534, 0x1_0000, 65_535, 0x1_0001);
    expect(stats.counters).toMatchObject({ lost: 0, highestSequenceNumber: 0x1_0001 });
  });

  it('has the jitter of A.8: a 16th of each difference', () => {
    const stats = open();
    const arrivalsMs = [0, 20, 40, 76, 80];
    for (const [index, atMs] of arrivalsMs.entries()) {
      stats.receive({ sequenceNumber: index, timestamp: index * 160 }, atMs * 1000);
    }
    // 16 ms late is 128 ticks, then 128 ticks early: J = 8, then 8 + (128 - 8) / 16 = 15.5.
    expect(stats.counters.jitterMs).toBeCloseTo(15.5 / 8, 6);
    expect(stats.report(0).jitter).toBe(15);
  });
});

describe('a stream that is sent', () => {
  const open = (): RtpSenderStream =>
    new RtpSenderStream({ ssrc: 9, payloadType: 96, clockRateHz: 90_000, cname: 'c', random: seededRandom(4) });

  it('numbers its packets, and one media time has one timestamp', () => {
    const stream = open();
    const [first, second] = stream.packets(
      [
        { payload: new Uint8Array(3), marker: false },
        { payload: new Uint8Array(4), marker: true },
      ],
      1_000_000,
    );
    const [third] = stream.packets([{ payload: new Uint8Array(1), marker: true }], 1_040_000, 101);
    expect(second?.sequenceNumber).toBe(((first?.sequenceNumber ?? 0) + 1) & 0xffff);
    expect(second?.timestamp).toBe(first?.timestamp);
    expect(((third?.timestamp ?? 0) - (first?.timestamp ?? 0)) >>> 0).toBe(3600);
    expect(third?.payloadType).toBe(101);
    expect(stream).toMatchObject({ packetCount: 3, octetCount: 8 });
  });

  it('reports so that the receiver finds the time of any timestamp, equal for two clocks of one sender', () => {
    const wallOffsetUs = 1.4e15;
    const video = open();
    const audio = new RtpSenderStream({
      ssrc: 8,
      payloadType: 0,
      clockRateHz: 8000,
      cname: 'c',
      random: seededRandom(5),
    });
    for (const stream of [video, audio])
      stream.packets([{ payload: new Uint8Array(1), marker: true }], 5e6 + stream.ssrc * 1e5);
    const times = [video, audio].map((stream) => {
      const [report] = stream.senderReport(9e6, wallOffsetUs);
      const stats = new RtpReceiverStats({ ssrc: stream.ssrc, clockRateHz: stream === video ? 90_000 : 8000 });
      expect(stats.ntpUsAt(0)).toBeUndefined();
      stats.onSenderReport(report as SenderReport, 0);
      return stats.ntpUsAt(stream.timestampAt(7e6));
    });
    for (const time of times) expect(Math.abs((time ?? 0) - (wallOffsetUs + 7e6))).toBeLessThan(150);
  });

  it('has nothing to say but a receiver report before its first packet', () => {
    expect(
      open()
        .senderReport(0, 0)
        .map(({ type }) => type),
    ).toEqual(['receiver-report', 'source-description']);
  });

  it('learns the round trip from a report about it', () => {
    const stream = open();
    stream.packets([{ payload: new Uint8Array(1), marker: true }], 0);
    const [report] = stream.senderReport(1e6, 1.4e15);
    const stats = new RtpReceiverStats({ ssrc: 9, clockRateHz: 90_000 });
    const receiverClock = 77e6;
    stats.onSenderReport(report as SenderReport, receiverClock);
    const block = stats.report(receiverClock + 500_000);
    expect(roundTripMs(block, 1e6 + 500_000 + 30_000, 1.4e15)).toBeCloseTo(30, 0);
    expect(roundTripMs({ ...block, lastSenderReport: 0 }, 2e6, 1.4e15)).toBeUndefined();
    expect(roundTripMs(block, 1e6, 1.4e15)).toBeUndefined();
  });

  it('keeps its last packets for those who lost them', () => {
    const sent = new SentPackets(4);
    for (let sequence = 65_534; sequence < 65_540; sequence++)
      sent.store(sequence & 0xffff, Uint8Array.of(sequence & 0xff));
    expect(sent.find(65_534)).toBeUndefined();
    expect(sent.find(3)).toEqual(Uint8Array.of(3));
    expect(sent.find(4)).toBeUndefined();
  });
});

describe('NTP time', () => {
  it('has its epoch in 1900', () => {
    expect(unixUsToNtp(0)).toEqual({ ntpSeconds: 2_208_988_800, ntpFraction: 0 });
    const { ntpSeconds, ntpFraction } = unixUsToNtp(1_400_000_000_500_000);
    expect(ntpFraction).toBe(2 ** 31);
    expect(ntpToUnixUs(ntpSeconds, ntpFraction)).toBe(1_400_000_000_500_000);
  });
});
