import { ratioInWords, wilson } from '@plugfest/history';
import type { Decision, Outcome } from './requirement.ts';

/** Of what was seen in each run, so much is quoted. */
const QUOTED = 160;

/**
 * What several runs of one trial come to. Chance has a part in a rough network: that a row holds in each run passes, that it fails in most of them fails, and
 * whatever lies between is not settled by so few runs. The share that passed comes with its 95 % interval (Wilson).
 */
export function decisionOfRuns(decisions: readonly Decision[]): Decision {
  const [first] = decisions;
  if (!first) return { outcome: 'not-exercised', seen: 'its trial was not run' };
  if (decisions.length === 1) return first;
  const decided = decisions.filter(({ outcome }) => outcome !== 'not-exercised' && outcome !== 'unsupported');
  if (decided.length === 0) return first;
  const passed = decided.filter(({ outcome }) => outcome === 'pass').length;
  const share = `passed in ${ratioInWords(wilson(passed, decided.length))}`;
  const worst = decided.find(({ outcome }) => outcome !== 'pass') ?? first;
  const example = worst.seen.length > QUOTED ? `${worst.seen.slice(0, QUOTED)}…` : worst.seen;
  return { ...worst, outcome: outcomeOf(passed, decided), seen: `${share}; ${example}` };
}

function outcomeOf(passed: number, decided: readonly Decision[]): Outcome {
  if (passed === decided.length) return 'pass';
  const failed = decided.filter(({ outcome }) => outcome === 'fail').length;
  return failed * 2 > decided.length ? 'fail' : 'inconclusive';
}
