import type { Distribution, Expectation, Measured, Verdict } from '@plugfest/model';
import { DEFAULT_PROFILE, LIMIT_PROFILES, limitRow } from '../limits/limit-profiles.ts';

/** What a number is held against; an absent side is open. */
export interface Bounds {
  readonly atLeast?: number;
  readonly atMost?: number;
  /** Where it comes from; undefined where the scenario set the number itself. */
  readonly source?: string;
}

/** The bounds of an expectation: its own number, its profile's, or the default's. A string says why there are none. */
export function boundsOf({ rule, limit, profile }: Pick<Expectation, 'rule' | 'limit' | 'profile'>): Bounds | string {
  if (profile !== undefined && !LIMIT_PROFILES.includes(profile)) {
    return `no limit profile “${profile}”; there are: ${LIMIT_PROFILES.join(', ')}`;
  }
  const usual = limitRow(rule, DEFAULT_PROFILE);
  const row = profile === undefined ? usual : limitRow(rule, profile);
  if (profile !== undefined && !row) return `the limit profile “${profile}” says nothing of ${rule}`;
  const { atLeast, atMost, source } = row ?? {};
  if (limit === undefined) return { atLeast, atMost, source };
  if (atLeast !== undefined && atMost !== undefined) return { atLeast: -limit, atMost: limit };
  return atLeast !== undefined ? { atLeast: limit } : { atMost: limit };
}

export function holds(value: number, { atLeast = -Infinity, atMost = Infinity }: Bounds): boolean {
  return value >= atLeast && value <= atMost;
}

/** Without a number there is no verdict. */
export function verdictOfNumber(value: number | undefined, bounds: Bounds): Verdict {
  return value === undefined || Number.isNaN(value) ? 'inconclusive' : holds(value, bounds) ? 'pass' : 'fail';
}

/**
 * A value with an interval fails only where the whole interval misses the bounds, and passes where it lies inside or where there are `enough`
 * samples: what cannot be told apart from the limit is `inconclusive`.
 */
export function verdictOfMeasured(measured: Measured | Distribution | undefined, bounds: Bounds, enough = 0): Verdict {
  if (!measured || 'notMeasured' in measured) return 'inconclusive';
  const value = 'p50' in measured ? measured.p50 : measured.value;
  const { low, high, n } = measured;
  if (!holds(value, bounds)) {
    const { atLeast = -Infinity, atMost = Infinity } = bounds;
    return high < atLeast || low > atMost ? 'fail' : 'inconclusive';
  }
  const isInside = holds(low, bounds) && holds(high, bounds);
  return isInside || n >= enough ? 'pass' : 'inconclusive';
}

/** `12.3 (11.9-12.8)`: a value and its interval. */
export function inWords({ value, low, high }: { value: number; low: number; high: number }, digits = 1): string {
  const [v, from, to] = [value, low, high].map((number) => Number(number.toFixed(digits)).toString().replace('-', '−'));
  return from === to ? `${v}` : `${v} (${from} to ${to})`;
}
