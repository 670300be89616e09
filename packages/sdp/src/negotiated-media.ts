import type { CodecName, MediaKind } from './capabilities.ts';
import type { IceCandidate } from './ice-candidate.ts';
import type { SdesKey } from './sdes-key.ts';
import type { Direction, RtpProfile } from './session-description.ts';

/** One m-line that both sides agreed on, as the side that asks has to act on it. Rejected m-lines are not among these. */
export interface NegotiatedMedia {
  /** Place of the m-line in offer and answer. */
  readonly index: number;
  readonly mid?: string;
  readonly kind: MediaKind;
  /** Seen from us: `sendonly` means that we send and do not receive. */
  readonly direction: Direction;
  readonly profile: RtpProfile;
  /** Where we send to. With ICE this is only the default candidate. `0.0.0.0` (old hold) shows as direction without send. */
  readonly remote: RemoteTransport;
  readonly rtcpMux: boolean;
  /** m-line index whose transport this one shares (BUNDLE); its own index where it is the first or not bundled. */
  readonly transportIndex: number;
  /** The codec to send, first in the answer's order. */
  readonly codec: NegotiatedCodec;
  /** All agreed codecs, `codec` first: a peer may switch among these at any time. */
  readonly codecs: readonly NegotiatedCodec[];
  readonly telephoneEvent?: NegotiatedCodec;
  /** Payload type of the peer's comfort noise, on the clock of `codec`. @see RFC 3389 */
  readonly comfortNoise?: { readonly receivePayloadType: number };
  /** SDES keys: `local` protects what we send, `remote` is the peer's. */
  readonly crypto?: { readonly local: SdesKey; readonly remote: SdesKey };
  readonly dtls?: NegotiatedDtls;
  /** The peer's ICE parameters. */
  readonly ice?: IceParameters;
  /** What the peer honours and we may send. */
  readonly feedback: FeedbackSupport;
  /** Header extension with the sequence numbers of the whole bundle; there where feedback by them was agreed too. */
  readonly sequenceNumberId?: number;
  /** The peer's first `a=ssrc`. */
  readonly ssrc?: number;
  readonly label?: string;
  /** `a=content`, e.g. `slides`. @see RFC 4796 */
  readonly content?: string;
  /** What the peer is willing to receive, from `b=TIAS` or `b=AS`; the session's where the m-line has none. */
  readonly bandwidthBps?: number;
  /** What the peer asks for (`a=ptime`). */
  readonly ptimeMs?: number;
}

export interface RemoteTransport {
  readonly address: string;
  readonly rtpPort: number;
  readonly rtcpPort: number;
}

export interface NegotiatedCodec {
  readonly name: CodecName;
  /** As in the peer's `a=rtpmap`. */
  readonly encodingName: string;
  /** What we put into packets that we send: the peer's number. */
  readonly payloadType: number;
  /** What we expect in packets that we receive: our own number. */
  readonly receivePayloadType: number;
  readonly clockRateHz: number;
  readonly channels: number;
  /** The peer's parameters: what it can receive. Keys in lower case. */
  readonly fmtp: Readonly<Record<string, string>>;
  /** What our own description says. */
  readonly localFmtp: Readonly<Record<string, string>>;
  /** Payload types of its retransmissions. @see RFC 4588 */
  readonly rtx?: { readonly payloadType: number; readonly receivePayloadType: number };
  /** H.264 only: how to packetize, and what the peer can decode. */
  readonly h264?: NegotiatedH264;
}

export interface NegotiatedH264 {
  readonly packetizationMode: 0 | 1;
  readonly profile: string;
  /** Highest level that we may send, times ten: 31 is level 3.1; level 1b is 11 with `level1b`. */
  readonly sendLevel: number;
  readonly maxFrameSizeMacroblocks: number;
  readonly maxMacroblocksPerSecond: number;
  readonly maxBitrateBps: number;
}

export interface NegotiatedDtls {
  /** The peer's; the strongest where it gave several. */
  readonly fingerprint: Fingerprint;
  readonly fingerprints: readonly Fingerprint[];
  /** As the peer said it. */
  readonly setup: DtlsSetup;
  /** What we do: `active` sends the ClientHello. */
  readonly localSetup: 'active' | 'passive';
}

export interface Fingerprint {
  /** Lower case, e.g. `sha-256`. */
  readonly algorithm: string;
  /** Upper-case hexadecimal pairs with colons. */
  readonly value: string;
}

export type DtlsSetup = 'active' | 'passive' | 'actpass' | 'holdconn';

export interface IceParameters {
  readonly ufrag: string;
  readonly pwd: string;
  readonly candidates: readonly IceCandidate[];
  readonly lite: boolean;
  readonly endOfCandidates: boolean;
}

export interface FeedbackSupport {
  readonly pli: boolean;
  readonly fir: boolean;
  readonly tmmbr: boolean;
  readonly nack: boolean;
  readonly remb: boolean;
  /** Of use with `sequenceNumberId` only. */
  readonly transportCc: boolean;
  /** Video Source Requests: a Lync client sends no picture before it got one. @see MS-RTP §2.2.12.2 */
  readonly videoSource: boolean;
}

/** Why an offer or an answer came to nothing. */
export interface NegotiationFault {
  readonly statusCode: 488;
  /** A `Warning` header's value without the agent, e.g. `305 "Incompatible media format"`. @see RFC 3261 §20.43 */
  readonly warning: string;
  /** Stable, kebab-case. */
  readonly code: string;
}
