import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startCli } from '../cli-fixture.ts';

const directory = mkdtempSync(join(tmpdir(), 'measure-'));
const at = (name: string): string => join(directory, name);
afterAll(() => rmSync(directory, { recursive: true }));

const [WIDTH, HEIGHT, FRAMES] = [192, 176, 6];

/** A ramp that moves, with so much noise. */
function y4m(noise: number): Buffer {
  let state = 1;
  const frames = Array.from({ length: FRAMES }, (_, n) => {
    const picture = Buffer.alloc((WIDTH * HEIGHT * 3) / 2, 128);
    for (let i = 0; i < WIDTH * HEIGHT; i++) {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
      picture[i] = 40 + (((i % WIDTH) + 5 * n) % 160) + ((state >> 16) % (2 * noise + 1)) - noise;
    }
    return Buffer.concat([Buffer.from('FRAME\n'), picture]);
  });
  return Buffer.concat([Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F30:1 Ip A1:1 C420jpeg\n`), ...frames]);
}

function wav(gain: number): Buffer {
  const samples = Int16Array.from(
    { length: 48_000 },
    (_, n) => gain * 8000 * Math.sin(n / 20) * Math.abs(Math.sin(n / 4000)),
  );
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + samples.byteLength, 4);
  head.write('WAVEfmt ', 8);
  for (const [value, size, place] of [
    [16, 4, 16],
    [1, 2, 20],
    [1, 2, 22],
    [48_000, 4, 24],
    [96_000, 4, 28],
    [2, 2, 32],
    [16, 2, 34],
    [samples.byteLength, 4, 40],
  ] as const)
    head.writeUIntLE(value, place, size);
  head.write('data', 36);
  return Buffer.concat([head, Buffer.from(samples.buffer)]);
}

beforeAll(() => {
  writeFileSync(at('sent.y4m'), y4m(0));
  writeFileSync(at('got.y4m'), y4m(6));
  writeFileSync(at('short.y4m'), y4m(6).subarray(0, 120_000));
  writeFileSync(at('sent.wav'), wav(1));
  writeFileSync(at('got.wav'), wav(0.5));
  writeFileSync(at('text.mkv'), 'no film\n');
});

async function run(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const cli = startCli(['measure', ...args]);
  const { code } = await cli.exited;
  return { code, out: cli.stdout(), err: cli.stderr() };
}

describe('measure', { timeout: 30_000 }, () => {
  test('prints video, audio and findings of a pair as JSON', async () => {
    const { code, out } = await run('--reference', at('sent.y4m'), '--capture', at('got.y4m'), '--json');
    const { video, audio, findings, ...rest } = JSON.parse(out);
    expect([code, findings, rest]).toEqual([0, [], {}]);
    // Uniform noise of ±6: a mean square of 14.
    expect(video.psnrY.value).toBeCloseTo(10 * Math.log10(255 ** 2 / 14), 1);
    for (const value of [...Object.values(video), ...Object.values(audio)] as Record<string, unknown>[])
      expect(Object.keys(value).sort().join()).toMatch(/^(high,low,method,n,unit,value|notMeasured)$/);
  });

  test('measures sound', async () => {
    const { code, out } = await run('--reference', at('sent.wav'), '--capture', at('got.wav'), '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out).audio.levelDifferenceDb.value).toBeCloseTo(-6.02, 1);
  });

  test('prints rows, and writes the page and the series', async () => {
    const outputs = ['--csv', '--html', at('page'), '--series', at('series.csv')];
    const { code, out } = await run('--reference', at('sent.y4m'), '--capture', at('got.y4m'), ...outputs);
    expect(code).toBe(0);
    expect(out).toMatch(/^medium,name,value,unit,n,low,high,method,notMeasured\nvideo,psnrY,36\.\d+,dB,6,/);
    expect(readFileSync(at('page/index.html'), 'utf8')).toContain('got.y4m against sent.y4m');
    expect(readFileSync(at('series.csv'), 'utf8').trim().split('\n')).toHaveLength(1 + FRAMES);
    await run('--capture', at('got.y4m'), '--series', at('series.json'));
    expect(JSON.parse(readFileSync(at('series.json'), 'utf8'))).toHaveLength(FRAMES);
  });

  test('exits with 1 where the file is damaged, and still has numbers', async () => {
    const { code, out } = await run('--reference', at('sent.y4m'), '--capture', at('short.y4m'), '--json');
    const { video, findings } = JSON.parse(out);
    expect(code).toBe(1);
    expect(findings).toContainEqual(expect.objectContaining({ level: 'fault', code: 'file-cut-short' }));
    expect(video.psnrY.n).toBe(2);
  });

  test.each(['text.mkv', 'missing.mkv'])('exits with 2 where there is nothing to measure: %s', async (name) => {
    const { code, out, err } = await run('--capture', at(name), '--json', '--html', at('none.html'));
    expect([code, JSON.parse(out).findings[0].level]).toEqual([2, 'error']);
    expect(err).not.toMatch(/\bat .*\.ts:\d/);
    expect(existsSync(at('none.html'))).toBe(true);
  });

  test.each([
    [['--reference', 'a.wav'], /--capture/],
    [['reports/latest', '--capture', 'a.wav'], /not both/],
    [['--capture', 'a.wav', '--json', '--csv'], /not both/],
    [[], /--capture/],
  ])('says what is wrong with %j', async (args, message) => {
    const { code, out, err } = await run(...args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(message);
  });

  test('shows examples', async () => {
    const { code, out } = await run('--help');
    expect(code).toBe(0);
    expect(out).toMatch(/\$ \.\/plugfest measure --reference .* --capture/);
  });
});
