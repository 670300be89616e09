import { type Clock, type Impairment, impairmentSchema, type Random, type Timer } from '@plugfest/model';
import { BurstLoss } from './burst-loss.ts';

/** Of IPv4 and UDP: a line carries them too. */
const HEADER_BYTES = 28;
const QUEUE_BYTES = 65_536;
/** Timers of the host tick in milliseconds: what is due within half of one goes now. */
const TICK_US = 500;

/** What became of the packets of a line. */
export interface LineCounts {
  readonly offered: number;
  readonly lost: number;
  readonly tooLarge: number;
  readonly queueFull: number;
  readonly duplicated: number;
  readonly corrupted: number;
  readonly overtaking: number;
}

interface Waiting {
  readonly dueUs: number;
  readonly deliver: () => void;
}

/** One direction of a line that loses, delays and spoils packets. Seeded: the same packets at the same times meet the same fate. */
export class ImpairedLine {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #counts = {
    offered: 0,
    lost: 0,
    tooLarge: 0,
    queueFull: 0,
    duplicated: 0,
    corrupted: 0,
    overtaking: 0,
  };
  #impairment: Impairment = {};
  #burst: BurstLoss | undefined;
  #sinceUs = 0;
  /** When the line has sent what is in its queue. */
  #freeUs = 0;
  /** When the latest of those that keep their order is delivered. */
  #lastUs = 0;
  /** By time. */
  #waiting: Waiting[] = [];
  #timer: Timer | undefined;
  #timerUs = Number.POSITIVE_INFINITY;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  get counts(): LineCounts {
    return { ...this.#counts };
  }

  /** Packets that it lost on purpose. */
  get dropped(): number {
    const { lost, tooLarge, queueFull } = this.#counts;
    return lost + tooLarge + queueFull;
  }

  /** Holds for the packets that come from now on. @throws RangeError for what no network does. */
  set(impairment: Impairment): void {
    const parsed = impairmentSchema.safeParse(impairment);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw new RangeError(`no such impairment: ${issue?.path.join('.')}: ${issue?.message}`);
    }
    this.#impairment = parsed.data;
    this.#burst = parsed.data.burstLoss && new BurstLoss(parsed.data.burstLoss, this.#random);
    this.#sinceUs = this.#clock.nowUs();
  }

  /** Delivers now, later, twice or never. */
  carry(payload: Uint8Array, deliver: (payload: Uint8Array) => void, onLost?: (payload: Uint8Array) => void): void {
    const before = this.dropped;
    this.#take(payload, deliver);
    if (this.dropped > before) onLost?.(payload);
  }

  #take(payload: Uint8Array, deliver: (payload: Uint8Array) => void): void {
    this.#counts.offered++;
    const { mtuBytes = Number.POSITIVE_INFINITY, duplicateRatio } = this.#impairment;
    if (this.#isLost()) this.#counts.lost++;
    else if (payload.length > mtuBytes) this.#counts.tooLarge++;
    else {
      this.#send(payload, deliver);
      if (!this.#happens(duplicateRatio)) return;
      this.#counts.duplicated++;
      this.#send(payload, deliver);
    }
  }

  /** What is under way is lost. */
  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#waiting = [];
  }

  #happens(ratio = 0): boolean {
    return ratio > 0 && this.#random.next() < ratio;
  }

  #isLost(): boolean {
    const { outage, lossRatio } = this.#impairment;
    if (outage) {
      const phaseMs = ((this.#clock.nowUs() - this.#sinceUs) / 1000) % outage.everyMs;
      if (phaseMs >= outage.everyMs - outage.lengthMs) return true;
    }
    const inBurst = this.#burst?.next() ?? false;
    return inBurst || this.#happens(lossRatio);
  }

  #send(payload: Uint8Array, deliver: (payload: Uint8Array) => void): void {
    const nowUs = this.#clock.nowUs();
    const sentUs = this.#throughQueue(nowUs, payload.length);
    if (sentUs === undefined) {
      this.#counts.queueFull++;
      return;
    }
    let arriving = payload;
    if (this.#happens(this.#impairment.corruptRatio)) {
      this.#counts.corrupted++;
      arriving = this.#corrupted(payload);
    }
    const dueUs = this.#dueUs(sentUs);
    const isNext = dueUs < (this.#waiting[0]?.dueUs ?? Number.POSITIVE_INFINITY);
    if (dueUs <= nowUs && isNext) deliver(arriving);
    else this.#wait({ dueUs, deliver: () => deliver(arriving) });
  }

  /** When its last bit is on the line. */
  #throughQueue(nowUs: number, bytes: number): number | undefined {
    const { rateBps, queueBytes = QUEUE_BYTES } = this.#impairment;
    if (rateBps === undefined) return nowUs;
    const startUs = Math.max(nowUs, this.#freeUs);
    const queuedBytes = ((startUs - nowUs) * rateBps) / 8e6;
    if (queuedBytes + bytes + HEADER_BYTES > queueBytes) return undefined;
    this.#freeUs = startUs + ((bytes + HEADER_BYTES) * 8e6) / rateBps;
    return this.#freeUs;
  }

  #dueUs(sentUs: number): number {
    const { delayMs = 0, mayOvertake = false, reorderRatio } = this.#impairment;
    if (this.#happens(reorderRatio)) {
      this.#counts.overtaking++;
      return sentUs;
    }
    const dueUs = sentUs + Math.max(0, delayMs + this.#jitterMs()) * 1000;
    if (mayOvertake) return dueUs;
    this.#lastUs = Math.max(this.#lastUs, dueUs);
    return this.#lastUs;
  }

  #jitterMs(): number {
    const { jitterMs = 0, jitterShape = 'uniform' } = this.#impairment;
    if (jitterMs === 0) return 0;
    if (jitterShape === 'uniform') return this.#random.next() * jitterMs;
    if (jitterShape === 'normal') return Math.max(-3, Math.min(3, this.#normal())) * jitterMs;
    // Lomax with shape 3: its mean is half of its scale.
    return Math.min(10, 2 * ((1 - this.#random.next()) ** (-1 / 3) - 1)) * jitterMs;
  }

  /** Box and Muller 1958. */
  #normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.#random.next()));
    return radius * Math.cos(2 * Math.PI * this.#random.next());
  }

  #corrupted(payload: Uint8Array): Uint8Array {
    const copy = Uint8Array.from(payload);
    const bit = this.#random.uint32() % Math.max(1, copy.length * 8);
    if (copy.length > 0) copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7));
    return copy;
  }

  #wait(waiting: Waiting): void {
    let at = this.#waiting.length;
    while (at > 0 && (this.#waiting[at - 1] as Waiting).dueUs > waiting.dueUs) at--;
    this.#waiting.splice(at, 0, waiting);
    if (at === 0) this.#arm();
  }

  #arm(): void {
    const first = this.#waiting[0];
    if (!first || (this.#timer && this.#timerUs <= first.dueUs)) return;
    this.#timer?.cancel();
    this.#timerUs = first.dueUs;
    const delayMs = Math.max(0, (first.dueUs - this.#clock.nowUs()) / 1000);
    this.#timer = this.#clock.schedule(delayMs, () => this.#deliverDue());
  }

  #deliverDue(): void {
    this.#timer = undefined;
    const nowUs = this.#clock.nowUs() + TICK_US;
    const due = this.#waiting.findIndex((one) => one.dueUs > nowUs);
    const ready = this.#waiting.splice(0, due === -1 ? this.#waiting.length : due);
    for (const one of ready) one.deliver();
    this.#arm();
  }
}
