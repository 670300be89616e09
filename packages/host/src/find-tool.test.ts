import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { findTool as FindTool } from './find-tool.ts';
import { openTemporaryDirectory, type TemporaryDirectory } from './temporary-directory.ts';

let directory: TemporaryDirectory;
let findTool: typeof FindTool;

beforeEach(async () => {
  directory = await openTemporaryDirectory('tools');
  // What was found is kept for the life of the module.
  vi.resetModules();
  ({ findTool } = await import('./find-tool.ts'));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await directory[Symbol.asyncDispose]();
});

async function program(name: string, script: string): Promise<string> {
  const path = join(directory.path, name);
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

test('takes what PATH has, with its version', async () => {
  const path = await program('sipp', "echo ' SIPp v3.7.3-TLS-PCAP.'; exit 99");
  vi.stubEnv('PATH', `${directory.path}:${process.env.PATH}`);
  vi.stubEnv('PLUGFEST_SIPP', '');
  expect(await findTool('sipp')).toEqual({ found: true, path, version: '3.7.3' });
});

test('the environment variable comes first', async () => {
  await program('ffmpeg', "echo 'ffmpeg version 1.0 Copyright'");
  const chosen = await program('mine', "echo 'ffmpeg version 9.9-mine Copyright'");
  vi.stubEnv('PATH', `${directory.path}:${process.env.PATH}`);
  vi.stubEnv('FFMPEG_BIN', chosen);
  expect(await findTool('ffmpeg')).toEqual({ found: true, path: chosen, version: '9.9-mine' });
});

test('a wrong choice is not mended behind your back', async () => {
  vi.stubEnv('FFMPEG_BIN', '/no/such/ffmpeg');
  const status = await findTool('ffmpeg');
  expect(status).toEqual({ found: false, reason: expect.stringContaining('/no/such/ffmpeg'), fix: 'unset FFMPEG_BIN' });
});

test('what is missing comes with the command that mends it', async () => {
  vi.stubEnv('PATH', directory.path);
  vi.stubEnv('PLUGFEST_SIPP', '');
  await program('apt-get', '');
  const status = await findTool('sipp');
  expect(status).toMatchObject({ found: false, reason: 'no sipp in PATH' });
  expect(status.found || status.fix).toMatch(/apt-get install -y sip-tester$/);
});

test('a program that does not run is passed over, and said so', async () => {
  // As Ubuntu's chromium-browser without snap.
  await program('chromium-browser', "echo 'requires the chromium snap to be installed' >&2; exit 1");
  vi.stubEnv('PATH', `${directory.path}:/usr/bin/none:/bin/none`);
  vi.stubEnv('PLUGFEST_CHROMIUM', '');
  vi.stubEnv('HOME', directory.path);
  vi.stubEnv('PLUGFEST_CACHE', directory.path);
  vi.stubEnv('PATH', `${directory.path}`);
  const status = await findTool('chromium');
  expect(status.found || status.reason).toContain('requires the chromium snap');
});
