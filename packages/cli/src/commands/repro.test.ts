import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findTool } from '@plugfest/host';
import { EXIT } from '@plugfest/model';
import { afterAll, describe, expect, test } from 'vitest';
import { startCli } from '../cli-fixture.ts';

const place = mkdtempSync(join(tmpdir(), 'plugfest-repro-'));
afterAll(() => rmSync(place, { recursive: true, force: true }));

async function plugfest(...args: string[]) {
  const cli = startCli(args);
  const { code } = await cli.exited;
  return { code, stdout: cli.stdout(), stderr: cli.stderr() };
}

/** A run that was refused by a federation rule: real signalling, no media. */
const tools = await Promise.all((['sipp', 'ffmpeg', 'espeak-ng'] as const).map(findTool));
const missing = tools.flatMap((tool) => (tool.found ? [] : [tool.reason]));

describe.skipIf(missing.length > 0)(`a run as a bundle ${missing.join(', ')}`, () => {
  test('is packed, unpacked, run again from it, and differs in nothing that matters', { timeout: 60_000 }, async () => {
    const reports = join(place, 'reports');
    const first = await plugfest('run', 'federation/provider-disabled', '--reports', reports, '--json');
    const [run] = (JSON.parse(first.stdout) as { runs: { reportDir: string; verdict: string }[] }).runs;
    expect(run?.verdict).toBe('pass');
    const file = join(place, 'run.plugfest.tgz');
    const packed = await plugfest('bundle', run?.reportDir ?? '', '--output', file, '--redact');
    expect(packed).toMatchObject({ code: EXIT.pass });
    expect(packed.stdout).toContain('left out: keys of encrypted media');
    const unpacked = await plugfest('unpack', file, join(place, 'unpacked'));
    expect(unpacked.stdout).toContain('every digest is right');
    const again = await plugfest('repro', file, '--json', '--reports', reports);
    expect(again.code).toBe(EXIT.pass);
    const { runs } = JSON.parse(again.stdout) as { runs: { reproduced: boolean; reportDir: string }[] };
    expect(runs.map(({ reproduced }) => reproduced)).toEqual([true]);
    const same = await plugfest('diff', file, runs[0]?.reportDir ?? '', '--json');
    expect(JSON.parse(same.stdout)).toEqual([]);
    expect(same.code).toBe(EXIT.pass);
  });

  test('a file that is none is refused, and nothing is written', async () => {
    const path = join(place, 'none.tgz');
    writeFileSync(path, 'hello');
    mkdirSync(join(place, 'empty'), { recursive: true });
    const refused = await plugfest('unpack', path, join(place, 'empty', 'out'));
    expect(refused).toMatchObject({ code: EXIT.badUse });
    expect(refused.stderr).toContain('is no bundle');
    expect((await plugfest('repro', join(place, 'absent'))).code).toBe(EXIT.badUse);
  });
});
