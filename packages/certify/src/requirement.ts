import type { Level } from '@plugfest/model';
import type { CertifiedTrace } from './certified-trace.ts';

/** What became of one requirement. `not-exercised`: nothing in the runs spoke for or against it. */
export type Outcome = 'pass' | 'fail' | 'inconclusive' | 'not-exercised' | 'unsupported';

export interface Decision {
  readonly outcome: Outcome;
  /** What was seen, in words. */
  readonly seen: string;
  /** Where: a file of the run, relative to it. */
  readonly evidence?: string;
}

/** One row of the catalogue. */
export interface Requirement {
  /** Stable: where it is from, and a name, e.g. `rfc3261/8.1.1.7/unique-branch`. */
  readonly id: string;
  readonly level: Level;
  /** In our words. */
  readonly text: string;
  readonly cites: string;
  /** The run that decides it. */
  readonly trial: string;
  readonly decide: (trace: CertifiedTrace) => Decision;
}

export const pass = (seen: string, evidence?: string): Decision => ({ outcome: 'pass', seen, ...located(evidence) });
export const fail = (seen: string, evidence?: string): Decision => ({ outcome: 'fail', seen, ...located(evidence) });
export const notExercised = (seen: string): Decision => ({ outcome: 'not-exercised', seen });

function located(evidence: string | undefined): { readonly evidence?: string } {
  return evidence === undefined ? {} : { evidence };
}
