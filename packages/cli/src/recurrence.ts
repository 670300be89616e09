import { type Ratio, wilson } from '@plugfest/history';
import type { Verdict, VerdictFile } from '@plugfest/model';

/** Rules that need nothing but messages and packets: what was seen and heard is not measured for them, and chance has little part in them. */
export const OF_THE_WIRE: readonly string[] = [
  ...['rtp-timeline', 'h264-packetization', 'event-clock', 'joins', 'refused-by-rule'],
  ...['replay-goes-as-then', 'replay-says-as-then', 'replay-media-as-then'],
  ...['peer-ends-well', 'peer-is-answered', 'comes-through-proxy'],
];

export function isOfTheWire(check: string): boolean {
  return OF_THE_WIRE.includes(check.split(':')[0] ?? '');
}

/** How often a check failed when a run was run again. */
export interface Recurrence {
  readonly check: string;
  readonly title: string;
  /** Of so many runs it failed in so many. */
  readonly failed: Ratio;
  readonly failedThen: boolean;
  /** Its return decides whether the failure was reproduced. */
  readonly isJudged: boolean;
}

export interface Reproduction {
  readonly verdictThen: Verdict;
  readonly rows: readonly Recurrence[];
  /** For each run, whether all that is judged failed in it; where nothing had failed, whether its verdict is that of then. */
  readonly reproduced: readonly boolean[];
}

/**
 * What came again. Judged are the checks that are asked for; else those that failed then by messages and packets alone; else all that failed then. What
 * was measured of pictures and sound often follows from the former, and on a busy machine from that as well: it is counted, and decides nothing.
 */
export function reproductionOf(
  original: VerdictFile,
  again: readonly VerdictFile[],
  asked: readonly string[] = [],
): Reproduction {
  const then = failedIn(original);
  const byTheWire = [...then.keys()].filter(isOfTheWire);
  const judged = new Set(firstWithAny(asked, byTheWire, [...then.keys()]));
  const seen = new Map([...then, ...again.flatMap((verdict) => [...failedIn(verdict)])]);
  const rows = [...seen].map(([check, title]): Recurrence => {
    const failed = again.filter((verdict) => failedIn(verdict).has(check)).length;
    const isJudged = judged.has(check);
    return { check, title, failed: wilson(failed, again.length), failedThen: then.has(check), isJudged };
  });
  const isSame = (verdict: VerdictFile): boolean =>
    judged.size === 0
      ? verdict.verdict === original.verdict
      : [...judged].every((check) => failedIn(verdict).has(check));
  return {
    verdictThen: original.verdict,
    rows: rows.sort((a, b) => Number(b.isJudged) - Number(a.isJudged)),
    reproduced: again.map(isSame),
  };
}

function firstWithAny(...lists: (readonly string[])[]): readonly string[] {
  return lists.find(({ length }) => length > 0) ?? [];
}

/** What must hold and did not: identifiers with titles. */
export function failedIn({ checks }: VerdictFile): Map<string, string> {
  const failed = checks.filter(({ level, verdict }) => level === 'must' && verdict === 'fail');
  return new Map(failed.map(({ id, title }) => [id, title]));
}
