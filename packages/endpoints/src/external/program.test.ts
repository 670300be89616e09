import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { NotSupported } from '../not-supported.ts';
import { Program, proveItSaysUnsupported, readResult } from './program.ts';

const directory = mkdtempSync(join(tmpdir(), 'plugfest-program-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const log = join(directory, 'program.log');
const sh = (script: string) => ({ form: 'command' as const, command: ['sh', '-c', script] });

/** A container runtime of two lines: what it is given is written down, and run here. */
function runtime(script: string): string {
  const path = join(directory, `runtime-${Math.random().toString(36).slice(2)}`);
  writeFileSync(
    path,
    `#!/bin/sh\nif [ "$1" = --version ]; then echo "fake version 1.0, build x"; exit; fi\n${script}\n`,
  );
  chmodSync(path, 0o755);
  return path;
}

describe('a program of others', () => {
  test('that ends with 127 for a name that nobody knows keeps the contract', async () => {
    await proveItSaysUnsupported(sh('case $PLUGFEST_SCENARIO in clean) exit 0;; esac; exit 127'), directory, {}, log);
  });

  test.each([
    ['exit 0', /ended with exit code 0/],
    ['echo no such thing >&2; exit 1', /ended with exit code 1: no such thing/],
    ['kill -9 $$', /ended with SIGKILL/],
  ])('that does otherwise (%s) is refused, and why', async (script, why) => {
    const proof = proveItSaysUnsupported(sh(script), directory, {}, log);
    await expect(proof).rejects.toThrow(why);
    await expect(proof).rejects.toBeInstanceOf(NotSupported);
  });

  test('that is not there is no fault of the harness', async () => {
    const proof = proveItSaysUnsupported({ form: 'command', command: ['/no/such/program'] }, directory, {}, log);
    await expect(proof).rejects.toBeInstanceOf(NotSupported);
  });

  test('answers what it is asked; what else it says goes to the log', async () => {
    const script =
      'while read line; do case $line in hold) echo hello; echo ok;; resume) echo unsupported;; *) echo failed: no;; esac; done';
    await using program = await Program.start(sh(script), directory, {}, log);
    await program.ask('hold');
    await expect(program.ask('resume')).rejects.toBeInstanceOf(NotSupported);
    await expect(program.ask('keys 1')).rejects.toThrow('failed: no');
    program.tell('x');
    await expect.poll(() => readFileSync(log, 'utf8')).toContain('hello');
  });

  test('is not waited for when it has ended', async () => {
    await using program = await Program.start(sh('exit 0'), directory, {}, log);
    await expect(program.ask('hold')).rejects.toThrow('it ended');
  });

  test('leaves a result, or none that can be used', () => {
    const result = join(directory, 'result.json');
    expect(readResult(directory)).toBeUndefined();
    for (const bad of ['', '[]', '{"outcome":"splendid"}', `{"outcome":"ok","reason":"${'x'.repeat(70_000)}"}`]) {
      writeFileSync(result, bad);
      expect(readResult(directory)).toBeUndefined();
    }
    writeFileSync(result, '{"outcome":"ok","software":"A 1"}');
    expect(readResult(directory)).toEqual({ outcome: 'ok', software: 'A 1' });
  });
});

describe('a container', () => {
  const image = { form: 'container' as const, image: 'acme/room:3', environment: ['ACME_KEY'] };

  test('is run with the directory mounted, its paths inside of it, and the same contract', async () => {
    process.env.CONTAINER_BIN = runtime(`echo "$@" >> ${log}; exit 127`);
    await proveItSaysUnsupported(image, directory, { PLUGFEST_CAMERA: join(directory, 'camera') }, log);
    const said = readFileSync(log, 'utf8');
    expect(said).toMatch(/run --rm --interactive --init --network host --name plugfest-[0-9a-f]{12}/);
    expect(said).toContain(`--volume ${directory}:/plugfest`);
    expect(said).toContain('--env ACME_KEY --env PLUGFEST_CAMERA=/plugfest/camera --env PLUGFEST_SCENARIO=unknown-');
    expect(said).toMatch(/rm --force plugfest-[0-9a-f]{12}/);
  });
});
