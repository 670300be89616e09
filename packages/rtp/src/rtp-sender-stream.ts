import type { Random } from '@plugfest/model';
import { unixUsToNtp } from './ntp-time.ts';
import { type ReportBlock, type RtcpPacket, SDES_CNAME } from './rtcp-packet.ts';
import type { RtpPacket, RtpPayload } from './rtp-packet.ts';

export interface RtpSenderOptions {
  readonly ssrc: number;
  readonly payloadType: number;
  readonly clockRateHz: number;
  readonly cname: string;
  /** For the first sequence number and timestamp. */
  readonly random: Random;
}

/** A stream that we send: numbers, timestamps and reports. @see RFC 3550 §5.1, §6.4.1 */
export class RtpSenderStream {
  readonly ssrc: number;
  /** May change when a re-offer renumbers. */
  payloadType: number;
  readonly #clockRateHz: number;
  readonly #cname: string;
  readonly #firstTimestamp: number;
  #originUs: number | undefined;
  #nextSequenceNumber: number;
  #packetCount = 0;
  #octetCount = 0;

  constructor(options: RtpSenderOptions) {
    this.ssrc = options.ssrc;
    this.payloadType = options.payloadType;
    this.#clockRateHz = options.clockRateHz;
    this.#cname = options.cname;
    this.#firstTimestamp = options.random.uint32();
    // The lower half: receivers that lose the first packets do not misjudge the roll-over of SRTP. @see RFC 3711 §3.3.1
    this.#nextSequenceNumber = options.random.uint32() & 0x7fff;
  }

  get packetCount(): number {
    return this.#packetCount;
  }

  /** Of payload, without headers and padding. */
  get octetCount(): number {
    return this.#octetCount;
  }

  /** RTP timestamp of a time on the run's clock. The first time that is asked for sets the origin. */
  timestampAt(ptsUs: number): number {
    this.#originUs ??= ptsUs;
    const ticks = Math.round(((ptsUs - this.#originUs) * this.#clockRateHz) / 1e6);
    return (this.#firstTimestamp + ticks) >>> 0;
  }

  /** Packets for payloads of one media time, numbered on. `payloadType` may differ for telephone-events. */
  packets(payloads: readonly RtpPayload[], ptsUs: number, payloadType = this.payloadType): RtpPacket[] {
    const timestamp = this.timestampAt(ptsUs);
    return payloads.map(({ payload, marker }) => {
      const sequenceNumber = this.#nextSequenceNumber;
      this.#nextSequenceNumber = (sequenceNumber + 1) & 0xffff;
      this.#packetCount++;
      this.#octetCount += payload.length;
      return { payloadType, marker, sequenceNumber, timestamp, ssrc: this.ssrc, csrcs: [], payload };
    });
  }

  /**
   * SR (RR before the first packet) and SDES with CNAME. `wallOffsetUs`: Unix time in microseconds minus the run's clock; the same for all
   * streams of a CNAME, or lips and voices part.
   */
  senderReport(nowUs: number, wallOffsetUs: number, reports: readonly ReportBlock[] = []): RtcpPacket[] {
    const { ssrc } = this;
    const description: RtcpPacket = {
      type: 'source-description',
      chunks: [{ ssrc, items: [{ type: SDES_CNAME, text: this.#cname }] }],
    };
    if (this.#packetCount === 0) return [{ type: 'receiver-report', ssrc, reports }, description];
    const report: RtcpPacket = {
      type: 'sender-report',
      ssrc,
      ...unixUsToNtp(nowUs + wallOffsetUs),
      rtpTimestamp: this.timestampAt(nowUs),
      packetCount: this.#packetCount >>> 0,
      octetCount: this.#octetCount >>> 0,
      reports,
    };
    return [report, description];
  }
}
