import type { SdesSuite } from './sdes-key.ts';
import type { RtpProfile } from './session-description.ts';

export type MediaKind = 'audio' | 'video' | 'application';

/** Codecs by our own names; several rows may share one name (H.264 once for each packetization mode). */
export type CodecName =
  | 'h264'
  | 'x-h264uc'
  | 'vp8'
  | 'vp9'
  | 'av1'
  | 'h263'
  | 'opus'
  | 'g722'
  | 'pcmu'
  | 'pcma'
  | 'telephone-event';

/** What a codec row is: a codec that we send and receive, as `a=rtpmap` and `a=fmtp` say it. */
export interface CodecCapability {
  readonly name: CodecName;
  readonly kind: 'audio' | 'video';
  /** As in `a=rtpmap`. Compared without case. */
  readonly encodingName: string;
  /** RTP clock rate; 8000 for G.722, by RFC 3551 §4.5.2. */
  readonly clockRateHz: number;
  readonly channels: number;
  /** Payload type that we give it in an offer: static (below 96) where there is one. */
  readonly payloadType: number;
  /** `a=fmtp` parameters of ours, in order. */
  readonly fmtp: Readonly<Record<string, string>>;
  /**
   * `a=rtcp-fb` values that we honour, e.g. `nack pli`. Said under every profile: rooms of RTP/AVP say and use them too.
   */
  readonly feedback: readonly string[];
}

/** What one side can do: frozen data; negotiation is functions over it. */
export interface Capabilities {
  /** In order of our preference. */
  readonly codecs: readonly CodecCapability[];
  /** Whose order decides which codec an answer puts first. */
  readonly preference: 'offerer' | 'local';
  /** An answer names the one codec that it prefers, or all that both sides know. Telephone-events come on top. */
  readonly answerWith: 'one' | 'all';
  /** Profiles that we accept. */
  readonly profiles: readonly RtpProfile[];
  /** SDES suites in order of preference. */
  readonly suites: readonly SdesSuite[];
  /** Accept `a=crypto` under RTP/AVP and answer it ("best effort" SRTP). */
  readonly bestEffortCrypto: boolean;
  /** Take media addresses that are host names. Whoever sends then asks the DNS at a peer's word: off by default. */
  readonly allowHostNames: boolean;
  readonly rtcpMux: boolean;
  /** Takes comfort noise where it is offered. @see RFC 3389 */
  readonly comfortNoise: boolean;
  /** Lost packets of video again in a stream of their own, where the profile has feedback. @see RFC 4588 */
  readonly rtx: boolean;
  readonly bundle: boolean;
  /** Numbers all packets of a bundle over DTLS, with feedback about when they came. @see draft-holmer-rmcat-transport-wide-cc-extensions-01 */
  readonly transportCc: boolean;
}
