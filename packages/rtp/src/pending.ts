import type { ParseFault, Random, Result } from '@plugfest/model';

export interface RtpPacket {
  readonly payloadType: number;
  readonly marker: boolean;
  readonly sequenceNumber: number;
  readonly timestamp: number;
  readonly ssrc: number;
  readonly csrcs: readonly number[];
  readonly extension?: { readonly profile: number; readonly data: Uint8Array };
  readonly payload: Uint8Array;
}
export declare function parseRtp(bytes: Uint8Array): Result<RtpPacket, ParseFault>;
export declare function formatRtp(packet: RtpPacket): Uint8Array;

export interface ReportBlock {
  readonly ssrc: number;
  readonly fractionLost: number /* 0..255 */;
  readonly packetsLost: number /* signed 24 bit */;
  readonly highestSequenceNumber: number;
  readonly jitter: number /* ticks */;
  readonly lastSenderReport: number;
  readonly delaySinceLastSenderReport: number /* 1/65536 s */;
}
export interface SenderReport {
  readonly type: 'sender-report';
  readonly ssrc: number;
  readonly ntpSeconds: number;
  readonly ntpFraction: number;
  readonly rtpTimestamp: number;
  readonly packetCount: number;
  readonly octetCount: number;
  readonly reports: readonly ReportBlock[];
}
export interface ReceiverReport {
  readonly type: 'receiver-report';
  readonly ssrc: number;
  readonly reports: readonly ReportBlock[];
}
export interface SourceDescription {
  readonly type: 'source-description';
  readonly chunks: readonly {
    readonly ssrc: number;
    readonly items: readonly { readonly type: number; readonly text: string }[];
  }[];
}
export interface Goodbye {
  readonly type: 'goodbye';
  readonly ssrcs: readonly number[];
  readonly reason?: string;
}
export interface PictureLossIndication {
  readonly type: 'picture-loss-indication';
  readonly senderSsrc: number;
  readonly mediaSsrc: number;
}
export interface FullIntraRequest {
  readonly type: 'full-intra-request';
  readonly senderSsrc: number;
  readonly mediaSsrc: number;
  readonly entries: readonly { readonly ssrc: number; readonly sequenceNumber: number }[];
}
export interface GenericNack {
  readonly type: 'nack';
  readonly senderSsrc: number;
  readonly mediaSsrc: number;
  readonly lostSequenceNumbers: readonly number[];
}
export interface ReceiverEstimatedMaximumBitrate {
  readonly type: 'remb';
  readonly senderSsrc: number;
  readonly bitrateBps: number;
  readonly ssrcs: readonly number[];
}
export interface TransportFeedback {
  readonly type: 'transport-cc';
  readonly senderSsrc: number;
  readonly mediaSsrc: number;
  readonly baseSequenceNumber: number;
  readonly referenceTime: number;
  readonly feedbackPacketCount: number;
  readonly packets: readonly {
    readonly sequenceNumber: number;
    readonly received: boolean;
    readonly deltaUs?: number;
  }[];
}
export interface ApplicationDefined {
  readonly type: 'application-defined';
  readonly ssrc: number;
  readonly subtype: number;
  readonly name: string;
  readonly data: Uint8Array;
}
export interface UnknownRtcp {
  readonly type: 'unknown';
  readonly packetType: number;
  readonly count: number;
  readonly body: Uint8Array;
}
export type RtcpPacket =
  | SenderReport
  | ReceiverReport
  | SourceDescription
  | Goodbye
  | PictureLossIndication
  | FullIntraRequest
  | GenericNack
  | ReceiverEstimatedMaximumBitrate
  | TransportFeedback
  | ApplicationDefined
  | UnknownRtcp;
export declare function parseRtcpCompound(bytes: Uint8Array): Result<RtcpPacket[], ParseFault>;
export declare function formatRtcpCompound(packets: readonly RtcpPacket[]): Uint8Array;

/** One RTP payload to be sent, made by a packetizer. */
export interface RtpPayload {
  readonly payload: Uint8Array;
  readonly marker: boolean;
}
export declare function packetizeH264(
  accessUnit: Uint8Array /* Annex B */,
  options: { packetizationMode: 0 | 1; maxPayloadBytes?: number },
): RtpPayload[];
export declare class Vp8Packetizer {
  constructor(options?: { maxPayloadBytes?: number; firstPictureId?: number });
  packetize(frame: Uint8Array): RtpPayload[];
}
/** A whole coded picture out of RTP. */
export interface CodedFrame {
  readonly data: Uint8Array /* H.264: Annex B */;
  readonly timestamp: number;
  readonly keyFrame: boolean /** false: packets of it were lost */;
  readonly complete: boolean /** H.264: a keyframe that carries SPS and PPS, or they came before */;
  readonly hasParameterSets: boolean;
}
/** Feed it in sequence order (from a JitterBuffer); it sees gaps by sequence numbers. */
export interface VideoDepacketizer {
  push(packet: RtpPacket): CodedFrame[];
  readonly counters: { readonly malformed: number; readonly incomplete: number };
}
export declare class H264Depacketizer implements VideoDepacketizer {
  push(packet: RtpPacket): CodedFrame[];
  readonly counters: { readonly malformed: number; readonly incomplete: number };
}
export declare class Vp8Depacketizer implements VideoDepacketizer {
  push(packet: RtpPacket): CodedFrame[];
  readonly counters: { readonly malformed: number; readonly incomplete: number };
}

export interface TelephoneEvent {
  readonly event: number;
  readonly end: boolean;
  readonly volume: number;
  readonly durationTicks: number;
}
export declare function parseTelephoneEvent(payload: Uint8Array): Result<TelephoneEvent, ParseFault>;
export declare function formatTelephoneEvent(event: TelephoneEvent): Uint8Array;
/** One report a digit pressed, at its first packet, however many packets repeat it. */
export declare class TelephoneEventReceiver {
  push(packet: RtpPacket): { digit: string } | undefined;
}
/** All packets of one digit: payload, marker and when to send it after the first. The timestamp is the same for all. */
export declare function telephoneEventPackets(
  digit: string,
  options: { clockRateHz: number; durationMs?: number; packetMs?: number },
): { payload: Uint8Array; marker: boolean; afterMs: number }[];

/** `immediate`: in-sequence packets come out at once, only gaps wait up to delayMs (video). `playout`: each comes out delayMs after its media time (audio). */
export declare class JitterBuffer {
  constructor(options: {
    clockRateHz: number;
    pacing: 'immediate' | 'playout';
    delayMs?: number /* 40 */;
    maxDelayMs?: number /* adaptive up to this; default = delayMs */;
    capacityPackets?: number;
  });
  push(packet: RtpPacket, arrivalUs: number): 'queued' | 'late' | 'duplicate' | 'overflow';
  pop(nowUs: number): JitterItem[];
  /** When `pop` will next have something, or undefined. */
  nextReleaseUs(): number | undefined;
  /** Sequence numbers to ask for again now (each is named again at most every `retryMs`). */
  missing(nowUs: number): number[];
  reset(): void;
  readonly counters: {
    readonly late: number;
    readonly duplicate: number;
    readonly lost: number;
    readonly reordered: number;
  };
  readonly delayMs: number;
}
export type JitterItem =
  | { readonly kind: 'packet'; readonly packet: RtpPacket; readonly arrivalUs: number }
  | { readonly kind: 'lost'; readonly sequenceNumber: number; readonly count: number };

export type SrtpSuite = 'AES_CM_128_HMAC_SHA1_80' | 'AES_CM_128_HMAC_SHA1_32' | 'AEAD_AES_128_GCM';
export type SrtpFault =
  | 'too-short'
  | 'malformed'
  | 'authentication-failed'
  | 'replayed'
  | 'too-old'
  | 'wrong-mki'
  | 'key-exhausted';
/** One master key, one direction. An `SdesKey` of @plugfest/sdp fits as it is. */
export declare class SrtpContext {
  constructor(master: {
    suite: SrtpSuite;
    key: Uint8Array;
    salt: Uint8Array;
    mki?: { value: number; lengthBytes: number };
    sessionParameters?: readonly string[];
  });
  protectRtp(packet: Uint8Array): Uint8Array;
  unprotectRtp(packet: Uint8Array): Result<Uint8Array, SrtpFault>;
  protectRtcp(packet: Uint8Array): Uint8Array;
  unprotectRtcp(packet: Uint8Array): Result<Uint8Array, SrtpFault>;
  readonly counters: Readonly<Record<SrtpFault, number>>;
}

/** A stream that we send. */
export declare class RtpSenderStream {
  constructor(options: { ssrc: number; payloadType: number; clockRateHz: number; cname: string; random: Random });
  readonly ssrc: number;
  payloadType: number;
  readonly packetCount: number;
  readonly octetCount: number;
  timestampAt(ptsUs: number): number;
  /** Headers for payloads of one media time. */
  packets(payloads: readonly RtpPayload[], ptsUs: number): RtpPacket[];
  /** SR + SDES (CNAME). wallOffsetUs: Unix time in microseconds minus the run's clock. */
  senderReport(nowUs: number, wallOffsetUs: number, reports?: readonly ReportBlock[]): RtcpPacket[];
}
/** A stream that we receive. */
export declare class RtpReceiverStats {
  constructor(options: { ssrc: number; clockRateHz: number });
  readonly ssrc: number;
  /** false: not yet valid (probation) or a jump too big. */
  receive(packet: Pick<RtpPacket, 'sequenceNumber' | 'timestamp'>, arrivalUs: number): boolean;
  onSenderReport(report: SenderReport, arrivalUs: number): void;
  report(nowUs: number): ReportBlock;
  /** NTP time in microseconds since 1970 of a media timestamp by the last SR; equal base for streams of one CNAME (lip sync). */
  ntpUsAt(timestamp: number): number | undefined;
  readonly counters: {
    readonly received: number;
    readonly expected: number;
    readonly lost: number;
    readonly jitterMs: number;
    readonly highestSequenceNumber: number;
  };
}
/** Round-trip time in ms from a report block about us, or undefined. */
export declare function roundTripMs(report: ReportBlock, nowUs: number, wallOffsetUs: number): number | undefined;

export declare function demultiplex(
  bytes: Uint8Array,
): 'stun' | 'zrtp' | 'dtls' | 'turn-channel' | 'quic' | 'rtp' | 'rtcp' | 'unknown';
