import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openTemporaryDirectory } from '@plugfest/host';
import { expect, test } from 'vitest';
import { startCli } from '../cli-fixture.ts';

const MODEL = 'Codec: VP8, H264, H263\nLoss: 0, 5\nBridge: own, peer\nIF [Codec] = "H263" THEN [Bridge] = "peer";\n';

async function plugfest(...args: readonly string[]) {
  const cli = startCli(args);
  const { code } = await cli.exited;
  return { code, stdout: cli.stdout(), stderr: cli.stderr() };
}

test('plans a PICT model, keeps its rows when a value is added, and proves it', async () => {
  await using directory = await openTemporaryDirectory('matrix');
  const [model, old] = [join(directory.path, 'model.pict'), join(directory.path, 'old.json')];
  writeFileSync(model, MODEL);
  const first = await plugfest('matrix', model, '--plan', '--json', '--check');
  expect(first.code).toBe(0);
  const plan = JSON.parse(first.stdout);
  expect(plan).toMatchObject({ strength: 2, tuples: 16, covered: 15, excluded: 1, check: { objections: [] } });
  expect(plan.rows).toContainEqual(expect.objectContaining({ Codec: 'H263', Bridge: 'peer' }));
  writeFileSync(old, first.stdout);
  writeFileSync(model, MODEL.replace('0, 5', '0, 5, 10'));
  const second = await plugfest('matrix', model, '--plan', '--json', '--seeding', old);
  expect(JSON.parse(second.stdout).rows.slice(0, plan.rows.length)).toEqual(plan.rows);
  const shards = await Promise.all(
    ['1/2', '2/2'].map((shard) => plugfest('matrix', model, '--plan', '--json', '--seeding', old, '--shard', shard)),
  );
  const sharded = shards.flatMap(({ stdout }) => JSON.parse(stdout).rows);
  expect(sharded).toHaveLength(JSON.parse(second.stdout).rows.length);
});

test('says what is wrong with a model, with its place, and ends with 2', async () => {
  await using directory = await openTemporaryDirectory('matrix');
  const model = join(directory.path, 'bad.pict');
  writeFileSync(model, MODEL.replace('THEN', 'THEM'));
  const { code, stderr } = await plugfest('matrix', model, '--plan');
  expect(code).toBe(2);
  expect(stderr).toMatch(/bad\.pict:4:21: THEN is expected.*\n.*\n {22}\^/);
});

test('plans the nightly matrix', async () => {
  const { code, stdout } = await plugfest('matrix', 'scenarios/nightly.matrix.ts', '--plan', '--json', '--check');
  expect(code).toBe(0);
  const { rows, check } = JSON.parse(stdout);
  expect(check.objections).toEqual([]);
  expect(rows.length).toBeGreaterThan(50);
  expect(rows).not.toContainEqual(expect.objectContaining({ first: 'skype', second: 'skype' }));
});
