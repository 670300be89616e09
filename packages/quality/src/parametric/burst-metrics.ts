/** Packets that must arrive in a row to end a burst. @see RFC 3611 §4.7.2 */
const LEAST_GAP = 16;

/** How lost and discarded packets lie together. @see RFC 3611 §4.7.2 */
export interface BurstMetrics {
  /** Share of packets lost within bursts, and within gaps: 0…1. */
  readonly burstDensity: number;
  readonly gapDensity: number;
  /** Mean lengths. */
  readonly burstMs: number;
  readonly gapMs: number;
  readonly bursts: number;
  readonly lossRatio: number;
  /** Mean run of losses against that of random loss of the same ratio: 1 where it is random, more where it is bursty. @see ITU-T G.107 §7.5 */
  readonly burstRatio: number;
}

/**
 * Bursts begin and end with a loss and hold no 16 packets that arrived in a row; a loss alone, with 16 arrivals on both sides, belongs to a gap. Of each
 * expected packet, in sequence order, whether it arrived.
 * @returns undefined where no packet was expected
 */
export function burstMetrics(arrived: readonly boolean[], packetMs: number): BurstMetrics | undefined {
  const count = arrived.length;
  if (count === 0) return undefined;
  const losses = arrived.flatMap((has, at) => (has ? [] : [at]));
  const bursts = burstsOf(losses);
  const inBursts = bursts.reduce((sum, [from, to]) => sum + to - from + 1, 0);
  const lostInBursts = bursts.reduce((sum, burst) => sum + burst[2], 0);
  const gaps = gapsOf(bursts, count);
  return {
    burstDensity: inBursts === 0 ? 0 : lostInBursts / inBursts,
    gapDensity: count === inBursts ? 0 : (losses.length - lostInBursts) / (count - inBursts),
    burstMs: bursts.length === 0 ? 0 : (packetMs * inBursts) / bursts.length,
    gapMs: gaps === 0 ? 0 : (packetMs * (count - inBursts)) / gaps,
    bursts: bursts.length,
    lossRatio: losses.length / count,
    burstRatio: burstRatioOf(losses, count),
  };
}

/** First and last packet of each burst, and how many of it were lost. */
function burstsOf(losses: readonly number[]): [from: number, to: number, lost: number][] {
  const bursts: [number, number, number][] = [];
  for (const at of losses) {
    const last = bursts.at(-1);
    if (last && at - last[1] - 1 < LEAST_GAP) {
      last[1] = at;
      last[2]++;
    } else bursts.push([at, at, 1]);
  }
  return bursts.filter(([, , lost]) => lost > 1);
}

function gapsOf(bursts: readonly (readonly [number, number, number])[], count: number): number {
  let [gaps, next] = [0, 0];
  for (const [from, to] of bursts) {
    if (from > next) gaps++;
    next = to + 1;
  }
  return gaps + (next < count ? 1 : 0);
}

function burstRatioOf(losses: readonly number[], count: number): number {
  if (losses.length === 0 || losses.length === count) return 1;
  const runs = losses.filter((at, i) => i === 0 || losses[i - 1] !== at - 1).length;
  const expected = 1 / (1 - losses.length / count);
  return losses.length / runs / expected;
}
