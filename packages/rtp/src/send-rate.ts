import type { BitrateLimit } from './rtcp-packet.ts';

export interface SendRateOptions {
  /** Below this there is no picture worth sending. */
  readonly minBps: number;
  /** What the description allows (`b=`, the codec's level): nothing that the path says goes beyond. */
  readonly maxBps: number;
}

/** What a receiver tells of a stream of ours. */
export interface LossReport {
  /** Both since the stream began: reports come in bursts, and what each says of the time since the one before is of few packets. */
  readonly packetsLost: number;
  readonly highestSequenceNumber: number;
  readonly roundTripMs: number | undefined;
  /** What we sent meanwhile. */
  readonly sentBps: number;
}

interface Limit {
  readonly bitrateBps: number;
  readonly atUs: number;
}

/** Loss-based control as in congestion control for WebRTC. @see draft-ietf-rmcat-gcc-02 §6 */
const LOSS = { few: 0.02, many: 0.1, increase: 1.08 } as const;
/** A round trip that grew by this, beyond the shortest of late, is a queue that fills. */
const QUEUE_MS = 150;
const QUEUE_DECREASE = 0.85;
/** The shortest round trip is looked for over this and the same time before. */
const ROUND_TRIP_WINDOW_US = 10_000_000;
/** A step is made of what was reported over this time and so many packets: of fewer a ratio says nothing. */
const STEP_INTERVAL_US = 500_000;
const STEP_PACKETS = 10;
/** After a decrease the queue has to empty first. */
const HOLD_US = 1_000_000;
/** A limit that is not said again is of a receiver that is gone: REMB is repeated each second or so, an estimate with each feedback. */
const LIMIT_LIFETIME_US = 10_000_000;

/**
 * The rate that a stream may have, from what its receiver says: reports of loss and of a growing round trip move it by steps, REMB and TMMBR are limits.
 * An estimate of the path by the delay of each packet knows all that the reports tell, and sooner: it is a limit in their place. Time is passed in.
 *
 *     loss > 10 %                     × (1 - loss / 2), of what was sent
 *     round trip > shortest + 150 ms  × 0.85, of what was sent
 *     loss < 2 %                      × 1.08, at most once in half a second, not in the second after a decrease
 *     between                         as before
 */
export class SendRate {
  readonly #options: SendRateOptions;
  #pathBps: number;
  #stepped: { readonly atUs: number; readonly lost: number; readonly highest: number } | undefined;
  #decreasedAtUs = Number.NEGATIVE_INFINITY;
  #remb: Limit | undefined;
  #delay: Limit | undefined;
  /** TMMBR by who asked. */
  readonly #limits = new Map<number, BitrateLimit>();
  #shortest: { readonly sinceUs: number; readonly ms: number; readonly beforeMs: number } | undefined;

  constructor(options: SendRateOptions) {
    this.#options = options;
    this.#pathBps = options.maxBps;
  }

  /** What the encoder is to make now. */
  targetBps(nowUs: number): number {
    const { minBps, maxBps } = this.#options;
    const tmmbrBps = Math.min(...[...this.#limits.values()].map(({ bitrateBps }) => bitrateBps), Infinity);
    const pathBps = Math.min(this.#pathBps, limitBps(this.#delay, nowUs));
    return Math.min(maxBps, Math.max(minBps, Math.min(pathBps, limitBps(this.#remb, nowUs), tmmbrBps)));
  }

  onReport(
    { packetsLost: lost, highestSequenceNumber: highest, roundTripMs, sentBps }: LossReport,
    nowUs: number,
  ): void {
    if (isHeard(this.#delay, nowUs)) {
      this.#stepped = undefined;
      return;
    }
    const isQueueing = roundTripMs !== undefined && this.#isQueueing(roundTripMs, nowUs);
    const before = this.#stepped;
    this.#stepped ??= { atUs: nowUs, lost, highest };
    // A receiver that began anew counts from another number.
    if (!before || highest < before.highest) this.#stepped = { atUs: nowUs, lost, highest };
    if (!before || nowUs - before.atUs < STEP_INTERVAL_US || highest - before.highest < STEP_PACKETS) return;
    this.#stepped = { atUs: nowUs, lost, highest };
    const lossRatio = Math.max(0, Math.min(1, (lost - before.lost) / (highest - before.highest)));
    if (lossRatio > LOSS.many) this.#decrease(1 - lossRatio / 2, sentBps, nowUs);
    else if (isQueueing) this.#decrease(QUEUE_DECREASE, sentBps, nowUs);
    else if (lossRatio < LOSS.few && nowUs - this.#decreasedAtUs >= HOLD_US) {
      this.#pathBps = Math.min(this.#options.maxBps, this.#pathBps * LOSS.increase);
    }
  }

  /** @see draft-alvestrand-rmcat-remb-03 */
  onRemb(bitrateBps: number, nowUs: number): void {
    this.#remb = { bitrateBps, atUs: nowUs };
  }

  /** What the path of this stream bears, by the delay of its packets; infinite where nothing says that it bears less than it is given. @see draft-ietf-rmcat-gcc-02 */
  onDelayEstimate(bitrateBps: number, nowUs: number): void {
    this.#delay = { bitrateBps, atUs: nowUs };
  }

  /** Takes a limit; returns those that hold, for the TMMBN. Of limits on one stream the lowest alone bounds it. @see RFC 5104 §3.5.4.2 */
  onTmmbr(requesterSsrc: number, limit: Omit<BitrateLimit, 'ssrc'>): BitrateLimit[] {
    this.#limits.set(requesterSsrc, { ...limit, ssrc: requesterSsrc });
    const lowest = [...this.#limits.values()].sort((a, b) => a.bitrateBps - b.bitrateBps)[0];
    return lowest ? [lowest] : [];
  }

  /** Whoever left limits nothing any more. */
  onGoodbye(ssrcs: readonly number[]): void {
    for (const ssrc of ssrcs) this.#limits.delete(ssrc);
  }

  #decrease(factor: number, sentBps: number, nowUs: number): void {
    // What was allowed but not sent tells nothing of the path.
    const usedBps = sentBps > 0 ? Math.min(this.#pathBps, sentBps) : this.#pathBps;
    this.#pathBps = Math.max(this.#options.minBps, usedBps * factor);
    this.#decreasedAtUs = nowUs;
  }

  #isQueueing(roundTripMs: number, nowUs: number): boolean {
    const before = this.#shortest;
    const isNew = before === undefined || nowUs - before.sinceUs > ROUND_TRIP_WINDOW_US;
    const shortest = isNew
      ? { sinceUs: nowUs, ms: roundTripMs, beforeMs: before?.ms ?? roundTripMs }
      : { ...before, ms: Math.min(before.ms, roundTripMs) };
    this.#shortest = shortest;
    return roundTripMs > Math.min(shortest.ms, shortest.beforeMs) + QUEUE_MS;
  }
}

function isHeard(limit: Limit | undefined, nowUs: number): limit is Limit {
  return limit !== undefined && nowUs - limit.atUs <= LIMIT_LIFETIME_US;
}

function limitBps(limit: Limit | undefined, nowUs: number): number {
  return isHeard(limit, nowUs) ? limit.bitrateBps : Infinity;
}
