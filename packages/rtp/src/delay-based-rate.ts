import { DelayTrend, type PathUse } from './delay-trend.ts';
import { LinkCapacity } from './link-capacity.ts';
import type { PacketFate } from './sent-transport-packets.ts';
import { StandingQueue } from './standing-queue.ts';

/** What arrived is measured over this. */
const ACKNOWLEDGED_US = 500_000;
/** 40 Mbit/s; a clock that runs backwards would have none of them end. */
const MOST_ACKNOWLEDGED = 2048;
/** Of what arrived: the draft's share, and less where its queue would not empty in two seconds by that. @see draft-ietf-rmcat-gcc-02 §5.5 */
const DECREASE = { factor: 0.85, least: 0.5, emptyUs: 2_000_000 } as const;
/** Over-use is still told while the last decrease is on its way. */
const DECREASE_INTERVAL_US = 200_000;
/** DIVERGES from the draft's 1.08 a second and half a packet a response: nothing is probed for here, so that both are its double. */
const INCREASE = { perSecond: 1.16, packets: 1, packetBits: 9600, picturesPerSecond: 30, leastBps: 1000 } as const;
/** Beside the round trip: until a change is seen in the delays. @see draft-ietf-rmcat-gcc-02 §5.5 */
const RESPONSE_US = 100_000;
/**
 * Who sends less than it may learns nothing of its path: beyond this many times what arrives the estimate does not grow, and it never falls for that.
 * DIVERGES from the draft's 1.5: encoders here have classes of rate, of which the next may be twice as high.
 */
const UNUSED = { factor: 3, bps: 100_000 } as const;
/** @see draft-ietf-rmcat-gcc-02 §6 */
const LOSS = { few: 0.02, many: 0.1, intervalUs: 500_000, packets: 20, holdUs: 1_000_000 } as const;
const LEAST_BPS = 32_000;

/**
 * What a path bears, from what became of the packets that were sent on it: the delay of groups, and loss. Undefined, no limit, until one of them
 * says that it bears less than is sent. Time is passed in.
 *
 *     the queue grows     0.85 × what arrived, or less, so that it empties in two seconds
 *     it stands           the same, after half a second
 *     > 10 % lost         × (1 - loss / 2), of what was sent
 *     2 to 10 % lost      as before
 *     the queue empties   as before
 *     else                × 1.16 a second; where it is near to what was too much before, a packet a round trip
 */
export class DelayBasedRate {
  readonly #trend = new DelayTrend();
  readonly #queue = new StandingQueue();
  readonly #capacity = new LinkCapacity();
  #lastUse: PathUse = 'normal';
  readonly #acknowledged: { readonly arrivalUs: number; readonly bytes: number }[] = [];
  #bitrateBps: number | undefined;
  #updatedAtUs = Number.NEGATIVE_INFINITY;
  #decreasedAtUs = Number.NEGATIVE_INFINITY;
  #roundTripUs = 0;
  #loss = { sinceUs: Number.NEGATIVE_INFINITY, lost: 0, received: 0, sentBytes: 0 };
  /** Between few and many were lost of late. */
  #isLossy = false;
  #lossDecreasedAtUs = Number.NEGATIVE_INFINITY;

  /** Of everything that is sent, headers too. */
  get bitrateBps(): number | undefined {
    return this.#bitrateBps;
  }

  /** What one feedback tells, in the order of sending. */
  take(fates: readonly PacketFate[], nowUs: number): void {
    if (fates.length === 0) return;
    for (const fate of fates) this.#count(fate);
    const use = this.#use(fates, nowUs);
    this.#roundTripUs = Math.max(0, nowUs - (fates.at(-1) as PacketFate).sentUs);
    this.#followLoss(nowUs);
    this.#followDelay(use, nowUs);
    this.#updatedAtUs = nowUs;
  }

  #count({ arrivalUs, bytes, untoldBytes, isReceived, isFound }: PacketFate): void {
    const { lost, received, sentBytes, sinceUs } = this.#loss;
    this.#loss = {
      sinceUs,
      lost: Math.max(0, lost + (isReceived ? 0 : 1) - (isFound ? 1 : 0)),
      received: received + (isReceived ? 1 : 0),
      sentBytes: sentBytes + (isFound ? 0 : bytes),
    };
    if (arrivalUs === undefined) return;
    const acknowledged = this.#acknowledged;
    // A clock that leaps would have everything before it last for ever.
    const last = acknowledged.at(-1);
    if (last && Math.abs(arrivalUs - last.arrivalUs) > 2 * ACKNOWLEDGED_US) acknowledged.length = 0;
    acknowledged.push({ arrivalUs, bytes: bytes + untoldBytes });
    const isOld = (one: { readonly arrivalUs: number } | undefined): boolean =>
      one !== undefined && (one.arrivalUs < arrivalUs - ACKNOWLEDGED_US || acknowledged.length > MOST_ACKNOWLEDGED);
    while (isOld(acknowledged[0])) acknowledged.shift();
  }

  /** Undefined before half of the time was measured. */
  #acknowledgedBps(): number | undefined {
    const [first, last] = [this.#acknowledged[0], this.#acknowledged.at(-1)];
    if (!first || !last || last.arrivalUs - first.arrivalUs < ACKNOWLEDGED_US / 2) return undefined;
    const bytes = this.#acknowledged.reduce((sum, one) => sum + one.bytes, 0) - first.bytes;
    return (bytes * 8e6) / (last.arrivalUs - first.arrivalUs);
  }

  #followLoss(nowUs: number): void {
    const { sinceUs, lost, received, sentBytes } = this.#loss;
    const elapsedUs = nowUs - sinceUs;
    if (elapsedUs < LOSS.intervalUs || lost + received < LOSS.packets) return;
    this.#loss = { sinceUs: nowUs, lost: 0, received: 0, sentBytes: 0 };
    if (!Number.isFinite(elapsedUs)) return;
    const ratio = lost / (lost + received);
    this.#isLossy = ratio > LOSS.few;
    if (ratio <= LOSS.many) return;
    const sentBps = (sentBytes * 8e6) / elapsedUs;
    this.#limitTo(Math.min(this.#bitrateBps ?? sentBps, sentBps) * (1 - ratio / 2));
    this.#lossDecreasedAtUs = nowUs;
  }

  /** An over-use in the middle of a feedback is one, even where its end tells of none. */
  #use(fates: readonly PacketFate[], nowUs: number): PathUse {
    let use = this.#lastUse;
    let isOver = false;
    let shortestUs = Infinity;
    for (const { sentUs, arrivalUs } of fates) {
      if (arrivalUs === undefined) continue;
      shortestUs = Math.min(shortestUs, arrivalUs - sentUs);
      const next = this.#trend.push(sentUs, arrivalUs);
      isOver ||= next === 'over' && use !== 'over';
      use = next;
    }
    this.#lastUse = use;
    if (shortestUs < Infinity) this.#queue.push(shortestUs, nowUs);
    const queue = this.#queue.state(nowUs);
    if (isOver || queue === 'stands') return 'over';
    return use === 'over' || queue === 'waiting' ? 'held' : use;
  }

  #followDelay(use: PathUse, nowUs: number): void {
    const acknowledgedBps = this.#acknowledgedBps();
    if (acknowledgedBps === undefined || use === 'held') return;
    if (use === 'normal') this.#increase(acknowledgedBps, nowUs);
    else if (nowUs - this.#decreasedAtUs >= DECREASE_INTERVAL_US) {
      const emptying = 1 - this.#queue.queueUs / DECREASE.emptyUs;
      const factor = Math.max(DECREASE.least, Math.min(DECREASE.factor, emptying));
      this.#limitTo(Math.min(this.#bitrateBps ?? Infinity, factor * acknowledgedBps));
      this.#capacity.exceeded(acknowledgedBps);
      this.#decreasedAtUs = nowUs;
    }
  }

  #increase(acknowledgedBps: number, nowUs: number): void {
    const before = this.#bitrateBps;
    const isHeld = this.#isLossy || nowUs - this.#lossDecreasedAtUs < LOSS.holdUs;
    if (before === undefined || isHeld) return;
    const elapsedS = Math.min((nowUs - this.#updatedAtUs) / 1e6, 1);
    const step = this.#capacity.isNear(acknowledgedBps)
      ? this.#nearStepBps(before) * elapsedS
      : before * (INCREASE.perSecond ** elapsedS - 1);
    const unusedBps = acknowledgedBps * UNUSED.factor + UNUSED.bps;
    this.#limitTo(Math.max(before, Math.min(before + step, unusedBps)));
  }

  /** A packet a response, a second. */
  #nearStepBps(bitrateBps: number): number {
    const bitsOfPicture = bitrateBps / INCREASE.picturesPerSecond;
    const packetBits = bitsOfPicture / Math.ceil(bitsOfPicture / INCREASE.packetBits);
    const responseS = (RESPONSE_US + this.#roundTripUs) / 1e6;
    return Math.max(INCREASE.leastBps, (INCREASE.packets * packetBits) / responseS);
  }

  #limitTo(bitrateBps: number): void {
    this.#bitrateBps = Math.max(LEAST_BPS, bitrateBps);
  }
}
