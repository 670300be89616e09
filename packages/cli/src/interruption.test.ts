import { existsSync, globSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findTool } from '@plugfest/host';
import { RunDirectory } from '@plugfest/scenario';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cli, startCli } from './cli-fixture.ts';
import { reportKilledRuns } from './running-mark.ts';

/** `run hello` needs it. */
const sipp = await findTool('sipp');
const reason = process.platform !== 'linux' ? 'no /proc here' : sipp.found ? '' : sipp.reason;
if (reason) process.stderr.write(`interruption.test.ts is skipped: ${reason}\n`);

const reports = mkdtempSync(join(tmpdir(), 'plugfest-interruption-'));
afterAll(() => rmSync(reports, { recursive: true, force: true }));

/** Each run carries a mark of its own in its environment, and so does all that it starts. */
const MARK = 'PLUGFEST_TEST_MARK';
let runs = 0;

function startHello(): { cli: Cli; mark: string; reportsDir: string } {
  const mark = `${process.pid}-${++runs}`;
  const reportsDir = join(reports, mark);
  return { cli: startCli(['run', 'hello', '--reports', reportsDir], { [MARK]: mark }), mark, reportsDir };
}

/** Command lines of the processes that carry the mark, and are no zombies. */
function alive(mark: string): string[] {
  return marked(mark).map((pid) => readOr(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim());
}

function marked(mark: string): string[] {
  return readdirSync('/proc').filter(
    (pid) => /^\d+$/.test(pid) && readOr(`/proc/${pid}/environ`).split('\0').includes(`${MARK}=${mark}`),
  );
}

/** Ports that those processes hold, as `proto address:port` in hexadecimal. */
function portsOf(mark: string): string[] {
  const inodes = new Set(
    marked(mark).flatMap((pid) =>
      globSync(`/proc/${pid}/fd/*`).flatMap((fd) => /^socket:\[(\d+)\]$/.exec(linkOr(fd))?.[1] ?? []),
    ),
  );
  return openPorts()
    .filter(([, inode]) => inodes.has(inode))
    .map(([port]) => port);
}

/** All UDP sockets and listening TCP sockets of this machine, with their inodes. */
function openPorts(): [port: string, inode: string][] {
  return ['udp', 'udp6', 'tcp', 'tcp6'].flatMap((protocol) =>
    readOr(`/proc/net/${protocol}`)
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((columns) => columns.length > 9 && (protocol.startsWith('udp') || columns[3] === '0A'))
      .map((columns): [string, string] => [`${protocol} ${columns[1]} ${columns[9]}`, columns[9] as string]),
  );
}

function readOr(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function linkOr(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function runIn(reportsDir: string): RunDirectory {
  const names = readdirSync(reportsDir, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(names).toHaveLength(1);
  return new RunDirectory(join(reportsDir, names[0]?.name as string));
}

describe.skipIf(reason !== '')('a run that is killed by SIGKILL', () => {
  const MOMENTS = [/hello: start/, /hello: join/, /hello: measuring/];

  test.each(MOMENTS)('leaves nothing alive and its evidence readable, at %s', async (moment) => {
    const { cli, mark, reportsDir } = startHello();
    await cli.says(moment);
    const ports = portsOf(mark);
    cli.child.kill('SIGKILL');
    await cli.exited;
    await expect.poll(() => alive(mark), { timeout: 5000, interval: 100 }).toEqual([]);
    expect(openPorts().filter(([port]) => ports.includes(port))).toEqual([]);
    const run = runIn(reportsDir);
    expect(run.readVerdict()).toMatchObject({ verdict: 'error', reason: expect.stringContaining('did not finish') });
    expect(run.readPlan().participants).toHaveLength(2);
    if (!/start/.test(moment.source)) {
      expect(ports).not.toEqual([]);
      expect(run.readEvents().map(({ type }) => type)).toContain('bridge.started');
    }
    expect(existsSync(run.file('index.html'))).toBe(false);
    expect(await reportKilledRuns(reportsDir)).toEqual([run.path]);
    expect(readFileSync(run.file('index.html'), 'utf8')).toContain('did not finish');
    expect(await reportKilledRuns(reportsDir)).toEqual([]);
  });
});

describe.skipIf(reason !== '')('Ctrl-C', () => {
  let ended: { code: number | null; tookMs: number; reportsDir: string; mark: string; stdout: string };

  beforeAll(async () => {
    const { cli, mark, reportsDir } = startHello();
    await cli.says(/hello: measuring/);
    const sinceMs = performance.now();
    cli.child.kill('SIGINT');
    const { code } = await cli.exited;
    ended = { code, tookMs: performance.now() - sinceMs, reportsDir, mark, stdout: cli.stdout() };
  });

  test('ends the run within 5 s with code 130, and nothing is alive', async () => {
    expect(ended.code).toBe(130);
    expect(ended.tookMs).toBeLessThan(5000);
    await expect.poll(() => alive(ended.mark), { timeout: 5000 - ended.tookMs, interval: 50 }).toEqual([]);
  });

  test('writes verdict and report', () => {
    const run = runIn(ended.reportsDir);
    expect(run.readVerdict()).toMatchObject({ verdict: 'error', reason: 'interrupted' });
    expect(readFileSync(run.file('index.html'), 'utf8')).toContain('interrupted');
    expect(readFileSync(join(ended.reportsDir, 'index.html'), 'utf8')).toContain('class="error"');
    expect(ended.stdout).toContain('error');
  });

  test('twice ends it within 1 s', async () => {
    const { cli, mark, reportsDir } = startHello();
    await cli.says(/hello: join/);
    const sinceMs = performance.now();
    cli.child.kill('SIGINT');
    cli.child.kill('SIGTERM');
    expect((await cli.exited).code).toBe(130);
    expect(performance.now() - sinceMs).toBeLessThan(1000);
    await expect.poll(() => alive(mark), { timeout: 5000, interval: 100 }).toEqual([]);
    expect(runIn(reportsDir).readVerdict().verdict).toBe('error');
  });
});
