import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findTool } from '@plugfest/host';
import { i420Size, seededRandom, type VideoFrame } from '@plugfest/model';
import { afterAll, describe, expect, test } from 'vitest';
import { compareLuma, PSNR_CAP_DB } from './luma-comparison.ts';
import { lumaOf, meanLumaOf } from './luma-plane.ts';

const ffmpeg = await findTool('ffmpeg');
const directory = mkdtempSync(join(tmpdir(), 'plugfest-luma-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** Texture, edges and, where `noise` > 0, disturbance. */
function picture(width: number, height: number, noise: number, seed = 1): VideoFrame {
  const random = seededRandom(seed);
  const data = new Uint8Array(i420Size(width, height)).fill(128);
  for (let i = 0; i < width * height; i++) {
    const [x, y] = [i % width, Math.floor(i / width)];
    const texture = 110 + 60 * Math.sin(x / 5) * Math.cos(y / 9) + (x > width / 2 ? 40 : 0);
    data[i] = Math.max(0, Math.min(255, Math.round(texture + noise * (random.next() - 0.5))));
  }
  return { width, height, data, ptsUs: 0 };
}

/** What the named FFmpeg filters say of the luma of two pictures. */
function ffmpegSays(path: string, a: VideoFrame, b: VideoFrame): { ssim: number; psnr: number } {
  const size = `${a.width}x${a.height}`;
  const raw = (name: string): string[] => ['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', size, '-i', name];
  for (const [name, frame] of [
    ['a.yuv', a],
    ['b.yuv', b],
  ] as const)
    writeFileSync(join(directory, name), frame.data);
  const graph = '[0:v]split[p][q];[1:v]split[r][s];[p][r]ssim=stats_file=ssim.log[x];[q][s]psnr=stats_file=psnr.log[y]';
  const outputs = ['-map', '[x]', '-f', 'null', '-', '-map', '[y]', '-f', 'null', '-'];
  execFileSync(path, ['-v', 'error', ...raw('a.yuv'), ...raw('b.yuv'), '-lavfi', graph, ...outputs], {
    cwd: directory,
  });
  const read = (name: string, pattern: RegExp): number =>
    Number(pattern.exec(readFileSync(join(directory, name), 'utf8'))?.[1]);
  return { ssim: read('ssim.log', /Y:([\d.]+)/), psnr: read('psnr.log', /psnr_y:([\d.]+)/) };
}

describe('compareLuma', () => {
  test.skipIf(!ffmpeg.found).each([
    [320, 180, 6],
    [214, 122, 40],
    [640, 360, 120],
  ])('is FFmpeg’s ssim and psnr at %i×%i with noise %i', (width, height, noise) => {
    if (!ffmpeg.found) return;
    const [a, b] = [picture(width, height, 0), picture(width, height, noise)];
    const says = ffmpegSays(ffmpeg.path, a, b);
    const mine = compareLuma(lumaOf(a), lumaOf(b));
    expect(mine.ssim).toBeCloseTo(says.ssim, 4);
    expect(mine.psnrDb).toBeCloseTo(says.psnr, 1);
    expect(Math.abs(mine.psnrDb - says.psnr)).toBeLessThan(0.00501);
  });

  test('PSNR has its closed form where every sample is off by 5, also where no whole block fits', () => {
    const a = picture(34, 22, 0);
    const b = { ...a, data: a.data.map((value) => (value > 128 ? value - 5 : value + 5)) };
    expect(compareLuma(lumaOf(a), lumaOf(b)).psnrDb).toBeCloseTo(10 * Math.log10(255 ** 2 / 25), 9);
  });

  test('equal planes: SSIM 1 and the cap', () => {
    const a = lumaOf(picture(64, 48, 30));
    expect(compareLuma(a, a)).toEqual({ ssim: 1, psnrDb: PSNR_CAP_DB });
  });

  test('a tile within a picture is compared where it lies', () => {
    const tile = picture(64, 32, 0);
    const canvas = picture(200, 100, 90, 7);
    const rect = { x: 120, y: 60, width: 64, height: 32 };
    for (let y = 0; y < 32; y++) canvas.data.set(tile.data.subarray(y * 64, y * 64 + 64), (60 + y) * 200 + 120);
    expect(compareLuma(lumaOf(canvas, rect), lumaOf(tile)).ssim).toBe(1);
    expect(compareLuma(lumaOf(canvas, { ...rect, x: 118 }), lumaOf(tile)).ssim).toBeLessThan(0.95);
    expect(meanLumaOf(lumaOf(canvas, rect))).toBeCloseTo(meanLumaOf(lumaOf(tile)), 9);
  });

  test('other sizes are refused', () => {
    expect(() => compareLuma(lumaOf(picture(64, 32, 0)), lumaOf(picture(32, 64, 0)))).toThrow(RangeError);
  });
});
