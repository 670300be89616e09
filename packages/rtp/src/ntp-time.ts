import type { ReportBlock } from './rtcp-packet.ts';

/** Seconds from 1900 to 1970. */
const NTP_EPOCH_S = 2_208_988_800;

/** NTP seconds and fraction of a Unix time in microseconds. @see RFC 3550 §4 */
export function unixUsToNtp(unixUs: number): { readonly ntpSeconds: number; readonly ntpFraction: number } {
  const seconds = Math.floor(unixUs / 1e6);
  const ntpFraction = Math.floor(((unixUs - seconds * 1e6) / 1e6) * 2 ** 32);
  return { ntpSeconds: (seconds + NTP_EPOCH_S) >>> 0, ntpFraction };
}

/** Microseconds since 1970. */
export function ntpToUnixUs(ntpSeconds: number, ntpFraction: number): number {
  return (ntpSeconds - NTP_EPOCH_S) * 1e6 + (ntpFraction / 2 ** 32) * 1e6;
}

/**
 * Round-trip time from a report block about a stream of ours, in ms; undefined where the peer had no report of ours yet or the block makes
 * no sense. `wallOffsetUs` must be the one that our sender reports were made with. @see RFC 3550 §6.4.1
 */
export function roundTripMs(report: ReportBlock, nowUs: number, wallOffsetUs: number): number | undefined {
  if (report.lastSenderReport === 0) return undefined;
  const { ntpSeconds, ntpFraction } = unixUsToNtp(nowUs + wallOffsetUs);
  const now = ((ntpSeconds << 16) | (ntpFraction >>> 16)) >>> 0;
  const units = (now - report.lastSenderReport - report.delaySinceLastSenderReport) | 0;
  return units < 0 ? undefined : (units * 1000) / 65_536;
}
