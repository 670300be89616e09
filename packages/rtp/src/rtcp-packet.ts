import type { VideoSourceRequest } from './video-source-request.ts';

/** One block of a report about a stream that was received. @see RFC 3550 §6.4.1 */
export interface ReportBlock {
  readonly ssrc: number;
  /** 0..255: lost since the last report, in 1/256. */
  readonly fractionLost: number;
  /** Signed 24 bits: duplicates count as found. */
  readonly packetsLost: number;
  /** Extended by the number of wraps. */
  readonly highestSequenceNumber: number;
  /** Ticks. */
  readonly jitter: number;
  /** Middle 32 bits of the NTP time of the last SR, 0 for none. */
  readonly lastSenderReport: number;
  /** 1/65536 s. */
  readonly delaySinceLastSenderReport: number;
}

/** @see RFC 3550 §6.4.1 */
export interface SenderReport {
  readonly type: 'sender-report';
  readonly ssrc: number;
  /** Seconds since 1900. */
  readonly ntpSeconds: number;
  /** 1/2^32 s. */
  readonly ntpFraction: number;
  readonly rtpTimestamp: number;
  readonly packetCount: number;
  readonly octetCount: number;
  readonly reports: readonly ReportBlock[];
}

/** @see RFC 3550 §6.4.2 */
export interface ReceiverReport {
  readonly type: 'receiver-report';
  readonly ssrc: number;
  readonly reports: readonly ReportBlock[];
}

/** @see RFC 3550 §6.5 */
export interface SourceDescription {
  readonly type: 'source-description';
  readonly chunks: readonly SdesChunk[];
}

export interface SdesChunk {
  readonly ssrc: number;
  /** 1 is CNAME. */
  readonly items: readonly { readonly type: number; readonly text: string }[];
}

/** @see RFC 3550 §6.6 */
export interface Goodbye {
  readonly type: 'goodbye';
  readonly ssrcs: readonly number[];
  readonly reason?: string;
}

/** PLI: "send me a key frame". @see RFC 4585 §6.3.1 */
export interface PictureLossIndication {
  readonly type: 'picture-loss-indication';
  readonly senderSsrc: number;
  readonly mediaSsrc: number;
  /** Lync's longer one (`x-pli`). */
  readonly layers?: LayerLoss;
}

/** Which layers a Lync client wants a synchronisation picture of. @see MS-RTP §2.2.12.1 */
export interface LayerLoss {
  /** A repeated number is the same request. 16 bits. */
  readonly requestId: number;
  /** Priority IDs, 0..63. */
  readonly priorityIds: readonly number[];
}

/** FIR: the same as a command; a repeated sequence number is the same command. @see RFC 5104 §4.3.1 */
export interface FullIntraRequest {
  readonly type: 'full-intra-request';
  readonly senderSsrc: number;
  readonly mediaSsrc: number;
  readonly entries: readonly { readonly ssrc: number; readonly sequenceNumber: number }[];
}

/** @see RFC 4585 §6.2.1 */
export interface GenericNack {
  readonly type: 'nack';
  readonly senderSsrc: number;
  readonly mediaSsrc: number;
  readonly lostSequenceNumbers: readonly number[];
}

/** A limit on what one source sends. @see RFC 5104 §4.2.1.1 */
export interface BitrateLimit {
  readonly ssrc: number;
  /** Of the whole stream with everything that `overheadBytes` counts. */
  readonly bitrateBps: number;
  /** Of each packet, below RTP: IP and UDP headers. 0..511. */
  readonly overheadBytes: number;
}

/** TMMBR: "send no more than this". @see RFC 5104 §4.2.1 */
export interface TemporaryBitrateRequest {
  readonly type: 'tmmbr';
  readonly senderSsrc: number;
  readonly mediaSsrc: number;
  /** `ssrc`: whose rate is limited. */
  readonly entries: readonly BitrateLimit[];
}

/** TMMBN: the limits that the sender keeps. @see RFC 5104 §4.2.2 */
export interface TemporaryBitrateNotification {
  readonly type: 'tmmbn';
  readonly senderSsrc: number;
  readonly mediaSsrc: number;
  /** `ssrc`: who asked. */
  readonly entries: readonly BitrateLimit[];
}

/** REMB. @see draft-alvestrand-rmcat-remb-03 §2.2 */
export interface ReceiverEstimatedMaximumBitrate {
  readonly type: 'remb';
  readonly senderSsrc: number;
  readonly bitrateBps: number;
  readonly ssrcs: readonly number[];
}

/** @see draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1 */
export interface TransportFeedback {
  readonly type: 'transport-cc';
  readonly senderSsrc: number;
  readonly mediaSsrc: number;
  readonly baseSequenceNumber: number;
  /** Multiples of 64 ms, signed 24 bits. */
  readonly referenceTime: number;
  readonly feedbackPacketCount: number;
  /** One entry for each sequence number from the base on; `deltaUs` since the packet before that arrived (or the reference time). */
  readonly packets: readonly TransportFeedbackEntry[];
}

export interface TransportFeedbackEntry {
  readonly sequenceNumber: number;
  readonly received: boolean;
  /** Multiples of 250 µs. */
  readonly deltaUs?: number;
}

/** @see RFC 3550 §6.7 */
export interface ApplicationDefined {
  readonly type: 'application-defined';
  readonly ssrc: number;
  readonly subtype: number;
  /** Four characters. */
  readonly name: string;
  readonly data: Uint8Array;
}

/** A packet that this package has no name for (XR, other feedback), kept. */
export interface UnknownRtcp {
  readonly type: 'unknown';
  readonly packetType: number;
  /** The five bits after the padding bit: count, subtype or FMT. */
  readonly count: number;
  /** What follows the first word. */
  readonly body: Uint8Array;
}

export type RtcpPacket =
  | SenderReport
  | ReceiverReport
  | SourceDescription
  | Goodbye
  | PictureLossIndication
  | VideoSourceRequest
  | FullIntraRequest
  | GenericNack
  | TemporaryBitrateRequest
  | TemporaryBitrateNotification
  | ReceiverEstimatedMaximumBitrate
  | TransportFeedback
  | ApplicationDefined
  | UnknownRtcp;

/** Packet types. @see RFC 3550 §12.1, RFC 4585 §6.1 */
export const RTCP_TYPES = {
  senderReport: 200,
  receiverReport: 201,
  sourceDescription: 202,
  goodbye: 203,
  applicationDefined: 204,
  transportFeedback: 205,
  payloadFeedback: 206,
} as const;

/** FMT values of the two feedback types. */
export const FEEDBACK_FORMATS = {
  nack: 1,
  tmmbr: 3,
  tmmbn: 4,
  transportCc: 15,
  pli: 1,
  fir: 4,
  applicationLayer: 15,
} as const;

export const SDES_CNAME = 1;
