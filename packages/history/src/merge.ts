import type { Attempt, MatrixRun, RunHead } from './attempt.ts';

/** A part of a run that was made elsewhere, and what to call it. */
export interface ShardRun {
  readonly name: string;
  readonly run: MatrixRun;
}

export interface Merged {
  readonly run: MatrixRun;
  /** What was put together, by name. */
  readonly taken: readonly string[];
  /** Why this is not the whole: shards that are missing, or did not end. */
  readonly missing: readonly string[];
  /** Parts that were left out, one sentence each: of another plan, or of a shard that is there already. */
  readonly refused: readonly string[];
}

/**
 * Puts the shards of one plan together. The first one given says which plan that is. Nothing is counted twice, and nothing that is missing is
 * passed over: the merged run carries the names of the missing shards.
 * @param id of the merged run, and of its directory
 */
export function mergeShards([first, ...rest]: readonly [ShardRun, ...ShardRun[]], id: string): Merged {
  const count = first.run.head.shard?.count ?? 1;
  const taken = new Map<number, ShardRun>();
  const refused: string[] = [];
  for (const shard of [first, ...rest]) {
    const index = shard.run.head.shard?.index ?? 1;
    const foreign = foreignTo(first.run.head, shard.run.head);
    const earlier = taken.get(index);
    if (foreign) refused.push(`${shard.name} is foreign: ${foreign} (of ${first.name})`);
    else if (earlier) refused.push(`${shard.name} overlaps: shard ${index}/${count} is ${earlier.name} already`);
    else taken.set(index, shard);
  }
  const missing = Array.from({ length: count }, (_, at) => at + 1).flatMap((index) => {
    const shard = taken.get(index);
    if (!shard) return [`${index}/${count}`];
    const { end } = shard.run;
    return end && end.why !== 'interrupted' ? [] : [`${index}/${count} (${end ? 'was interrupted' : 'did not end'})`];
  });
  const runs = [...taken].sort(([a], [b]) => a - b).map(([, { run }]) => run);
  return { run: joined(runs, id, missing), taken: [...taken.values()].map(({ name }) => name), missing, refused };
}

function foreignTo(one: RunHead, other: RunHead): string | undefined {
  if (other.matrix !== one.matrix) return `it is of the matrix ${other.matrix}, not ${one.matrix}`;
  if (other.planDigest !== one.planDigest) return `its plan is ${other.planDigest}, not ${one.planDigest}`;
  const [count, expected] = [other.shard?.count ?? 1, one.shard?.count ?? 1];
  return count === expected ? undefined : `it is one of ${count} shards, not of ${expected}`;
}

function joined(runs: readonly MatrixRun[], id: string, missing: readonly string[]): MatrixRun {
  const [{ head }] = runs as readonly [MatrixRun, ...MatrixRun[]];
  const { shard: _, ...whole } = head;
  const attempts: Attempt[] = runs
    .flatMap((run) => run.attempts)
    .sort((a, b) => a.startedAt.localeCompare(b.startedAt));
  const ends = runs.flatMap(({ end }) => end ?? []).sort((a, b) => a.at.localeCompare(b.at));
  const end = ends.find(({ why }) => why !== 'all-rows') ?? ends.at(-1);
  return {
    head: {
      ...whole,
      id,
      directory: id,
      startedAt: runs.map((run) => run.head.startedAt).sort()[0] as string,
      rows: runs.flatMap((run) => run.head.rows).sort((a, b) => a.number - b.number),
      missingShards: [...missing],
    },
    attempts,
    ...(missing.length === 0 && end ? { end } : {}),
  };
}
