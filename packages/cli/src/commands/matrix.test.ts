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

const MATRIX = (scenario: string, constraints = '[]') =>
  `export default { title: 'Small', axes: { a: [1, 2], b: ['x', 'y'] }, constraints: ${constraints}, scenario: ${scenario} };`;

test('a row whose scenario cannot be made is an error; what has run is not run again', async () => {
  await using directory = await openTemporaryDirectory('matrix');
  const file = join(directory.path, 'small.matrix.ts');
  writeFileSync(file, MATRIX('({ a, b }) => { throw new Error(["no", typeof a, b, "here"].join(" ")); }'));
  const reports = ['--reports', join(directory.path, 'reports')];
  const part = await plugfest('matrix', file, '--json', '--budget', '1ms', ...reports);
  expect(part.code).toBe(4);
  expect(JSON.parse(part.stdout)).toMatchObject({ planned: 4, left: 4, ended: 'budget-used' });
  const rest = await plugfest('matrix', file, '--json', '--resume', ...reports);
  expect(rest.code).toBe(3);
  const record = JSON.parse(rest.stdout);
  expect(record).toMatchObject({ states: { error: 4 }, left: 0, coverage: { covered: 0 }, ended: 'all-rows' });
  expect(record.cells[0].attempts[0].reason).toMatch(/no number [xy] here/);
  const again = await plugfest('matrix', file, '--resume', ...reports);
  expect(again.code).toBe(2);
  expect(again.stderr).toMatch(/no run of small .* has rows left/);
  // A value more: the rows of the night before stay.
  writeFileSync(file, MATRIX('() => ({})').replace("'y'", "'y', 'z'"));
  const grown = await plugfest('matrix', file, '--plan', '--json', '--seeding', 'latest', ...reports);
  const { rows } = JSON.parse(grown.stdout);
  expect(rows.slice(0, 4)).toEqual(record.cells.map(({ values }: { values: object }) => values));
  expect(rows).toHaveLength(6);
}, 60_000);

test('a constraint that names no axis is bad use', async () => {
  await using directory = await openTemporaryDirectory('matrix');
  const file = join(directory.path, 'small.matrix.ts');
  writeFileSync(file, MATRIX('() => ({})', "[{ parameter: 'c', in: ['x'] }]"));
  const { code, stderr } = await plugfest('matrix', file, '--plan');
  expect(code).toBe(2);
  expect(stderr).toMatch(/no parameter “c”; there are: a, b/);
});

test('two workers run the rows in processes of their own; the lab says so afterwards', async () => {
  await using directory = await openTemporaryDirectory('matrix');
  const file = join(directory.path, 'small.matrix.ts');
  writeFileSync(file, MATRIX('({ a, b }) => { throw new Error(["no", a, b, process.pid].join(" ")); }'));
  const reports = ['--reports', join(directory.path, 'reports')];
  const { code, stdout } = await plugfest('matrix', file, '--json', '--workers', '2', ...reports);
  expect(code).toBe(3);
  const { states, ended, cells } = JSON.parse(stdout) as {
    states: unknown;
    ended: string;
    cells: { attempts: { reason: string }[] }[];
  };
  expect({ states, ended }).toEqual({ states: { error: 4 }, ended: 'all-rows' });
  expect(new Set(cells.map(({ attempts }) => attempts[0]?.reason.split(' ').at(-1))).size).toBe(4);
  const status = await plugfest('lab', 'status', '--json', ...reports);
  expect(JSON.parse(status.stdout)).toMatchObject({
    runs: [{ waiting: 0, verdicts: { error: 4 } }],
    workers: [{}, {}],
  });
}, 60_000);

test('a matrix that no change affects has nothing to run, and that is well', async () => {
  await using directory = await openTemporaryDirectory('matrix');
  const file = join(directory.path, 'small.matrix.ts');
  writeFileSync(file, MATRIX('() => ({ participants: {} })'));
  const { code, stderr } = await plugfest(
    'matrix',
    file,
    '--changed',
    'HEAD',
    '--row',
    '1',
    '--reports',
    join(directory.path, 'reports'),
  );
  expect(stderr).toMatch(/files differ from HEAD: \d+ of 1 rows are affected/);
  if (/ 0 of 1 rows/.test(stderr)) expect(code).toBe(0);
  const bad = await plugfest('matrix', file, '--changed', 'no-such-commit');
  expect({ code: bad.code, said: bad.stderr }).toMatchObject({
    code: 2,
    said: expect.stringMatching(/no-such-commit/),
  });
}, 60_000);
