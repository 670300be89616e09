import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openTemporaryDirectory } from '@plugfest/host';
import { expect, test } from 'vitest';
import { startCli } from './cli-fixture.ts';

const MATRIX = `export default { title: 'Small', axes: { a: [1, 2, 3], b: ['x', 'y'] },
  scenario: ({ a, b }) => { throw new Error('no ' + a + b); } };`;

/** Processes that carry the mark, and are no zombies. */
function alive(mark: string): string[] {
  return readdirSync('/proc').flatMap((pid) => {
    try {
      if (!/^\d+$/.test(pid) || !readFileSync(`/proc/${pid}/environ`, 'utf8').includes(mark)) return [];
      return [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')];
    } catch {
      return [];
    }
  });
}

/** A lease lasts 15 s, so this does, too: `npm run chaos` asks for it. */
const isAsked = process.env.PLUGFEST_LONG_TESTS === '1' && process.platform === 'linux';

test.skipIf(!isAsked)(
  'a matrix whose coordinator is killed leaves nothing alive, and goes on with what was committed',
  async () => {
    await using directory = await openTemporaryDirectory('matrix-workers');
    const file = join(directory.path, 'small.matrix.ts');
    writeFileSync(file, MATRIX);
    const reports = ['--reports', join(directory.path, 'reports')];
    const mark = `PLUGFEST_TEST_MARK=workers-${process.pid}`;
    const [name = '', value = ''] = mark.split('=');
    const first = startCli(['matrix', file, '--workers', '2', ...reports], { [name]: value });
    await first.says(/ [12]\/6 done/);
    first.child.kill('SIGKILL');
    await first.exited;
    await expect.poll(() => alive(mark), { timeout: 10_000, interval: 100 }).toEqual([]);
    const second = startCli(['matrix', file, '--workers', '2', '--resume', '--json', ...reports], { [name]: value });
    expect((await second.exited).code).toBe(3);
    const { states, left } = JSON.parse(second.stdout());
    expect({ states, left }).toEqual({ states: { error: 6 }, left: 0 });
    const status = startCli(['lab', 'status', '--json', ...reports]);
    await status.exited;
    // Six cells, six final verdicts, in one run.
    expect(JSON.parse(status.stdout()).runs).toMatchObject([{ waiting: 0, leased: 0, verdicts: { error: 6 } }]);
    expect(alive(mark)).toEqual([]);
  },
  300_000,
);
