import type { Clock, Random, Timer } from '@plugfest/model';
import { type RtcpPacket, type RtpPacket, type RtpPayload, RtpReceiverStats, RtpSenderStream } from '@plugfest/rtp';
import type { NegotiatedCodec } from '@plugfest/sdp';
import type { MediaTransport } from './media-transport.ts';

export interface RtpSessionOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: MediaTransport;
  readonly codec: NegotiatedCodec;
  readonly ssrc: number;
  readonly cname: string;
  readonly onPacket: (packet: RtpPacket, arrivalUs: number) => void;
  readonly onKeyFrameRequest: () => void;
  readonly onLost: (sequenceNumbers: readonly number[]) => void;
}

/** RFC 3550 §6.2 asks for about 5 s; shorter lets a short call see reports too. Spread by ±50 %. */
const REPORT_INTERVAL_MS = 2000;

/** RTP and RTCP of one m-line: a stream each way, with its reports. @see RFC 3550 §6.4 */
export class RtpSession {
  readonly #options: RtpSessionOptions;
  readonly sender: RtpSenderStream;
  receiver: RtpReceiverStats | undefined;
  #firSequenceNumber = 0;
  #report: Timer | undefined;

  constructor(options: RtpSessionOptions) {
    this.#options = options;
    const { codec, ssrc, cname, random, transport } = options;
    this.sender = new RtpSenderStream({
      ssrc,
      payloadType: codec.payloadType,
      clockRateHz: codec.clockRateHz,
      cname,
      random,
    });
    transport.onRtp = (packet, arrivalUs) => this.#receive(packet, arrivalUs);
    transport.onRtcp = (packets) => {
      for (const packet of packets) this.#takeRtcp(packet);
    };
    this.#schedule();
  }

  /** Sends payloads of one media time; returns the packets, so that lost ones can be sent again. */
  send(payloads: readonly RtpPayload[], ptsUs: number): RtpPacket[] {
    const packets = this.sender.packets(payloads, ptsUs);
    for (const packet of packets) this.#options.transport.sendRtp(packet);
    return packets;
  }

  resend(packet: RtpPacket): void {
    this.#options.transport.sendRtp(packet);
  }

  /** Asks for a key frame: PLI (RFC 4585 §6.3.1), or FIR (RFC 5104 §4.3.1) where only that is understood. */
  requestKeyFrame(how: 'pli' | 'fir'): void {
    if (!this.receiver) return;
    const senderSsrc = this.sender.ssrc;
    const mediaSsrc = this.receiver.ssrc;
    if (how === 'pli') this.#sendRtcp([{ type: 'picture-loss-indication', senderSsrc, mediaSsrc }]);
    else {
      this.#firSequenceNumber = (this.#firSequenceNumber + 1) & 0xff;
      const entries = [{ ssrc: mediaSsrc, sequenceNumber: this.#firSequenceNumber }];
      this.#sendRtcp([{ type: 'full-intra-request', senderSsrc, mediaSsrc: 0, entries }]);
    }
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
  }

  #receive(packet: RtpPacket, arrivalUs: number): void {
    if (this.receiver?.ssrc !== packet.ssrc) {
      this.receiver = new RtpReceiverStats({ ssrc: packet.ssrc, clockRateHz: this.#options.codec.clockRateHz });
    }
    this.receiver.receive(packet, arrivalUs);
    this.#options.onPacket(packet, arrivalUs);
  }

  #takeRtcp(packet: RtcpPacket): void {
    switch (packet.type) {
      case 'sender-report':
        if (packet.ssrc === this.receiver?.ssrc) this.receiver.onSenderReport(packet, this.#options.clock.nowUs());
        break;
      case 'picture-loss-indication':
        if (packet.mediaSsrc === this.sender.ssrc) this.#options.onKeyFrameRequest();
        break;
      case 'full-intra-request':
        if (packet.entries.some(({ ssrc }) => ssrc === this.sender.ssrc)) this.#options.onKeyFrameRequest();
        break;
      case 'nack':
        if (packet.mediaSsrc === this.sender.ssrc) this.#options.onLost(packet.lostSequenceNumbers);
        break;
    }
  }

  #schedule(): void {
    const { clock, random } = this.#options;
    this.#report = clock.schedule(REPORT_INTERVAL_MS * (0.5 + random.next()), () => {
      this.#sendRtcp([]);
      this.#schedule();
    });
  }

  /** Every compound begins with a report and a CNAME (RFC 3550 §6.1). */
  #sendRtcp(more: readonly RtcpPacket[]): void {
    const nowUs = this.#options.clock.nowUs();
    const reports = this.receiver ? [this.receiver.report(nowUs)] : [];
    this.#options.transport.sendRtcp([...this.sender.senderReport(nowUs, Date.now() * 1000 - nowUs, reports), ...more]);
  }
}
