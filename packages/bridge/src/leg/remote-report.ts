import { type ReportBlock, unixUsToNtp } from '@plugfest/rtp';

/** What the peer says of a stream of ours. */
export interface RemoteReport {
  /** 0..1, since its report before. */
  readonly lossRatio: number;
  readonly packetsLost: number;
  readonly jitterMs: number;
  /** Undefined until the peer has had a report of ours. */
  readonly roundTripMs: number | undefined;
}

/** Reads a report block about our stream. `wallUs`: now, microseconds since 1970. @see RFC 3550 §6.4.1 */
export function readReport(block: ReportBlock, clockRateHz: number, wallUs: number): RemoteReport {
  const { fractionLost, packetsLost, jitter, lastSenderReport, delaySinceLastSenderReport } = block;
  const { ntpSeconds, ntpFraction } = unixUsToNtp(wallUs);
  const now = ((ntpSeconds << 16) | (ntpFraction >>> 16)) >>> 0;
  const elapsed = (now - lastSenderReport - delaySinceLastSenderReport) | 0;
  return {
    lossRatio: fractionLost / 256,
    packetsLost,
    jitterMs: (jitter / clockRateHz) * 1000,
    roundTripMs: lastSenderReport === 0 ? undefined : Math.max(0, (elapsed / 65_536) * 1000),
  };
}
