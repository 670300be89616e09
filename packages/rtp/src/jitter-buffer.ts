import { MissingPackets } from './missing-packets.ts';
import { PlayoutClock } from './playout-clock.ts';
import type { RtpPacket } from './rtp-packet.ts';
import { MAX_DROPOUT, MAX_MISORDER } from './rtp-receiver-stats.ts';
import { sequenceDistance } from './sequence-number.ts';

export interface JitterBufferOptions {
  readonly clockRateHz: number;
  /**
   * `immediate`: what is next in sequence comes out at once, only a gap waits, up to `delayMs` (video). `playout`: each packet comes out
   * `delayMs` after the media time that the quickest packets show (audio).
   */
  readonly pacing: 'immediate' | 'playout';
  /** Default 40. */
  readonly delayMs?: number;
  /** `playout`: the delay grows with the jitter up to this. Default: `delayMs`, that is never. */
  readonly maxDelayMs?: number;
  /** With that many packets waiting a gap is given up. Default 512. */
  readonly capacityPackets?: number;
}

/** What comes out, in sequence: packets, and where packets were given up. */
export type JitterItem =
  | { readonly kind: 'packet'; readonly packet: RtpPacket; readonly arrivalUs: number }
  | { readonly kind: 'lost'; readonly sequenceNumber: number; readonly count: number };

export type PushOutcome = 'queued' | 'late' | 'duplicate' | 'overflow' | 'jump';

export interface JitterCounters {
  late: number;
  duplicate: number;
  /** Given up; one that comes later still counts as `late` too. */
  lost: number;
  reordered: number;
}

interface Entry {
  readonly packet: RtpPacket;
  readonly arrivalUs: number;
  /** On the time line of `playout`; 0 for `immediate`. */
  readonly mediaUs: number;
}

const DEFAULT_DELAY_MS = 40;
const DEFAULT_CAPACITY = 512;

/**
 * Puts the packets of one stream back in order. Time is passed in: `push` when a packet arrives, `pop` at any time, best at `nextReleaseUs`.
 * A change of SSRC, and a jump in numbers that the next packet confirms, begin anew.
 */
export class JitterBuffer {
  readonly counters: JitterCounters = { late: 0, duplicate: 0, lost: 0, reordered: 0 };
  readonly #pacing: JitterBufferOptions['pacing'];
  readonly #gapDelayUs: number;
  readonly #capacity: number;
  readonly #playout: PlayoutClock;
  readonly #missing = new MissingPackets();
  /** By extended sequence number. */
  readonly #entries = new Map<number, Entry>();
  #ssrc: number | undefined;
  #next = 0;
  #highest = 0;
  #gapSinceUs: number | undefined;
  /** The number that would confirm a jump. */
  #afterJump = -1;

  constructor(options: JitterBufferOptions) {
    const delayMs = options.delayMs ?? DEFAULT_DELAY_MS;
    this.#pacing = options.pacing;
    this.#gapDelayUs = delayMs * 1000;
    this.#capacity = options.capacityPackets ?? DEFAULT_CAPACITY;
    this.#playout = new PlayoutClock(options.clockRateHz, delayMs, options.maxDelayMs ?? delayMs);
  }

  /** The delay in force. */
  get delayMs(): number {
    return this.#pacing === 'immediate' ? this.#gapDelayUs / 1000 : this.#playout.delayMs;
  }

  /** Packets that wait. */
  get size(): number {
    return this.#entries.size;
  }

  push(packet: RtpPacket, arrivalUs: number): PushOutcome {
    if (this.#ssrc !== packet.ssrc) this.#begin(packet);
    let number = this.#extend(packet.sequenceNumber);
    if (number === undefined) {
      const isConfirmed = packet.sequenceNumber === this.#afterJump;
      this.#afterJump = (packet.sequenceNumber + 1) & 0xffff;
      if (!isConfirmed) return 'jump';
      this.#begin(packet);
      number = this.#next;
    }
    if (number < this.#next) return this.#count('late');
    if (this.#entries.has(number)) return this.#count('duplicate');
    // Gaps are given up at `capacity`; this bounds what a caller that never pops can pile up.
    if (this.#entries.size >= this.#capacity * 2) return 'overflow';
    if (number > this.#highest) {
      this.#missing.skipped(this.#highest + 1, number, arrivalUs);
      this.#highest = number;
    } else if (number < this.#highest) this.counters.reordered++;
    this.#missing.found(number);
    const mediaUs = this.#pacing === 'playout' ? this.#playout.arrived(packet.timestamp, arrivalUs) : 0;
    this.#entries.set(number, { packet, arrivalUs, mediaUs });
    return 'queued';
  }

  /** All that is due at `nowUs`, in sequence. */
  pop(nowUs: number): JitterItem[] {
    const items: JitterItem[] = [];
    for (let first = this.#first(); first !== undefined; first = this.#first()) {
      if (nowUs < this.#releaseUs(first)) break;
      if (first > this.#next) {
        const count = first - this.#next;
        items.push({ kind: 'lost', sequenceNumber: this.#next & 0xffff, count });
        this.counters.lost += count;
      }
      const { packet, arrivalUs } = this.#entries.get(first) as Entry;
      items.push({ kind: 'packet', packet, arrivalUs });
      this.#entries.delete(first);
      this.#next = first + 1;
      this.#gapSinceUs = undefined;
    }
    this.#missing.givenUpBefore(this.#next);
    return items;
  }

  /** The packet that waits behind a gap of exactly so many: what is known of the last of them before they are given up. */
  behindGap(missing: number): RtpPacket | undefined {
    const number = this.#next + missing;
    return missing > 0 && this.#first() === number ? this.#entries.get(number)?.packet : undefined;
  }

  /** When `pop` will next have something, undefined while nothing waits. A time that has passed means now. */
  nextReleaseUs(): number | undefined {
    const first = this.#first();
    return first === undefined ? undefined : this.#releaseUs(first);
  }

  /** Sequence numbers to ask for again now; one that was named is named again only after a while. */
  missing(nowUs: number): number[] {
    return this.#missing.due(nowUs);
  }

  /** Forgets everything but the counters. */
  reset(): void {
    this.#ssrc = undefined;
    this.#clear();
  }

  #begin(packet: RtpPacket): void {
    this.#clear();
    this.#ssrc = packet.ssrc;
    // Well above zero, so that packets before the first are late rather than negative.
    this.#next = 0x1_0000 + packet.sequenceNumber;
    this.#highest = this.#next;
  }

  #clear(): void {
    this.#entries.clear();
    this.#missing.clear();
    this.#playout.reset();
    this.#gapSinceUs = undefined;
    this.#afterJump = -1;
  }

  /** Undefined where the number is too far from the highest to be of the same sequence. */
  #extend(sequenceNumber: number): number | undefined {
    const distance = sequenceDistance(this.#highest & 0xffff, sequenceNumber);
    if (distance > MAX_DROPOUT || distance < -Math.max(MAX_MISORDER, this.#capacity)) return undefined;
    return this.#highest + distance;
  }

  #count(outcome: 'late' | 'duplicate'): PushOutcome {
    this.counters[outcome]++;
    return outcome;
  }

  #first(): number | undefined {
    if (this.#entries.has(this.#next)) return this.#next;
    let first: number | undefined;
    for (const number of this.#entries.keys()) if (first === undefined || number < first) first = number;
    return first;
  }

  #releaseUs(first: number): number {
    const { mediaUs, arrivalUs } = this.#entries.get(first) as Entry;
    if (this.#pacing === 'playout') return this.#playout.releaseUs(mediaUs);
    if (first === this.#next) return arrivalUs;
    if (this.#entries.size >= this.#capacity) return 0;
    this.#gapSinceUs ??= this.#earliestArrivalUs();
    return this.#gapSinceUs + this.#gapDelayUs;
  }

  #earliestArrivalUs(): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const { arrivalUs } of this.#entries.values()) earliest = Math.min(earliest, arrivalUs);
    return earliest;
  }
}
