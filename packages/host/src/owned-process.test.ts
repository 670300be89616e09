import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { SpawnFault, spawnOwned } from './owned-process.ts';
import { processesMarked } from './process-table.ts';

/** Durations that name our sleepers, apart from those of another run of this test on the same machine. */
const s = (seconds: number): string => `${seconds}.${process.pid}`;
const OURS = [s(1001), s(1002), s(1003), s(1004)];
const linux = process.platform === 'linux';
const firstLine = (stream: NodeJS.ReadableStream): Promise<string> =>
  new Promise((resolve) => stream.once('data', (bytes: Buffer) => resolve(bytes.toString().trim())));

describe('spawnOwned', () => {
  test('gives pid, output and exit code', async () => {
    const child = spawnOwned('sh', ['-c', 'echo $$; echo problem >&2; exit 7'], { name: 'shell' });
    expect(await firstLine(child.stdout)).toBe(String(child.pid));
    expect(await child.exited).toEqual({ code: 7, signal: null });
    await child.stop();
    expect(child.stderrTail()).toBe('problem\n');
  });

  test('speaks over standard input and further descriptors', async () => {
    const child = spawnOwned('sh', ['-c', 'read -r a; read -r b <&3; echo "$a $b" >&4'], {
      name: 'pipes',
      stdin: 'pipe',
      extraFds: 2,
    });
    child.stdin?.write('one\n');
    child.extra[0]?.write('two\n');
    expect(await firstLine(child.extra[1] as NodeJS.ReadableStream)).toBe('one two');
    await child.stop();
  });

  test('names a command that is missing, at once', () => {
    expect(() => spawnOwned('no-such-command', [], { name: 'none' })).toThrow(SpawnFault);
    expect(() => spawnOwned('/etc/passwd', [], { name: 'none' })).toThrow(/no such executable/);
  });

  test('passes the environment on, laid over ours', async () => {
    const env = { PLUGFEST_TEST: 'x', HOME: undefined };
    await using child = spawnOwned('sh', ['-c', 'echo "$PLUGFEST_TEST $(printenv HOME || echo none)"'], {
      name: 'environment',
      env,
    });
    expect(await firstLine(child.stdout)).toBe('x none');
  });

  test('ends a child that ignores SIGTERM, within its grace and a little', async () => {
    const child = spawnOwned('sh', ['-c', "trap '' TERM; echo ready; while :; do sleep 1; done"], { name: 'stubborn' });
    await firstLine(child.stdout);
    await child.stop(200);
    expect(await child.exited).toEqual({ code: null, signal: 'SIGKILL' });
  });

  test.runIf(linux)('leaves no grandchild, not even one in a session of its own', async () => {
    const child = spawnOwned('sh', ['-c', `setsid sleep ${s(1010)} & (setsid sleep ${s(1011)} &); echo ready; wait`], {
      name: 'daemoniser',
    });
    await firstLine(child.stdout);
    await expect.poll(() => sleepers([s(1010), s(1011)])).toHaveLength(2);
    await child.stop();
    expect(await sleepers([s(1010), s(1011)])).toEqual([]);
  });

  test.runIf(linux)('leaves nothing of a child that has ended before it is stopped', async () => {
    const child = spawnOwned('sh', ['-c', `setsid sleep ${s(1012)} & sleep ${s(1013)} & exit 0`], { name: 'gone' });
    await child.exited;
    await child.stop();
    expect(await sleepers([s(1012), s(1013)])).toEqual([]);
  });

  test('keeps the end of a flood, not the flood', async () => {
    const child = spawnOwned('sh', ['-c', 'yes | head -c 400000000 >&2; echo last >&2'], { name: 'flood' });
    const beforeBytes = process.memoryUsage().rss;
    await child.exited;
    await child.stop();
    expect(child.stderrTail()).toHaveLength(64 * 1024);
    expect(child.stderrTail().endsWith('last\n')).toBe(true);
    // Half of it: what is no longer used is collected when it suits the collector.
    expect(process.memoryUsage().rss - beforeBytes).toBeLessThan(200_000_000);
  });

  test('holds a child up that nobody reads', async () => {
    const child = spawnOwned('sh', ['-c', 'yes | head -c 50000000; echo done >&2'], { name: 'unread' });
    const first = await Promise.race([child.exited.then(() => 'exited'), delay(300, 'held up')]);
    expect(first).toBe('held up');
    await child.stop();
  });
});

describe.runIf(linux)('an owner that is killed by SIGKILL', () => {
  const fixture = join(import.meta.dirname, '../fixtures/owner/owner.ts');

  test('leaves neither process nor directory behind', { timeout: 20_000 }, async () => {
    const owner = spawn(process.execPath, [fixture, ...OURS], { stdio: ['ignore', 'pipe', 'inherit'] });
    const { directory } = JSON.parse(await firstLine(owner.stdout)) as { directory: string };
    await expect.poll(() => sleepers(OURS)).toHaveLength(4);
    expect(existsSync(directory)).toBe(true);
    process.kill(owner.pid as number, 'SIGKILL');
    const survivors = async (): Promise<unknown[]> => [
      ...(await sleepers(OURS)),
      ...(existsSync(directory) ? [directory] : []),
    ];
    await expect.poll(survivors, { timeout: 5000, interval: 50 }).toEqual([]);
  });

  test('leaves nothing of children that it is only just starting', { timeout: 30_000 }, async () => {
    for (const afterMs of [0, 1, 2, 5, 10]) {
      const script = `import { spawnOwned } from ${JSON.stringify(join(import.meta.dirname, 'index.ts'))};
        console.log('ready');
        for (let i = 0; i < 40; i++) { spawnOwned('setsid', ['sleep', '${s(1020)}'], { name: 'late' }); await new Promise(setImmediate); }`;
      const owner = spawn(process.execPath, ['--input-type=module', '-e', script], {
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      await firstLine(owner.stdout);
      await delay(afterMs);
      process.kill(owner.pid as number, 'SIGKILL');
    }
    await expect.poll(() => sleepers([s(1020)]), { timeout: 5000, interval: 50 }).toEqual([]);
  });

  test('is seen through by its own owner', { timeout: 20_000 }, async () => {
    // The outer one is killed; the inner one owns children of its own, with a longer mark.
    const script = `import { spawnOwned } from ${JSON.stringify(join(import.meta.dirname, 'index.ts'))};
      const inner = spawnOwned(process.execPath, ${JSON.stringify([fixture, ...OURS])}, { name: 'inner' });
      inner.stdout.pipe(process.stdout);`;
    const outer = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const { directory } = JSON.parse(await firstLine(outer.stdout)) as { directory: string };
    process.kill(outer.pid as number, 'SIGKILL');
    await expect.poll(() => sleepers(OURS), { timeout: 5000, interval: 50 }).toEqual([]);
    await expect.poll(() => existsSync(directory), { timeout: 5000, interval: 50 }).toBe(false);
  });
});

test.runIf(linux)('a mark is found in the environment of a process', async () => {
  await using child = spawnOwned('sleep', [s(1030)], { name: 'marked', env: { PLUGFEST_TEST_MARK: 'here-it-is' } });
  await expect.poll(() => processesMarked('PLUGFEST_TEST_MARK=here-it-is\0')).toContain(child.pid);
});

/** The pids of `sleep <one of these>`. */
async function sleepers(seconds: readonly string[]): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const [command, argument] = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
      return command === 'sleep' && seconds.includes(argument ?? '') ? [Number(pid)] : [];
    }),
  );
  return found.flat();
}
