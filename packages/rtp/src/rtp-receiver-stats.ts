import { ntpToUnixUs } from './ntp-time.ts';
import type { ReportBlock, SenderReport } from './rtcp-packet.ts';
import type { RtpPacket } from './rtp-packet.ts';
import { timestampDistance } from './sequence-number.ts';

/** @see RFC 3550 Appendix A.1 */
export const MAX_DROPOUT = 3000;
export const MAX_MISORDER = 100;
export const MIN_SEQUENTIAL = 2;

const SEQUENCE_MODULUS = 0x1_0000;
const NO_SEQUENCE = SEQUENCE_MODULUS + 1;

export interface ReceiverCounters {
  readonly received: number;
  readonly expected: number;
  /** May be negative where packets came twice. */
  readonly lost: number;
  readonly jitterMs: number;
  /** Extended by the number of wraps. */
  readonly highestSequenceNumber: number;
}

/** A stream that we receive, counted as the RTP specification counts. @see RFC 3550 Appendix A.1, A.3, A.8 */
export class RtpReceiverStats {
  readonly ssrc: number;
  readonly #clockRateHz: number;
  #highest = 0;
  #cycles = 0;
  #base = 0;
  #badSequence = NO_SEQUENCE;
  #probation = MIN_SEQUENTIAL;
  #received = 0;
  #expectedBefore = 0;
  #receivedBefore = 0;
  #isStarted = false;
  #lastArrivalTicks: number | undefined;
  #lastTimestamp = 0;
  /** Times 16, as A.8 keeps it. */
  #jitter = 0;
  #senderReport: { readonly report: SenderReport; readonly arrivalUs: number } | undefined;

  constructor(options: { readonly ssrc: number; readonly clockRateHz: number }) {
    this.ssrc = options.ssrc;
    this.#clockRateHz = options.clockRateHz;
  }

  /**
   * Counts a packet. False while the source is on probation and at a jump in numbers too big to be loss, until a second packet confirms
   * either: such a packet is not counted, but may well be good (authenticated media need no probation).
   */
  receive(packet: Pick<RtpPacket, 'sequenceNumber' | 'timestamp'>, arrivalUs: number): boolean {
    const isCounted = this.#updateSequence(packet.sequenceNumber);
    if (isCounted) this.#updateJitter(packet.timestamp, arrivalUs);
    return isCounted;
  }

  onSenderReport(report: SenderReport, arrivalUs: number): void {
    if (report.ssrc === this.ssrc) this.#senderReport = { report, arrivalUs };
  }

  /** The block for the next report; the fraction lost is since the last call. */
  report(nowUs: number): ReportBlock {
    const { expected, lost } = this.counters;
    const expectedInterval = expected - this.#expectedBefore;
    const lostInterval = expectedInterval - (this.#received - this.#receivedBefore);
    this.#expectedBefore = expected;
    this.#receivedBefore = this.#received;
    const isNothingLost = expectedInterval === 0 || lostInterval <= 0;
    const last = this.#senderReport;
    return {
      ssrc: this.ssrc,
      fractionLost: isNothingLost ? 0 : Math.min(255, Math.floor((lostInterval * 256) / expectedInterval)),
      packetsLost: lost,
      highestSequenceNumber: (this.#cycles + this.#highest) >>> 0,
      jitter: Math.floor(this.#jitter / 16),
      lastSenderReport: last === undefined ? 0 : middleBits(last.report),
      delaySinceLastSenderReport:
        last === undefined ? 0 : Math.max(0, Math.round(((nowUs - last.arrivalUs) * 65_536) / 1e6)) >>> 0,
    };
  }

  /**
   * The sender's wall-clock time of a media timestamp by its last report, in microseconds since 1970; undefined before a report came.
   * Streams of one CNAME share that clock: what lip sync needs.
   */
  ntpUsAt(timestamp: number): number | undefined {
    if (this.#senderReport === undefined) return undefined;
    const { report } = this.#senderReport;
    const ticks = timestampDistance(report.rtpTimestamp, timestamp);
    return ntpToUnixUs(report.ntpSeconds, report.ntpFraction) + (ticks * 1e6) / this.#clockRateHz;
  }

  get counters(): ReceiverCounters {
    const highestSequenceNumber = this.#cycles + this.#highest;
    const expected = this.#received === 0 ? 0 : highestSequenceNumber - this.#base + 1;
    const jitterMs = (this.#jitter / 16 / this.#clockRateHz) * 1000;
    return { received: this.#received, expected, lost: expected - this.#received, jitterMs, highestSequenceNumber };
  }

  #updateSequence(sequence: number): boolean {
    if (!this.#isStarted) {
      this.#isStarted = true;
      this.#restart(sequence);
      this.#highest = (sequence - 1) & 0xffff;
    }
    if (this.#probation > 0) return this.#probate(sequence);
    const delta = (sequence - this.#highest) & 0xffff;
    if (delta < MAX_DROPOUT) {
      if (sequence < this.#highest) this.#cycles += SEQUENCE_MODULUS;
      this.#highest = sequence;
    } else if (delta <= SEQUENCE_MODULUS - MAX_MISORDER) {
      if (sequence !== this.#badSequence) {
        this.#badSequence = (sequence + 1) & 0xffff;
        return false;
      }
      // Two in a row: the other side began anew without telling.
      this.#restart(sequence);
    }
    this.#received++;
    return true;
  }

  #probate(sequence: number): boolean {
    if (sequence !== ((this.#highest + 1) & 0xffff)) {
      this.#probation = MIN_SEQUENTIAL - 1;
      this.#highest = sequence;
      return false;
    }
    this.#probation--;
    this.#highest = sequence;
    if (this.#probation > 0) return false;
    this.#restart(sequence);
    this.#received++;
    return true;
  }

  #restart(sequence: number): void {
    this.#base = sequence;
    this.#highest = sequence;
    this.#badSequence = NO_SEQUENCE;
    this.#cycles = 0;
    this.#received = 0;
    this.#receivedBefore = 0;
    this.#expectedBefore = 0;
    this.#lastArrivalTicks = undefined;
  }

  #updateJitter(timestamp: number, arrivalUs: number): void {
    const arrivalTicks = (arrivalUs * this.#clockRateHz) / 1e6;
    const before = this.#lastArrivalTicks;
    if (before !== undefined) {
      const between = arrivalTicks - before - timestampDistance(this.#lastTimestamp, timestamp);
      this.#jitter += Math.abs(between) - this.#jitter / 16;
    }
    this.#lastArrivalTicks = arrivalTicks;
    this.#lastTimestamp = timestamp;
  }
}

function middleBits({ ntpSeconds, ntpFraction }: SenderReport): number {
  return ((ntpSeconds << 16) | (ntpFraction >>> 16)) >>> 0;
}
