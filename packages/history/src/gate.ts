import type { MatrixRun } from './attempt.ts';
import type { Delta, DeltaKind } from './delta.ts';
import { rollUp } from './roll-up.ts';

export const GATES = ['failures', 'all', 'new-failures'] as const;
/**
 * What fails a run of a matrix. `failures`: anything that ran and did not pass. `all`: also what did not run. `new-failures`: what changed for
 * the worse, and a file of known failures that is not true any more; failures that were there before do not.
 */
export type Gate = (typeof GATES)[number];

/** `NEW` only where it did not pass. */
const REFUSED: readonly DeltaKind[] = ['PASS→FAIL', 'PASS→FLAKY', 'XPASS', 'EXPIRED', 'ERROR', 'NEW'];

/** Why the gate `new-failures` is shut, a delta each; empty: it is open. */
export function refusedDeltas(deltas: readonly Delta[]): Delta[] {
  return deltas.filter(({ kind, now }) => REFUSED.includes(kind) && !(kind === 'NEW' && now === 'pass'));
}

export interface Opinion {
  readonly isOpen: boolean;
  /** One sentence each. */
  readonly why: readonly string[];
}

/** A missing shard shuts every gate: what was not seen has not passed. */
export function gateOpinion(run: MatrixRun, deltas: readonly Delta[], gate: Gate): Opinion {
  const shards = run.head.missingShards.map((name) => `shard ${name} is missing`);
  const why = [...shards, ...(gate === 'new-failures' ? refusedDeltas(deltas).map(inWords) : ofCells(run, gate))];
  return { isOpen: why.length === 0, why };
}

function inWords({ kind, key, known }: Delta): string {
  const entry =
    known && kind === 'XPASS' ? `: it is listed as failing (${known.owner}: ${known.reason}), and passes` : '';
  const over = known && kind === 'EXPIRED' ? `: ${known.owner} had until ${known.expires} (${known.reason})` : '';
  return `${kind} ${key}${entry}${over}`;
}

function ofCells(run: MatrixRun, gate: 'failures' | 'all'): string[] {
  return rollUp(run).flatMap(({ key, state }) => {
    const isRefused = state !== 'pass' && (gate === 'all' || state !== 'unjudged');
    return isRefused ? [`${state === 'unjudged' ? 'not judged' : state} ${key}`] : [];
  });
}
