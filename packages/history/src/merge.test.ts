import { expect, test } from 'vitest';
import type { MatrixRun, RunHead } from './attempt.ts';
import { gateOpinion } from './gate.ts';
import { nightOf } from './history-fixture.ts';
import { mergeShards, type ShardRun } from './merge.ts';
import { rollUp } from './roll-up.ts';

function shard(
  index: number,
  count: number,
  cells: Parameters<typeof nightOf>[1],
  more: Partial<RunHead> = {},
): ShardRun {
  const { end, ...run } = nightOf(1, cells);
  return { name: `s${index}`, run: { ...run, head: { ...run.head, shard: { index, count }, ...more }, end } };
}
const without = ({ end: _, ...run }: MatrixRun): MatrixRun => run;

test('the shards of a plan are the whole', () => {
  const { run, missing, refused, taken } = mergeShards(
    [shard(2, 2, { b: ['fail'] }), shard(1, 2, { a: ['pass', 'pass'] })],
    'm',
  );
  expect({ missing, refused, taken }).toEqual({ missing: [], refused: [], taken: ['s2', 's1'] });
  expect(run.head).toMatchObject({ id: 'm', directory: 'm', missingShards: [] });
  expect(run.head).not.toHaveProperty('shard');
  expect(rollUp(run).map(({ key, state }) => `${key} ${state}`)).toEqual(['a=a, b=x pass', 'a=b, b=x fail']);
  expect(run.end?.why).toBe('all-rows');
});

test('a missing shard makes the whole incomplete', () => {
  const { run, missing } = mergeShards([shard(1, 3, { a: ['pass'] }), shard(3, 3, { c: ['pass'] })], 'm');
  expect(missing).toEqual(['2/3']);
  expect(run).not.toHaveProperty('end');
  expect(gateOpinion(run, [], 'failures').why).toEqual(['shard 2/3 is missing']);
});

test('a shard that did not end counts as missing, with what it had', () => {
  const killed = shard(2, 2, { b: ['pass'] });
  const merged = mergeShards([shard(1, 2, { a: ['pass'] }), { ...killed, run: without(killed.run) }], 'm');
  expect(merged.missing).toEqual(['2/2 (did not end)']);
  expect(rollUp(merged.run)).toHaveLength(2);
});

test('overlapping shards are named, and nothing is counted twice', () => {
  const merged = mergeShards([shard(1, 1, { a: ['pass'] }), { ...shard(1, 1, { a: ['fail'] }), name: 'again' }], 'm');
  expect(merged.refused).toEqual(['again overlaps: shard 1/1 is s1 already']);
  expect(merged.run.attempts).toHaveLength(1);
});

test.each([
  [{ matrix: 'other' }, 's2 is foreign: it is of the matrix other, not small (of s1)'],
  [{ planDigest: 'bb' }, 's2 is foreign: its plan is bb, not aa (of s1)'],
  [{ shard: { index: 2, count: 3 } }, 's2 is foreign: it is one of 3 shards, not of 2 (of s1)'],
])('a foreign shard is named: %j', (more, why) => {
  const merged = mergeShards([shard(1, 2, { a: ['pass'] }), shard(2, 2, { b: ['pass'] }, more)], 'm');
  expect(merged.refused).toEqual([why]);
  expect(merged.missing).toEqual(['2/2']);
});
