/** Packets that are sent within this are one group: a picture is not paced. @see draft-ietf-rmcat-gcc-02 §5.2 */
const BURST_US = 5000;
/** What came together after a standstill is one group, up to this. */
const LONGEST_BURST_US = 100_000;
/** Of a greater leap one of both clocks is the cause. */
const LEAP_US = 3_000_000;
/** Groups that overtook others, one after the other, mean that the peer's clock went back. */
const OVERTAKING = 3;

/** The line through the delays of so many groups; each but a tenth of its own, so that jitter is smoothed. */
const TREND = { groups: 20, smoothing: 0.9, gain: 4, mostGroups: 60 } as const;
/** How the threshold follows what it is compared with: up slower than down. Milliseconds. @see draft-ietf-rmcat-gcc-02 §5.4 */
const THRESHOLD = {
  first: 12.5,
  least: 6,
  most: 600,
  up: 0.0087,
  down: 0.039,
  outlier: 15,
  longestStepMs: 100,
} as const;
/** A queue that grows for less long than this is no over-use. */
const OVER_USE_MS = 10;

/** `held`: its queue empties, or it is not known yet whether it still grows. */
export type PathUse = 'normal' | 'over' | 'held';

interface Group {
  readonly firstSentUs: number;
  readonly firstArrivalUs: number;
  sentUs: number;
  arrivalUs: number;
}

/**
 * Whether the queue of a path grows, by how much later (or earlier) each group of packets arrives than the one before, against when it was sent.
 * @see draft-ietf-rmcat-gcc-02 §5; the line in place of its Kalman filter is libwebrtc's
 */
export class DelayTrend {
  #previous: Group | undefined;
  #current: Group | undefined;
  #overtaking = 0;
  #use: PathUse = 'normal';
  #groups = 0;
  #delayMs = 0;
  #smoothedMs = 0;
  #points: { readonly atMs: number; readonly delayMs: number }[] = [];
  #trend = 0;
  #thresholdMs: number = THRESHOLD.first;
  #thresholdAtMs: number | undefined;
  /** Since when it is above its threshold, and how many groups. */
  #above: { readonly ms: number; readonly groups: number } | undefined;

  /** A packet that arrived, in the order of sending; its arrival by the peer's clock. */
  push(sentUs: number, arrivalUs: number): PathUse {
    const group = this.#current;
    if (group === undefined) this.#current = groupOf(sentUs, arrivalUs);
    else if (sentUs < group.firstSentUs) return this.#use;
    else if (isOfGroup(group, sentUs, arrivalUs)) {
      group.sentUs = Math.max(group.sentUs, sentUs);
      group.arrivalUs = Math.max(group.arrivalUs, arrivalUs);
    } else {
      if (this.#previous) this.#compare(this.#previous, group);
      this.#previous = group;
      this.#current = groupOf(sentUs, arrivalUs);
    }
    return this.#use;
  }

  #compare(before: Group, after: Group): void {
    const [sentUs, arrivedUs] = [after.sentUs - before.sentUs, after.arrivalUs - before.arrivalUs];
    if (Math.abs(arrivedUs - sentUs) > LEAP_US) this.#begin();
    else if (arrivedUs < 0) {
      if (++this.#overtaking >= OVERTAKING) this.#begin();
    } else {
      this.#overtaking = 0;
      this.#update(sentUs / 1000, arrivedUs / 1000, after.arrivalUs / 1000);
    }
  }

  #begin(): void {
    this.#overtaking = 0;
    this.#groups = 0;
    this.#delayMs = 0;
    this.#smoothedMs = 0;
    this.#points = [];
    this.#trend = 0;
    this.#use = 'normal';
    this.#above = undefined;
  }

  #update(sentMs: number, arrivedMs: number, atMs: number): void {
    this.#groups = Math.min(this.#groups + 1, TREND.mostGroups);
    this.#delayMs += arrivedMs - sentMs;
    this.#smoothedMs = TREND.smoothing * this.#smoothedMs + (1 - TREND.smoothing) * this.#delayMs;
    this.#points.push({ atMs, delayMs: this.#smoothedMs });
    if (this.#points.length > TREND.groups) this.#points.shift();
    const trend = this.#points.length === TREND.groups ? slopeOf(this.#points) : this.#trend;
    this.#judge(trend, sentMs);
    this.#trend = trend;
    this.#adapt(Math.abs(this.#weighted(trend)), atMs);
  }

  #weighted(trend: number): number {
    return this.#groups * trend * TREND.gain;
  }

  #judge(trend: number, sentMs: number): void {
    const weighted = this.#weighted(trend);
    if (weighted <= this.#thresholdMs) {
      this.#above = undefined;
      this.#use = weighted < -this.#thresholdMs ? 'held' : 'normal';
      return;
    }
    const before = this.#above ?? { ms: -sentMs / 2, groups: 0 };
    this.#above = { ms: before.ms + sentMs, groups: before.groups + 1 };
    const isOver = this.#above.ms > OVER_USE_MS && this.#above.groups > 1 && trend >= this.#trend;
    if (isOver) this.#above = { ms: 0, groups: 0 };
    if (isOver) this.#use = 'over';
    else if (this.#use === 'over') this.#use = 'held';
  }

  #adapt(weighted: number, atMs: number): void {
    const stepMs = Math.max(0, Math.min(atMs - (this.#thresholdAtMs ?? atMs), THRESHOLD.longestStepMs));
    this.#thresholdAtMs = atMs;
    // A sudden leap is not what is usual on this path.
    if (weighted > this.#thresholdMs + THRESHOLD.outlier) return;
    const factor = weighted < this.#thresholdMs ? THRESHOLD.down : THRESHOLD.up;
    const next = this.#thresholdMs + factor * (weighted - this.#thresholdMs) * stepMs;
    this.#thresholdMs = Math.max(THRESHOLD.least, Math.min(THRESHOLD.most, next));
  }
}

function groupOf(sentUs: number, arrivalUs: number): Group {
  return { firstSentUs: sentUs, firstArrivalUs: arrivalUs, sentUs, arrivalUs };
}

function isOfGroup(group: Group, sentUs: number, arrivalUs: number): boolean {
  if (sentUs - group.firstSentUs <= BURST_US) return true;
  const laterUs = arrivalUs - group.arrivalUs;
  const isCatchingUp = laterUs - (sentUs - group.sentUs) < 0;
  return isCatchingUp && laterUs <= BURST_US && arrivalUs - group.firstArrivalUs < LONGEST_BURST_US;
}

/** Of the line of least squares. */
function slopeOf(points: readonly { readonly atMs: number; readonly delayMs: number }[]): number {
  let [atSum, delaySum] = [0, 0];
  for (const { atMs, delayMs } of points) {
    atSum += atMs;
    delaySum += delayMs;
  }
  const [atMean, delayMean] = [atSum / points.length, delaySum / points.length];
  let [product, square] = [0, 0];
  for (const { atMs, delayMs } of points) {
    product += (atMs - atMean) * (delayMs - delayMean);
    square += (atMs - atMean) ** 2;
  }
  return square === 0 ? 0 : product / square;
}
