import type { TransportFeedback, TransportFeedbackEntry } from './rtcp-packet.ts';
import { sequenceDistance } from './sequence-number.ts';

/** Numbers that are remembered, so that one that was overtaken is reported among its neighbours. What is farther off is another count. */
const KEPT = 1024;
/** Of one packet of feedback: with two bytes each it stays below a datagram's usual size. */
const MAX_ENTRIES = 300;
const REFERENCE_UNIT_US = 64_000;
const DELTA_UNIT_US = 250;
const MAX_DELTA_UNITS = 0x7fff;

type Report = Omit<TransportFeedback, 'senderSsrc' | 'mediaSsrc'>;

/**
 * When the packets of a transport came, by the numbers that their sender gave them, and the feedback that tells it. Time is passed in.
 * @see draft-holmer-rmcat-transport-wide-cc-extensions-01 §3
 */
export class TransportArrivals {
  /** By number, unwrapped. */
  readonly #arrivals = new Map<number, number>();
  #highest: number | undefined;
  /** Where the next feedback begins. */
  #start = 0;
  #isNew = false;
  #feedbackCount = 0;

  /** What came twice came when it came first. */
  arrived(sequenceNumber: number, arrivalUs: number): void {
    const number = this.#unwrap(sequenceNumber);
    if (this.#arrivals.has(number)) return;
    this.#arrivals.set(number, arrivalUs);
    this.#highest = Math.max(this.#highest ?? number, number);
    this.#start = Math.max(Math.min(this.#start, number), this.#highest - KEPT + 1);
    this.#isNew = true;
    for (const known of this.#arrivals.keys()) {
      if (this.#arrivals.size <= KEPT) break;
      this.#arrivals.delete(known);
    }
  }

  /** Everything since the last one, and none where nothing came. What had been passed over and came since is told again with what followed it. */
  feedback(): Report[] {
    if (!this.#isNew || this.#highest === undefined) return [];
    const reports: Report[] = [];
    let run = new FeedbackRun(this.#start);
    for (let number = this.#start; number <= this.#highest; number++) {
      const arrivalUs = this.#arrivals.get(number);
      if (run.takes(arrivalUs)) continue;
      reports.push(run.report(this.#feedbackCount++ & 0xff));
      run = new FeedbackRun(number);
      run.takes(arrivalUs);
    }
    reports.push(run.report(this.#feedbackCount++ & 0xff));
    this.#start = this.#highest + 1;
    this.#isNew = false;
    return reports;
  }

  #unwrap(sequenceNumber: number): number {
    const distance = this.#highest === undefined ? 0 : sequenceDistance(this.#highest & 0xffff, sequenceNumber);
    if (this.#highest !== undefined && Math.abs(distance) < KEPT) return this.#highest + distance;
    this.#arrivals.clear();
    this.#highest = sequenceNumber;
    this.#start = sequenceNumber;
    return sequenceNumber;
  }
}

/** Numbers of one packet of feedback. */
class FeedbackRun {
  readonly #first: number;
  readonly #packets: TransportFeedbackEntry[] = [];
  #referenceTime: number | undefined;
  /** As its reader counts it, so that what is rounded off does not add up. */
  #readUs = 0;

  constructor(first: number) {
    this.#first = first;
  }

  /** False where it has no room, or the time since the one before has none. */
  takes(arrivalUs: number | undefined): boolean {
    if (this.#packets.length === MAX_ENTRIES) return false;
    const sequenceNumber = (this.#first + this.#packets.length) & 0xffff;
    if (arrivalUs === undefined) {
      this.#packets.push({ sequenceNumber, received: false });
      return true;
    }
    if (this.#referenceTime === undefined) {
      this.#referenceTime = Math.floor(arrivalUs / REFERENCE_UNIT_US);
      this.#readUs = this.#referenceTime * REFERENCE_UNIT_US;
    }
    const units = Math.round((arrivalUs - this.#readUs) / DELTA_UNIT_US);
    if (Math.abs(units) > MAX_DELTA_UNITS) return false;
    const deltaUs = units * DELTA_UNIT_US;
    this.#readUs += deltaUs;
    this.#packets.push({ sequenceNumber, received: true, deltaUs });
    return true;
  }

  report(feedbackPacketCount: number): Report {
    return {
      type: 'transport-cc',
      baseSequenceNumber: this.#first & 0xffff,
      // Signed 24 bits.
      referenceTime: ((this.#referenceTime ?? 0) << 8) >> 8,
      feedbackPacketCount,
      packets: this.#packets,
    };
  }
}
