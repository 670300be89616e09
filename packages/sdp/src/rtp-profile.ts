import type { RtpProfile } from './session-description.ts';

/** How media under a profile is keyed. RTP/SAVP(F) with a fingerprint and no usable key line is DTLS all the same. */
export type Keying = 'none' | 'sdes' | 'dtls';

interface ProfileRow {
  readonly keying: Keying;
  readonly feedback: boolean;
}

/** @see RFC 3551, RFC 4585 §4, RFC 3711 §12, RFC 5124 §3.3, RFC 5764 §9 */
export const RTP_PROFILES: Readonly<Record<RtpProfile, ProfileRow>> = {
  'RTP/AVP': { keying: 'none', feedback: false },
  'RTP/AVPF': { keying: 'none', feedback: true },
  'RTP/SAVP': { keying: 'sdes', feedback: false },
  'RTP/SAVPF': { keying: 'sdes', feedback: true },
  'UDP/TLS/RTP/SAVP': { keying: 'dtls', feedback: false },
  'UDP/TLS/RTP/SAVPF': { keying: 'dtls', feedback: true },
};

/** Whether a protocol of an m-line is an RTP profile of ours. */
export function isRtpProfile(protocol: string): protocol is RtpProfile {
  return Object.hasOwn(RTP_PROFILES, protocol);
}
