/** Who takes part in a session, and what its reports may cost. @see RFC 3550 §6.3 */
export interface RtcpIntervalOptions {
  readonly members: number;
  readonly senders: number;
  readonly weSent: boolean;
  /** Of the whole session; a twentieth is for RTCP. */
  readonly sessionBandwidthBps: number;
  /** Of a compound, with IP and UDP. */
  readonly averageBytes: number;
  /** RTP/AVPF and RTP/SAVPF: nothing but the bandwidth holds reports back. @see RFC 4585 §3.4 */
  readonly hasFeedbackProfile: boolean;
  /** None was sent yet. */
  readonly isFirst: boolean;
}

const RTCP_SHARE = 0.05;
/** Of the share, for senders as long as they are a quarter of the members at most. */
const SENDERS_SHARE = 0.25;
const MINIMUM_S = 5;
/** The reduced minimum is this over the bandwidth in kbit/s. @see RFC 3550 §6.2 */
const REDUCED_MINIMUM_KBIT = 360;
/** Timer reconsideration makes intervals longer than meant by this: e - 3/2. @see RFC 3550 §6.3.1 */
const COMPENSATION = Math.E - 1.5;

/** The calculated interval, before it is spread. @see RFC 3550 §6.3.1, Appendix A.7 */
export function rtcpIntervalMs(options: RtcpIntervalOptions): number {
  const { members, senders, weSent, sessionBandwidthBps, averageBytes, isFirst } = options;
  let bytesPerSecond = (sessionBandwidthBps * RTCP_SHARE) / 8;
  let sharing = members;
  if (senders <= members * SENDERS_SHARE) {
    bytesPerSecond *= weSent ? SENDERS_SHARE : 1 - SENDERS_SHARE;
    sharing = weSent ? senders : members - senders;
  }
  const minimumS = minimumOf(options) * (isFirst ? 0.5 : 1);
  return Math.max((averageBytes * sharing) / bytesPerSecond, minimumS) * 1000;
}

/** Spread over half to one and a half of it, so that reports of many do not come together. `dice`: 0..1. @see RFC 3550 §6.3.1 */
export function spreadIntervalMs(intervalMs: number, dice: number): number {
  return (intervalMs * (0.5 + dice)) / COMPENSATION;
}

/** The average moves by a sixteenth. @see RFC 3550 §6.3.3 */
export function nextAverageBytes(average: number, bytes: number): number {
  return average + (bytes - average) / 16;
}

function minimumOf({ hasFeedbackProfile, sessionBandwidthBps }: RtcpIntervalOptions): number {
  if (hasFeedbackProfile) return 0;
  return Math.min(MINIMUM_S, REDUCED_MINIMUM_KBIT / (sessionBandwidthBps / 1000));
}
