import type { Measured, ViewerMeasurement } from '@plugfest/model';
import { notMeasured } from './distribution.ts';

/** RTP of one participant as the wire counted it, both directions and all m-lines together. */
export interface PacketFacts {
  readonly expected: number;
  readonly lost: number;
  /** Of the worst stream. */
  readonly jitterMs: number | undefined;
}

/** Reads the data of a `wire.stats` event: `{ sent, received: { mLines: { rtpPackets, lossRatio?, jitterMs? }[] } }`. */
export function packetFactsOf(data: Readonly<Record<string, unknown>>): PacketFacts {
  let [expected, lost] = [0, 0];
  let jitterMs: number | undefined;
  for (const line of [data.sent, data.received].flatMap(mLinesOf)) {
    const received = numberOf(line.rtpPackets) ?? 0;
    const lossRatio = numberOf(line.lossRatio) ?? 0;
    // The wire tells the ratio; packets that were expected follow from those that came.
    const due = lossRatio < 1 ? received / (1 - lossRatio) : received;
    expected += due;
    lost += due - received;
    const jitter = numberOf(line.jitterMs);
    if (jitter !== undefined) jitterMs = Math.max(jitterMs ?? 0, jitter);
  }
  return { expected: Math.round(expected), lost: Math.round(lost), jitterMs };
}

/**
 * Half the 95 % interval of RFC 3550's jitter, relative: a running mean with gain 1/16 has 1/31 of the variance of what it averages, and the
 * magnitude of a normal difference has √(π/2 − 1) of its mean as standard deviation.
 */
const JITTER_MARGIN = 1.96 * Math.sqrt((Math.PI / 2 - 1) / 31);

/** Loss with its 95 % interval, and jitter. @see Wilson 1927 (score interval) */
export function measurePackets(facts: PacketFacts | undefined): ViewerMeasurement['packets'] {
  if (!facts || facts.expected === 0) {
    return { lossRatio: notMeasured('the wire counted no RTP'), jitterMs: notMeasured('the wire counted no RTP') };
  }
  const { expected: n, lost, jitterMs } = facts;
  return {
    lossRatio: lossOf(n, lost),
    jitterMs:
      jitterMs === undefined
        ? notMeasured('no stream had a known clock rate')
        : {
            value: jitterMs,
            unit: 'ms',
            n: n - lost,
            low: jitterMs * (1 - JITTER_MARGIN),
            high: jitterMs * (1 + JITTER_MARGIN),
            method: 'interarrival jitter of the worst stream (RFC 3550 §6.4.1)',
          },
  };
}

function lossOf(n: number, lost: number): Measured {
  const z = 1.96;
  const p = lost / n;
  const centre = (p + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const margin = (z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n))) / (1 + (z * z) / n);
  return {
    value: p,
    unit: 'ratio',
    n,
    // At the ends the formula is exact but for a float's last digit.
    low: lost <= 0 ? 0 : Math.max(0, centre - margin),
    high: lost >= n ? 1 : Math.min(1, centre + margin),
    method: 'RTP sequence numbers at the wire, both directions',
  };
}

function mLinesOf(direction: unknown): Record<string, unknown>[] {
  const lines = (direction as { mLines?: unknown } | undefined)?.mLines;
  return Array.isArray(lines) ? lines.filter((line) => typeof line === 'object' && line !== null) : [];
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
