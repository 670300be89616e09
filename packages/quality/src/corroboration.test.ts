import type { RunEvent } from '@plugfest/model';
import { describe, expect, test } from 'vitest';
import { corroborate } from './corroboration.ts';
import { type Witnesses, witnessesOf } from './witnesses.ts';

const event = (atUs: number, type: string, data: RunEvent['data'] = {}): RunEvent => ({
  atUs,
  type,
  participant: 'a',
  data,
});
const inbound = (kind: string, mid: string, more: object) => ({
  type: 'inbound-rtp',
  kind,
  mid,
  packetsLost: 0,
  ...more,
});
const line = (mLine: number, rtpPackets: number, lossRatio = 0) => ({ mLine, rtpPackets, lossRatio });

/** A call of ten seconds; `spoil` changes what its witnesses say. */
function told(spoil: { decoded?: number; lost?: number; farLost?: number; farAgeMs?: number; sentLoss?: number } = {}) {
  const { decoded = 150, lost = 0, farLost = 0, farAgeMs = 0, sentLoss = 0 } = spoil;
  const reports = [
    { ...inbound('audio', '0', { packetsReceived: 497 }), timestamp: 90_000 },
    inbound('video', '1', { packetsReceived: 1210, packetsLost: lost, framesDecoded: decoded, framesDropped: 1 }),
    { type: 'remote-inbound-rtp', kind: 'video', packetsLost: farLost, timestamp: 90_000 - farAgeMs },
  ];
  const witnesses = witnessesOf([
    event(0, 'participant.joined'),
    event(10_000_000, 'webrtc.stats', { reports }),
    event(11_000_000, 'wire.stats', {
      sent: { mLines: [line(0, 500), line(1, 1200 * (1 - sentLoss), sentLoss)] },
      received: { mLines: [line(0, 500), line(1, 1220)] },
    }),
  ]);
  return witnesses.a as Witnesses;
}
const disagreements = (witnesses: Witnesses, captured = 149): string[] =>
  corroborate(witnesses, captured)
    .filter(({ agrees }) => !agrees)
    .map(({ id }) => id);

describe('corroborate', () => {
  test('witnesses of a sound call agree, about everything that has two', () => {
    expect(disagreements(told())).toEqual([]);
    expect(corroborate(told(), 149).map(({ id }) => id)).toEqual([
      'packets-audio',
      'frames-shown',
      'packets-video',
      'loss-received',
      'loss-sent',
    ]);
  });

  test('who has several connections, and composes itself, is held against the wire as a whole', () => {
    const connections = (audioPackets: number): Witnesses => {
      const reports = [
        inbound('audio', '0', { packetsReceived: audioPackets }),
        inbound('video', '0', { packetsReceived: 700, framesDecoded: 70, framesDropped: 0 }),
        inbound('video', '1', { packetsReceived: 300, framesDecoded: 71, framesDropped: 0 }),
      ];
      const received = { mLines: [line(0, 500), line(1, 0), line(2, 1002)] };
      const stats = { sent: { mLines: [line(0, 500)] }, received };
      return witnessesOf([event(1, 'webrtc.stats', { reports }), event(2, 'wire.stats', stats)]).a as Witnesses;
    };
    expect(corroborate(connections(498), 93).map(({ id }) => id)).toEqual(['packets-media', 'loss-received']);
    expect(disagreements(connections(498), 93)).toEqual([]);
    expect(disagreements(connections(400), 93)).toEqual(['packets-media']);
  });

  test('decoded but not shown', () => {
    expect(disagreements(told({ decoded: 150 }), 120)).toEqual(['frames-shown']);
  });

  test('loss in the statistics that the wire did not see, and the other way round', () => {
    expect(disagreements(told({ lost: 80 }))).toEqual(['loss-received']);
    expect(disagreements(told({ farLost: 60 }))).toEqual(['loss-sent']);
    expect(disagreements(told({ sentLoss: 0.1 }))).toEqual(['loss-sent']);
  });

  test('a report knows nothing of what was lost after it', () => {
    expect(disagreements(told({ sentLoss: 0.1, farLost: 66, farAgeMs: 4500 }))).toEqual([]);
  });

  test('one witness, or malformed ones, prove nothing', () => {
    expect(corroborate({ statistics: [], farReports: [], wire: { sent: [], received: [] } }, 5)).toEqual([]);
    const { a } = witnessesOf([event(0, 'webrtc.stats', { reports: 'none' }), event(1, 'wire.stats', { sent: 5 })]);
    expect(corroborate(a as Witnesses, 5)).toEqual([]);
  });
});
