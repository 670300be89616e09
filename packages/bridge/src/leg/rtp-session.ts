import type { Clock, Random, Timer } from '@plugfest/model';
import {
  formatRtcpCompound,
  nextAverageBytes,
  originalOf,
  REQUESTED_SOURCES,
  type ReportBlock,
  type RtcpPacket,
  type RtpPacket,
  type RtpPayload,
  RtpReceiverStats,
  RtpSenderStream,
  RtxSender,
  rtcpIntervalMs,
  type SendRate,
  spreadIntervalMs,
  type TemporaryBitrateRequest,
  type VideoSourceEntry,
  type VideoSourceRequest,
} from '@plugfest/rtp';
import type { NegotiatedCodec } from '@plugfest/sdp';
import type { MediaTransport } from './media-transport.ts';
import { RateMeter } from './rate-meter.ts';
import { type RemoteReport, readReport } from './remote-report.ts';

export interface RtpSessionOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: MediaTransport;
  readonly codec: NegotiatedCodec;
  readonly ssrc: number;
  readonly rtxSsrc: number;
  readonly cname: string;
  /** Of the session, by its description: a twentieth of it is for reports. */
  readonly bandwidthBps: number;
  readonly hasFeedbackProfile: boolean;
  /** Said to peers that take REMB or TMMBR: what they may send. */
  readonly receiveLimit?: { readonly bitrateBps: number; readonly by: 'remb' | 'tmmbr' };
  readonly onPacket: (packet: RtpPacket, arrivalUs: number) => void;
  readonly onKeyFrameRequest?: () => void;
  readonly onVideoSourceRequest?: (request: VideoSourceRequest) => void;
  /** Reports and limits about what we send. */
  readonly sendRate?: SendRate;
  readonly onLost?: (sequenceNumbers: readonly number[]) => void;
  /** The peer's source said goodbye. */
  readonly onGoodbye?: () => void;
}

/** Between two the first report may come at once (RFC 3550 §6.2): without it a receiver cannot tell which sound belongs to which picture. */
const FIRST_REPORT_MS = 200;
/** Until one was sent: SR with a block, SDES, UDP and IPv4. */
const EXPECTED_REPORT_BYTES = 120;
/** Feedback profiles let quick sessions report often; beyond this nobody learns more by it. */
const SHORTEST_INTERVAL_MS = 500;
/** IPv4 and UDP. */
const PACKET_OVERHEAD_BYTES = 28;
/** One wall clock for all streams of this process, whatever the machine does to its own. */
const WALL_OFFSET_US = Date.now() * 1000 - Number(process.hrtime.bigint() / 1000n);

/** RTP and RTCP of one m-line: a stream each way, with its reports. @see RFC 3550 §6.4 */
export class RtpSession {
  readonly #options: RtpSessionOptions;
  readonly sender: RtpSenderStream;
  readonly #rtx: RtxSender | undefined;
  readonly sentRate = new RateMeter();
  readonly receivedRate = new RateMeter();
  receiver: RtpReceiverStats | undefined;
  /** What the peer's last report says of our stream. */
  remote: RemoteReport | undefined;
  /** When something of the peer's came last. */
  heardAtUs: number | undefined;
  /** Lost packets that came again as retransmissions. */
  restored = 0;
  #averageReportBytes = EXPECTED_REPORT_BYTES;
  #firSent = 0;
  #firTaken: number | undefined;
  /** The peer said by TMMBN that it keeps to our TMMBR. */
  #isLimitKept = false;
  #report: Timer | undefined;

  constructor(options: RtpSessionOptions) {
    this.#options = options;
    const { codec, ssrc, cname, random, transport } = options;
    const { payloadType, clockRateHz } = codec;
    this.sender = new RtpSenderStream({ ssrc, payloadType, clockRateHz, cname, random });
    this.#rtx =
      codec.rtx &&
      new RtxSender({
        ssrc: options.rtxSsrc,
        payloadType: codec.rtx.payloadType,
        firstSequenceNumber: random.uint32() & 0x7fff,
      });
    transport.onRtp = (packet, arrivalUs) => this.#receive(packet, arrivalUs);
    transport.onRtcp = (packets) => {
      this.heardAtUs = options.clock.nowUs();
      for (const packet of packets) this.#takeRtcp(packet);
    };
    const { sendRate } = options;
    if (sendRate) transport.onPathRate = (bitrateBps) => sendRate.onDelayEstimate(bitrateBps, options.clock.nowUs());
    this.#schedule(FIRST_REPORT_MS);
  }

  /** Sends payloads of one media time; returns the packets, so that lost ones can be sent again. `payloadType` differs for telephone-events. */
  send(payloads: readonly RtpPayload[], ptsUs: number, payloadType?: number): RtpPacket[] {
    const packets = this.sender.packets(payloads, ptsUs, payloadType);
    for (const packet of packets) this.#transmit(packet);
    return packets;
  }

  /** Once more for who lost it: in the retransmission stream where one was agreed, else the very same packet. */
  resend(packet: RtpPacket): void {
    this.#transmit(this.#rtx?.packet(packet) ?? packet);
  }

  #transmit(packet: RtpPacket): void {
    this.sentRate.add(packet.payload.length, this.#options.clock.nowUs());
    this.#options.transport.sendRtp(packet);
  }

  /** After a hold the peer's silence counts from now. */
  resume(): void {
    if (this.heardAtUs !== undefined) this.heardAtUs = this.#options.clock.nowUs();
  }

  /** Asks for a key frame: PLI (RFC 4585 §6.3.1), or FIR (RFC 5104 §4.3.1) where only that is understood. False before anything came. */
  requestKeyFrame(how: 'pli' | 'fir'): boolean {
    if (!this.receiver) return false;
    const senderSsrc = this.sender.ssrc;
    const mediaSsrc = this.receiver.ssrc;
    if (how === 'pli') this.#sendRtcp([{ type: 'picture-loss-indication', senderSsrc, mediaSsrc }]);
    else {
      this.#firSent = (this.#firSent + 1) & 0xff;
      const entries = [{ ssrc: mediaSsrc, sequenceNumber: this.#firSent }];
      this.#sendRtcp([{ type: 'full-intra-request', senderSsrc, mediaSsrc: 0, entries }]);
    }
    return true;
  }

  /** Asks a Lync client for its picture, whoever it is. @see MS-RTP §2.2.12.2 */
  requestVideo(requestId: number, entries: readonly VideoSourceEntry[]): void {
    const [senderSsrc, mediaSsrc] = [this.sender.ssrc, this.receiver?.ssrc ?? 0];
    const request = { requestedSource: REQUESTED_SOURCES.any, requestId, keyFrame: true, entries };
    this.#sendRtcp([{ type: 'video-source-request', senderSsrc, mediaSsrc, ...request }]);
  }

  /** Asks for lost packets again (RFC 4585 §6.2.1). */
  requestPackets(lostSequenceNumbers: readonly number[]): void {
    if (!this.receiver || lostSequenceNumbers.length === 0) return;
    this.#sendRtcp([
      { type: 'nack', senderSsrc: this.sender.ssrc, mediaSsrc: this.receiver.ssrc, lostSequenceNumbers },
    ]);
  }

  close(): void {
    this.#report?.cancel();
    this.#sendRtcp([{ type: 'goodbye', ssrcs: [this.sender.ssrc] }]);
    this.#options.transport.onRtp = undefined;
    this.#options.transport.onRtcp = undefined;
    this.#options.transport.onPathRate = undefined;
  }

  #receive(packet: RtpPacket, arrivalUs: number): void {
    const { codec, onPacket, receiveLimit } = this.#options;
    this.heardAtUs = arrivalUs;
    this.receivedRate.add(packet.payload.length, arrivalUs);
    if (packet.payloadType === codec.rtx?.receivePayloadType) {
      this.#takeAgain(packet, arrivalUs);
      return;
    }
    const isNew = this.receiver?.ssrc !== packet.ssrc;
    if (isNew) this.receiver = new RtpReceiverStats({ ssrc: packet.ssrc, clockRateHz: codec.clockRateHz });
    this.receiver?.receive(packet, arrivalUs);
    // libwebrtc believes a REMB of its first two seconds at once, and otherwise creeps up from 300 kbit/s.
    if (isNew) this.#isLimitKept = false;
    if (isNew && receiveLimit) this.#sendRtcp([]);
    onPacket(packet, arrivalUs);
  }

  /** A retransmission: a stream of its own, which is not reported on as the one that it repairs. */
  #takeAgain(packet: RtpPacket, arrivalUs: number): void {
    const { codec, onPacket } = this.#options;
    const payloadType = codec.receivePayloadType;
    const original = this.receiver && originalOf(packet, { ssrc: this.receiver.ssrc, payloadType });
    if (!original) return;
    this.restored++;
    onPacket(original, arrivalUs);
  }

  #takeRtcp(packet: RtcpPacket): void {
    const { onKeyFrameRequest, onLost, onGoodbye } = this.#options;
    const ownSsrc = this.sender.ssrc;
    switch (packet.type) {
      case 'sender-report':
        this.receiver?.onSenderReport(packet, this.#options.clock.nowUs());
        this.#takeReports(packet.reports);
        break;
      case 'receiver-report':
        this.#takeReports(packet.reports);
        break;
      case 'picture-loss-indication':
        if (packet.mediaSsrc === ownSsrc) onKeyFrameRequest?.();
        break;
      case 'video-source-request':
        this.#options.onVideoSourceRequest?.(packet);
        break;
      case 'full-intra-request':
        if (this.#isNewCommand(packet.entries.find(({ ssrc }) => ssrc === ownSsrc))) onKeyFrameRequest?.();
        break;
      case 'nack':
        if (packet.mediaSsrc === ownSsrc) onLost?.(packet.lostSequenceNumbers);
        break;
      case 'remb':
        if (packet.ssrcs.includes(ownSsrc))
          this.#options.sendRate?.onRemb(packet.bitrateBps, this.#options.clock.nowUs());
        break;
      case 'tmmbr':
        this.#takeLimit(packet);
        break;
      case 'tmmbn':
        this.#isLimitKept ||= packet.entries.some(({ ssrc }) => ssrc === ownSsrc);
        break;
      case 'goodbye':
        this.#options.sendRate?.onGoodbye(packet.ssrcs);
        if (this.receiver && packet.ssrcs.includes(this.receiver.ssrc)) onGoodbye?.();
        break;
    }
  }

  /** A FIR that is repeated with the same number is the same command. @see RFC 5104 §4.3.1.2 */
  #isNewCommand(entry: { readonly sequenceNumber: number } | undefined): boolean {
    if (entry === undefined || entry.sequenceNumber === this.#firTaken) return false;
    this.#firTaken = entry.sequenceNumber;
    return true;
  }

  #takeReports(reports: readonly ReportBlock[]): void {
    const block = reports.find(({ ssrc }) => ssrc === this.sender.ssrc);
    const { clockRateHz } = this.#options.codec;
    if (!block) return;
    const nowUs = this.#options.clock.nowUs();
    this.remote = readReport(block, clockRateHz, nowUs + WALL_OFFSET_US);
    const { packetsLost, highestSequenceNumber } = block;
    const sentBps = this.sentRate.bitrateBps(nowUs);
    const { roundTripMs } = this.remote;
    this.#options.sendRate?.onReport({ packetsLost, highestSequenceNumber, roundTripMs, sentBps }, nowUs);
  }

  /** A limit that the peer asks of our stream is kept, and said to be kept. @see RFC 5104 §4.2.1.2 */
  #takeLimit({ senderSsrc, entries }: TemporaryBitrateRequest): void {
    const entry = entries.find(({ ssrc }) => ssrc === this.sender.ssrc);
    const { sendRate } = this.#options;
    if (!entry || !sendRate) return;
    const kept = sendRate.onTmmbr(senderSsrc, entry);
    this.#sendRtcp([{ type: 'tmmbn', senderSsrc: this.sender.ssrc, mediaSsrc: 0, entries: kept }]);
  }

  #schedule(intervalMs: number): void {
    const { clock, random } = this.#options;
    this.#report = clock.schedule(spreadIntervalMs(intervalMs, random.next()), () => {
      this.#sendRtcp([]);
      this.#schedule(this.#intervalMs());
    });
  }

  #intervalMs(): number {
    const { bandwidthBps, hasFeedbackProfile } = this.#options;
    const weSent = this.sender.packetCount > 0;
    const intervalMs = rtcpIntervalMs({
      members: 2,
      senders: (weSent ? 1 : 0) + (this.receiver ? 1 : 0),
      weSent,
      sessionBandwidthBps: bandwidthBps,
      averageBytes: this.#averageReportBytes,
      hasFeedbackProfile,
      isFirst: false,
    });
    return Math.max(SHORTEST_INTERVAL_MS, intervalMs);
  }

  /** Every compound begins with a report and a CNAME (RFC 3550 §6.1). */
  #sendRtcp(more: readonly RtcpPacket[]): void {
    const { clock, transport } = this.#options;
    const nowUs = clock.nowUs();
    const reports = this.receiver ? [this.receiver.report(nowUs)] : [];
    const compound = [...this.sender.senderReport(nowUs, WALL_OFFSET_US, reports), ...this.#limit(), ...more];
    this.#averageReportBytes = nextAverageBytes(
      this.#averageReportBytes,
      formatRtcpCompound(compound).length + PACKET_OVERHEAD_BYTES,
    );
    transport.sendRtcp(compound);
  }

  #limit(): RtcpPacket[] {
    const { receiveLimit } = this.#options;
    if (!receiveLimit || !this.receiver) return [];
    const [senderSsrc, { ssrc }, { bitrateBps }] = [this.sender.ssrc, this.receiver, receiveLimit];
    if (receiveLimit.by === 'remb') return [{ type: 'remb', senderSsrc, bitrateBps, ssrcs: [ssrc] }];
    if (this.#isLimitKept) return [];
    const entries = [{ ssrc, bitrateBps, overheadBytes: PACKET_OVERHEAD_BYTES }];
    return [{ type: 'tmmbr', senderSsrc, mediaSsrc: 0, entries }];
  }
}
