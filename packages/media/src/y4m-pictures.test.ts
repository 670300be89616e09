import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findTool } from '@plugfest/host';
import { afterAll, describe, expect, test } from 'vitest';
import { readPictures } from './file-pictures.ts';
import type { ReadFaults } from './media-file.ts';
import { readY4mHeader } from './y4m-pictures.ts';

const ffmpeg = await findTool('ffmpeg');
const directory = mkdtempSync(join(tmpdir(), 'plugfest-y4m-'));
const path = join(directory, 'pictures.y4m');
afterAll(() => rmSync(directory, { recursive: true }));

const PICTURE = 4 * 2 + 2 * 2 * 1;

function write(header: string, lines: readonly string[]): void {
  const pictures = lines.flatMap((line, n) => [Buffer.from(`${line}\n`, 'latin1'), Buffer.alloc(PICTURE, n + 1)]);
  writeFileSync(path, Buffer.concat([Buffer.from(`${header}\n`, 'latin1'), ...pictures]));
}

function read(): { readonly pictures: number[]; readonly timesUs: number[]; readonly faults: ReadFaults } {
  const faults = { damaged: 0, endedEarly: false };
  const [pictures, timesUs]: [number[], number[]] = [[], []];
  for (const { data, ptsUs } of readPictures(path, { faults })) {
    expect(data.every((byte) => byte === data[0])).toBe(true);
    expect(data).toHaveLength(PICTURE);
    pictures.push(data[0] as number);
    timesUs.push(ptsUs);
  }
  return { pictures, timesUs, faults };
}

describe('Y4M', () => {
  test('has its size, times and range by the first line', () => {
    write('YUV4MPEG2 W4 H2 F30000:1001 Ip A1:1 C420jpeg XYSCSS=420JPEG XCOLORRANGE=FULL', ['FRAME', 'FRAME']);
    expect(readY4mHeader(path)).toMatchObject({ width: 4, height: 2, range: 'full' });
    expect(read().timesUs[1]).toBeCloseTo(33_366.667, 2);
  });

  test('pictures may have parameters of their own', () => {
    write('YUV4MPEG2 W4 H2 F25:1', ['FRAME', 'FRAME Ixyz', `FRAME ${'X'.repeat(500)}`, 'FRAME']);
    expect(read()).toEqual({
      pictures: [1, 2, 3, 4],
      timesUs: [0, 40_000, 80_000, 120_000],
      faults: { damaged: 0, endedEarly: false },
    });
  });

  test('cut at any byte: the whole pictures, and that the end is missing', () => {
    for (let cut = 1; cut <= 2 * (PICTURE + 6); cut++) {
      write('YUV4MPEG2 W4 H2 F25:1', ['FRAME', 'FRAME', 'FRAME']);
      truncateSync(path, 22 + 3 * (PICTURE + 6) - cut);
      const whole = Math.floor((3 * (PICTURE + 6) - cut) / (PICTURE + 6));
      const { pictures, faults } = read();
      expect(pictures).toHaveLength(whole);
      expect(faults.endedEarly).toBe(cut % (PICTURE + 6) !== 0);
    }
  });

  test('a picture that does not begin as one ends it', () => {
    write('YUV4MPEG2 W4 H2 F25:1', ['FRAME', 'FRUME', 'FRAME']);
    expect(read()).toMatchObject({ pictures: [1], faults: { endedEarly: true } });
  });

  test.each([
    'YUV4MPEG2 W4 H2 F25:1 C444',
    'YUV4MPEG2 W4 H2 F25:1 C420p10',
    'YUV4MPEG2 W4 H2 F25:1 Cmono',
    'YUV4MPEG2 W0 H2 F25:1',
    'YUV4MPEG2 W4 H-2 F25:1',
    'YUV4MPEG2 W99999 H2 F25:1',
    'YUV4MPEG2 W4 H2 F0:0',
    'YUV4MPEG2 W4 H2 F25',
    'YUV4MPEG2 W4 F25:1',
    'YUV4MPEG1 W4 H2 F25:1',
  ])('leaves %s to FFmpeg', (header) => {
    write(header, []);
    expect(readY4mHeader(path)).toBeUndefined();
  });

  test.skipIf(!ffmpeg.found)('has the bytes that FFmpeg reads, of odd sides too', () => {
    if (!ffmpeg.found) return;
    const make = ['-v', 'error', '-y', '-f', 'lavfi', '-i', 'testsrc2=s=64x48:r=10', '-frames:v', '5'];
    const filters = ['-vf', 'crop=63:47:0:0:exact=1', '-pix_fmt', 'yuv420p'];
    execFileSync(ffmpeg.path, [...make, ...filters, path]);
    const raw = execFileSync(ffmpeg.path, ['-v', 'error', '-i', path, '-f', 'rawvideo', '-'], { maxBuffer: 2 ** 24 });
    let at = 0;
    for (const { data } of readPictures(path)) {
      expect(Buffer.compare(data, raw.subarray(at, at + data.length))).toBe(0);
      at += data.length;
    }
    expect(at).toBe(raw.length);
  });
});
