import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Attempt, type MatrixRun, readRunFile } from '@plugfest/history';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startCli } from '../cli-fixture.ts';
import { MatrixDirectory } from '../matrix-directory.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'merge-'));
});
afterEach(() => rmSync(root, { recursive: true }));

/** A shard as a machine leaves it: one row. */
function writeShard(index: number, verdict: Attempt['verdict'], more: Partial<MatrixRun['head']> = {}): void {
  const id = `matrix-small-shard${index}of2-20260101-020000`;
  const values = { first: `a${index}`, second: 'b' };
  const attempt: Attempt = {
    type: 'attempt',
    values,
    attempt: 1,
    verdict,
    failed: verdict === 'fail' ? ['a sees b: no (limit: yes)'] : [],
    startedAt: '2026-01-01T02:00:00.000Z',
    durationMs: 1000,
    seed: 1,
    report: '../run/index.html',
    versions: {},
    digests: {},
    params: {},
    quality: {},
    findings: [],
  };
  new MatrixDirectory(join(root, `machine-${index}`, id)).write({
    head: {
      type: 'run',
      version: 1,
      id,
      matrix: 'small',
      title: 'Small',
      file: '/nowhere/small.matrix.ts',
      startedAt: '2026-01-01T02:00:00.000Z',
      strength: 2,
      seed: 0,
      heatMap: ['first', 'second'],
      tuples: 2,
      excluded: 0,
      directory: id,
      rows: [{ number: index, values }],
      planRows: 2,
      planDigest: 'aa',
      shard: { index, count: 2 },
      repeats: 1,
      missingShards: [],
      ...more,
    },
    attempts: [attempt],
    end: { type: 'end', why: 'all-rows', at: '2026-01-01T03:00:00.000Z' },
  });
}

async function merge(...more: readonly string[]) {
  const cli = startCli(['merge', root, '-o', join(root, 'whole'), ...more]);
  const { code } = await cli.exited;
  return { code, said: cli.stderr(), out: cli.stdout() };
}

describe('plugfest merge', () => {
  test('two shards are the whole, with links to each machine’s reports', async () => {
    writeShard(1, 'pass');
    writeShard(2, 'pass');
    const { code, out } = await merge('--json');
    const { reportDir, cells, coverage } = JSON.parse(out);
    expect({ code, cells: cells.length, coverage }).toMatchObject({
      code: 0,
      cells: 2,
      coverage: { covered: 2, possible: 2 },
    });
    expect(readRunFile(join(reportDir, 'results.jsonl'))?.attempts[1]?.report).toBe('../../machine-2/run/index.html');
    expect(readFileSync(join(reportDir, 'index.html'), 'utf8')).toMatch(/^<!doctype html>/);
  });

  test('a missing shard is named, and the exit code is not 0', async () => {
    writeShard(1, 'pass');
    const { code, said, out } = await merge();
    expect(code).toBe(1);
    expect(said).toContain('incomplete: shard 2/2 is missing');
    expect(out).toContain('INCOMPLETE: shard 2/2 missing.');
  });

  test('a foreign shard is named, and not merged', async () => {
    writeShard(1, 'pass');
    writeShard(2, 'pass', { planDigest: 'bb' });
    const { code, said } = await merge();
    expect(code).toBe(1);
    expect(said).toMatch(/shard2of2-20260101-020000 is foreign: its plan is bb, not aa/);
  });

  test('an overlapping shard is named', async () => {
    writeShard(1, 'pass');
    writeShard(2, 'pass', { shard: { index: 1, count: 2 } });
    const { code, said } = await merge();
    expect(code).toBe(1);
    expect(said).toMatch(/shard2of2-20260101-020000 overlaps: shard 1\/2 is .*machine-1/);
  });

  test('where there is none, it is bad use', async () => {
    expect((await merge()).code).toBe(2);
  });
});
