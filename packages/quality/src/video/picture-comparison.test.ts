import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findTool } from '@plugfest/host';
import { scaleFrame } from '@plugfest/media';
import type { Measured, VideoFrame } from '@plugfest/model';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileKernels } from '../../kernels/compile.ts';
import { filterLog } from './filter-fixture.ts';
import { PictureComparison } from './picture-comparison.ts';
import { scene, writeY4m } from './y4m-fixture.ts';

const ffmpeg = await findTool('ffmpeg');
if (!ffmpeg.found) console.log(`${ffmpeg.reason}: PSNR and SSIM are not held against ffmpeg's`);
const SIZES = [
  [352, 288],
  [638, 354],
  [1280, 720],
  [2560, 1440],
] as const;
const directory = mkdtempSync(join(tmpdir(), 'picture-comparison-'));
afterAll(() => rmSync(directory, { recursive: true }));

function numberOf(measured: Measured): number {
  if ('notMeasured' in measured) throw new Error(measured.notMeasured);
  return measured.value;
}

function column(log: string, pattern: RegExp): number[] {
  return [...log.matchAll(pattern)].map(([, value]) => Number(value));
}

describe.each(SIZES)('PictureComparison of %d×%d', (width, height) => {
  const frames = Array.from({ length: 4 }, (_, n) => n);
  const [reference, captured] = [0, 9].map((noise) => frames.map((n) => scene(width, height, n, noise))) as [
    VideoFrame[],
    VideoFrame[],
  ];
  const files = ['reference', 'captured'].map((name) => join(directory, `${name}-${width}.y4m`)) as [string, string];
  beforeAll(() => {
    writeY4m(files[0], reference, 30);
    writeY4m(files[1], captured, 30);
  });
  const scores = (metrics: ConstructorParameters<typeof PictureComparison>[0]) => {
    const comparison = new PictureComparison(metrics);
    const each = frames.map((n) => comparison.push(reference[n] as VideoFrame, captured[n] as VideoFrame));
    return { each, ...comparison.summary() };
  };

  test.skipIf(!ffmpeg.found)("has PSNR and SSIM of ffmpeg's filters", () => {
    const logs = { psnr: join(directory, 'psnr.log'), ssim: join(directory, 'ssim.log') };
    const graph = `[0:v][1:v]ssim=f=${logs.ssim};[0:v][1:v]psnr=f=${logs.psnr}`;
    const args = ['-v', 'error', '-i', files[1], '-i', files[0], '-lavfi', graph, '-f', 'null', '-'];
    execFileSync(ffmpeg.found ? ffmpeg.path : '', args);
    const squaredErrors = column(readFileSync(logs.psnr, 'utf8'), /mse_y:(\S+)/g);
    const ssims = column(readFileSync(logs.ssim, 'utf8'), / Y:(\S+)/g);
    const { each, values } = scores({ metrics: ['psnrY', 'ssimY'] });
    expect(squaredErrors).toHaveLength(frames.length);
    for (const n of frames) {
      expect(10 ** (-(each[n]?.psnrY as number) / 10) * 255 ** 2).toBeCloseTo(squaredErrors[n] as number, 1);
      expect(each[n]?.ssimY).toBeCloseTo(ssims[n] as number, 5);
    }
    expect(numberOf(values.ssimY)).toBeCloseTo(ssims.reduce((a, b) => a + b, 0) / frames.length, 5);
  });

  test.each([30, 60])("has XPSNR of FFmpeg's filter at %d frames/s", (rate) => {
    writeY4m(files[0], reference, rate);
    writeY4m(files[1], captured, rate);
    const known = column(filterLog('xpsnr', files, join(directory, 'xpsnr.log')), /XPSNR y: (\S+)/g);
    const mean = column(readFileSync(join(directory, 'xpsnr.log'), 'utf8'), /frames +y: (\S+)/g);
    const { each, values } = scores({ metrics: ['xpsnrY'], frameRate: rate });
    expect(each.map(({ xpsnrY }) => (xpsnrY as number).toFixed(4))).toEqual(known.map((value) => value.toFixed(4)));
    expect(numberOf(values.xpsnrY).toFixed(4)).toBe((mean[0] as number).toFixed(4));
  });

  test("has PSNR of FFmpeg's filter over all frames", () => {
    filterLog('psnr', files, join(directory, 'psnr-av.log'));
    const errors = column(readFileSync(join(directory, 'psnr-av.log'), 'utf8'), /mse_y:(\S+)/g);
    const mean = errors.reduce((a, b) => a + b, 0) / errors.length;
    expect(numberOf(scores({ metrics: ['psnrY'] }).values.psnrY)).toBeCloseTo(10 * Math.log10(255 ** 2 / mean), 3);
  });
});

describe('PictureComparison', () => {
  const [width, height] = [352, 288];
  const plain = scene(width, height, 0, 0);

  test('gives equal pictures the best of each', () => {
    const { frame, ptsUs, ...scores } = new PictureComparison().push(plain, plain);
    expect([frame, ptsUs]).toEqual([0, plain.ptsUs]);
    expect(scores.psnrY).toBe(100);
    expect(scores.xpsnrY).toBe(100);
    for (const name of ['ssimY', 'msSsimY', 'vifY'] as const) expect(scores[name]).toBeCloseTo(1, 5);
  });

  // VIF (vif, debug) and MS-SSIM (float_ms_ssim) by libvmaf 2.3.0 in FFmpeg 7.0.2 of these pictures.
  test.each([
    [352, 288, 3, 0.794804, 0.996533],
    [352, 288, 25, 0.272144, 0.88021],
    [638, 354, 9, 0.5179, 0.9721],
    [1280, 720, 3, 0.758838, 0.993999],
    [1280, 720, 9, 0.471393, 0.959837],
  ])('has VIF and MS-SSIM of libvmaf: %d×%d, noise %d', (w, h, noise, vif, msSsim) => {
    const scores = new PictureComparison({ metrics: ['vifY', 'msSsimY'] }).push(
      scene(w, h, 0, 0),
      scene(w, h, 0, noise),
    );
    expect(Math.abs((scores.vifY as number) - vif)).toBeLessThan(2e-4);
    expect(Math.abs((scores.msSsimY as number) - msSsim)).toBeLessThan(1e-4);
  });

  test('says why there is no number', () => {
    const small = new PictureComparison({ metrics: ['psnrY', 'vifY'] });
    small.push(scene(64, 48, 0, 0), scene(64, 48, 0, 5));
    const { values } = small.summary();
    expect(values.vifY).toEqual({ notMeasured: expect.stringContaining('too small') });
    expect(values.ssimY).toEqual({ notMeasured: 'ssimY was not asked for' });
    expect(numberOf(values.psnrY)).toBeGreaterThan(20);
    expect(new PictureComparison().summary().values.psnrY).toEqual({ notMeasured: 'no pictures were compared' });
  });

  test('scales the captured picture to the reference, or the other way', () => {
    const half = scene(width / 2, height / 2, 0, 0);
    const [atReference, atCaptured] = (['reference', 'captured'] as const).map((resolution) =>
      new PictureComparison({ resolution }).push(plain, half),
    );
    const { psnrY: larger } = new PictureComparison().push(plain, scaleFrame(half, width, height));
    const { psnrY: smaller } = new PictureComparison().push(scaleFrame(plain, width / 2, height / 2), half);
    expect(larger).not.toBe(smaller);
    expect([atReference?.psnrY, atCaptured?.psnrY]).toEqual([larger, smaller]);
  });

  test('gives an interval that holds the value, and each metric its method', () => {
    const comparison = new PictureComparison();
    for (let n = 0; n < 30; n++) comparison.push(scene(width, height, n, 0), scene(width, height, n, 1 + (n % 7)));
    for (const measured of Object.values(comparison.summary().values)) {
      if ('notMeasured' in measured) throw new Error(measured.notMeasured);
      expect(measured.low).toBeLessThan(measured.value);
      expect(measured.high).toBeGreaterThan(measured.value);
      expect(measured.n).toBe(30);
      expect(measured.method).not.toBe('');
    }
  });

  test('runs the kernels that are in the sources', { timeout: 60_000 }, async () => {
    const committed = new URL('picture-kernels.wasm', import.meta.url);
    expect(existsSync(committed)).toBe(true);
    expect(Buffer.from(await compileKernels()).equals(readFileSync(committed))).toBe(true);
  });
});
