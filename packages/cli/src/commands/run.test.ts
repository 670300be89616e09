import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { findTool } from '@plugfest/host';
import { EXIT, verdictFileSchema } from '@plugfest/model';
import { afterAll, describe, expect, test } from 'vitest';
import { startCli } from '../cli-fixture.ts';
import { exitCodeOf } from './run.ts';

const reports = mkdtempSync(join(tmpdir(), 'plugfest-run-'));
afterAll(() => rmSync(reports, { recursive: true, force: true }));

/** What `--json` promises to other programs of each run: a field that is renamed breaks them. */
const runSchema = verdictFileSchema.pick({
  id: true,
  scenario: true,
  verdict: true,
  reason: true,
  seed: true,
  durationMs: true,
  reportDir: true,
  checks: true,
});

/** The runs of the one document that is all of `stdout`. */
function runsIn(stdout: string) {
  const document = JSON.parse(stdout) as { runs: unknown[] };
  expect(Object.keys(document)).toEqual(['runs']);
  const runs = document.runs.map((run) => runSchema.parse(run));
  for (const { reportDir } of runs) expect(isAbsolute(reportDir)).toBe(true);
  return runs;
}

async function runJson(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const cli = startCli(['run', ...args, '--json', '--reports', reports], env);
  const { code } = await cli.exited;
  return { code, stdout: cli.stdout(), stderr: cli.stderr() };
}

describe('run --json', () => {
  test('prints one document about a real run, and its progress elsewhere', async ({ skip }) => {
    const sipp = await findTool('sipp');
    if (!sipp.found) skip(`sipp: ${sipp.reason}`);
    const { code, stdout, stderr } = await runJson(['hello', '--seed', '7']);
    const [run] = runsIn(stdout);
    expect(run).toMatchObject({ scenario: 'hello', seed: 7 });
    expect(run?.checks.length).toBeGreaterThan(10);
    expect(code).toBe(exitCodeOf([run?.verdict as 'pass']));
    expect(stderr).toMatch(/hello: measuring/);
    const verdict: unknown = JSON.parse(readFileSync(join(run?.reportDir as string, 'verdict.json'), 'utf8'));
    expect(verdict).toMatchObject({ id: run?.id, verdict: run?.verdict });
    expect(readFileSync(join(run?.reportDir as string, 'index.html'), 'utf8')).toContain('run-data');
  });

  test.each([
    [['no-such-scenario'], /no scenario at “no-such-scenario”. There are: .*hello/],
    [['hello', '--seed', 'seven'], /--seed: “seven” is not a whole number/],
    [['hello', '--sabotage', 'nobody:mute'], /no participant “nobody” in hello; there are: webrtc, room/],
    [['hello', '--sabotage', 'room:dance'], /--sabotage: /],
    [['hello', '--no-such-option'], /unknown option '--no-such-option'/],
  ])('says on standard error what is wrong with %j, and prints nothing', async (args, message) => {
    const { code, stdout, stderr } = await runJson(args);
    expect({ code, stdout }).toEqual({ code: EXIT.badUse, stdout: '' });
    expect(stderr).toMatch(message);
  });
});

describe('tools that are missing', () => {
  const NONE = { PLUGFEST_SIPP: '/nonexistent', PLUGFEST_CHROMIUM: '/nonexistent', FFMPEG_BIN: '/nonexistent' };

  test('keep back the scenarios that need them, with the command that mends it; others run', async () => {
    const { code, stdout } = await runJson(['hello', 'conference/rooms-and-browsers', 'federation/skype-6'], NONE);
    const runs = runsIn(stdout);
    expect(runs.map(({ scenario, verdict }) => [scenario, verdict])).toEqual([
      ['hello', 'not-run'],
      ['conference/rooms-and-browsers', 'not-run'],
      ['federation/skype-6', 'pass'],
    ]);
    expect(runs[0]?.reason).toMatch(
      /sipp is missing .*; room cannot do without\. Mend it with: unset PLUGFEST_SIPP\nffmpeg is missing/,
    );
    expect(runs[1]?.reason).toMatch(/chromium is missing .* Mend it with: unset PLUGFEST_CHROMIUM/);
    expect(code).toBe(EXIT.failed);
  });

  test('end with a code of their own where nothing ran, and name what to install', async () => {
    const { code, stdout } = await runJson(['hello'], { PATH: '/nonexistent', PLUGFEST_SIPP: '' });
    const runs = runsIn(stdout);
    expect(runs[0]).toMatchObject({ verdict: 'not-run', checks: [] });
    expect(runs[0]?.reason).toMatch(/sipp is missing \(no sipp in PATH\); .* Mend it with: \S.*sipp?/);
    expect(code).toBe(EXIT.nothingRan);
  });
});

test('the worst verdict gives the exit code', () => {
  expect(exitCodeOf(['pass', 'pass'])).toBe(EXIT.pass);
  expect(exitCodeOf(['pass', 'fail'])).toBe(EXIT.failed);
  expect(exitCodeOf(['pass', 'inconclusive'])).toBe(EXIT.failed);
  expect(exitCodeOf(['pass', 'not-run'])).toBe(EXIT.failed);
  expect(exitCodeOf(['fail', 'error'])).toBe(EXIT.harnessError);
  expect(exitCodeOf(['not-run', 'unsupported'])).toBe(EXIT.nothingRan);
});
