import type { PictureSignatures } from './picture-signature.ts';

/** How late a capture shows what the reference shows. */
export interface Delay {
  /** In pictures of the reference; negative where the capture begins later than it. */
  readonly pictures: number;
  /** Mean difference of the cells at this delay, and at none: 0..255. */
  readonly distance: number;
  readonly undelayed: number;
}

export interface AlignmentTimes {
  /** Each captured picture's partner by time alone: numbers before the first and after the last count on. */
  readonly byTime: Int32Array;
  readonly referenceGapUs: number;
}

/** So many captured pictures vote. */
const VOTERS = 200;
/** A delay at which fewer of them have a partner proves nothing. */
const LEAST_SHARE = 0.3;
/** Delays are sought so far beyond what the lengths differ by. */
const REACH_US = 30e6;
/** A delay must fit better by this much than a smaller one: still pictures fit at any. */
const MARGIN = 0.02;

/** The delay at which the pictures are most alike, the smallest of those that fit as well. */
export function findDelay(
  reference: PictureSignatures,
  capture: PictureSignatures,
  { byTime, referenceGapUs }: AlignmentTimes,
): Delay {
  const count = Math.min(VOTERS, capture.length);
  const voters = Array.from({ length: count }, (_, n) => Math.floor((n * capture.length) / count));
  const expected = voters.map((n) => byTime[n] as number);
  const distanceAt = (delay: number): number => {
    let [sum, pairs] = [0, 0];
    for (const [i, own] of voters.entries()) {
      const other = (expected[i] as number) - delay;
      if (other < 0 || other >= reference.length) continue;
      sum += capture.distance(own, reference, other);
      pairs++;
    }
    return pairs < Math.max(1, LEAST_SHARE * count) ? Number.POSITIVE_INFINITY : sum / pairs;
  };
  const lengths = Math.abs(reference.length - (expected.at(-1) ?? 0));
  const reach = Math.min(Math.ceil(REACH_US / referenceGapUs) + lengths, Math.max(reference.length, 1));
  const undelayed = distanceAt(0);
  let best = { pictures: 0, distance: undelayed };
  for (let n = 1; n <= reach; n++)
    for (const pictures of [n, -n]) {
      const distance = distanceAt(pictures);
      if (distance < best.distance * (1 - MARGIN) - MARGIN) best = { pictures, distance };
    }
  return { ...best, undelayed };
}

/** How far from where it was expected a picture's partner is sought. */
const SEARCH_US = 1e6;
/** A partner farther from the expected one must be alike this much more: factor, and steps of luma. */
const BETTER = { factor: 0.7, steps: 0.3 } as const;

/**
 * The reference's picture for each captured one: near where its time and the delay say, or near where the last one was found (pictures may be missing without
 * their times telling), and the most alike of these. Never before the partner of the picture before it.
 */
export function closestPictures(
  reference: PictureSignatures,
  capture: PictureSignatures,
  { byTime, referenceGapUs, delay }: AlignmentTimes & { readonly delay: number },
): Int32Array {
  const search = Math.max(1, Math.round(SEARCH_US / referenceGapUs));
  const partners = new Int32Array(capture.length).fill(-1);
  let [last, drift] = [0, 0];
  for (let own = 0; own < capture.length; own++) {
    const due = (byTime[own] as number) - delay;
    const expected = due + drift;
    if (Math.min(due, expected) >= reference.length || Math.max(due, expected) < 0) continue;
    const distance = (other: number): number => capture.distance(own, reference, other);
    let best = Math.max(last, Math.min(reference.length - 1, Math.max(0, expected)));
    let bestDistance = distance(best);
    const start = bestDistance;
    for (const centre of drift === 0 ? [due] : [expected, due])
      for (let n = 0; n <= search; n++)
        for (const other of n === 0 ? [centre] : [centre + n, centre - n]) {
          if (other < last || other >= reference.length) continue;
          const at = distance(other);
          if (at < bestDistance && at < BETTER.factor * start - BETTER.steps) [best, bestDistance] = [other, at];
        }
    partners[own] = best;
    last = best;
    drift = best - due;
  }
  return partners;
}
