import type { CodecCapability, MediaKind } from './capabilities.ts';
import type { IceCandidate } from './ice-candidate.ts';
import type { DtlsSetup, Fingerprint } from './negotiated-media.ts';
import type { Attribute, Direction, MediaDescription, RtpProfile } from './session-description.ts';

/** What our side puts into its description besides capabilities: addresses, ports, keys. Pure data, made by the caller. */
export interface LocalSession {
  readonly origin: {
    readonly username?: string;
    readonly sessionId: string;
    /** The caller adds one for each changed description of the same session. */
    readonly sessionVersion: number;
  };
  /** IPv4 or IPv6 address for `o=` and `c=`. */
  readonly address: string;
  readonly sessionName?: string;
  /** Session bandwidth for `b=AS`. */
  readonly bandwidthBps?: number;
  /** Offers only: the id that the sequence numbers of the bundle had in this call before. */
  readonly sequenceNumberId?: number;
  /** Said as they are at session level, e.g. Microsoft's `x-devicecaps`. */
  readonly attributes?: readonly Attribute[];
  /**
   * In an offer: our m-lines, in order. In an answer: what we have for the offered m-lines; each offered m-line takes the first unused entry with
   * its kind and (where the offer names one) its `content`; m-lines without an entry are rejected. Give everything you have: only what the profile needs is used.
   */
  readonly media: readonly LocalMedia[];
}

export interface LocalMedia {
  readonly kind: MediaKind;
  readonly rtpPort: number;
  /** Default `rtpPort + 1`; said with `a=rtcp` where it is neither that nor multiplexed. */
  readonly rtcpPort?: number;
  /** Offers only. Default `RTP/AVP`. */
  readonly profile?: RtpProfile;
  /** Default `sendrecv`. */
  readonly direction?: Direction;
  /** `a=mid` in an offer; an answer repeats the offer's. */
  readonly mid?: string;
  readonly ssrc?: number;
  /** Of retransmissions; said where they are. */
  readonly rtxSsrc?: number;
  readonly cname?: string;
  /** `a=msid` value, e.g. `stream track`. */
  readonly msid?: string;
  /** Key material for SDES: 16 + 14 bytes of good randomness. */
  readonly sdes?: { readonly key: Uint8Array; readonly salt: Uint8Array };
  readonly dtls?: {
    readonly fingerprint: Fingerprint;
    /** Role to take where the offer leaves it to us (`actpass`); default `passive` in answers; in offers always `actpass`. */
    readonly setup?: DtlsSetup;
  };
  readonly ice?: {
    readonly ufrag: string;
    readonly pwd: string;
    readonly candidates: readonly IceCandidate[];
    readonly lite?: boolean;
  };
  readonly label?: string;
  readonly content?: string;
  readonly bandwidthBps?: number;
  readonly ptimeMs?: number;
  /** Replaces the capabilities' codecs on this m-line. */
  readonly codecs?: readonly CodecCapability[];
  /** Said as they are, after ours, e.g. `x-ssrc-range`. */
  readonly attributes?: readonly Attribute[];
  /** Offers only: this m-line is said literally and never agreed on, e.g. the H.224 line of a room. */
  readonly literal?: MediaDescription;
}
