import { existsSync, readFileSync } from 'node:fs';
import type { Measured, VideoFrame } from '@plugfest/model';
import { describe, expect, test } from 'vitest';
import { PictureInspection } from './picture-inspection.ts';
import { readY4m } from './y4m-fixture.ts';

const SITI = new URL('../../../../../shared/data/siti/', import.meta.url);
const hasSiti = existsSync(SITI);
if (!hasSiti) console.log(`no ${SITI.pathname}: SI/TI are not held against VQEG's values`);

/** A bar at `position` on grey; black altogether where there is no position. */
function picture(position: number | undefined, ptsMs: number): VideoFrame {
  const [width, height] = [64, 48];
  const data = new Uint8Array((width * height * 3) / 2).fill(position === undefined ? 16 : 120, 0, width * height);
  data.fill(128, width * height);
  if (position !== undefined)
    for (let y = 0; y < height; y++) data.fill(220, y * width + position, y * width + position + 4);
  return { width, height, data, ptsUs: ptsMs * 1000 };
}

function inspect(frames: readonly VideoFrame[]): ReturnType<PictureInspection['summary']> {
  const inspection = new PictureInspection();
  for (const frame of frames) inspection.push(frame);
  return inspection.summary();
}

function numberOf(measured: Measured): number {
  if ('notMeasured' in measured) throw new Error(measured.notMeasured);
  return measured.value;
}

describe('PictureInspection', () => {
  test.skipIf(!hasSiti)("gives VQEG's SI and TI of foreman", () => {
    const known = JSON.parse(readFileSync(new URL('foreman_cif-legacy.json', SITI), 'utf8')) as {
      si: number[];
      ti: number[];
    };
    const inspection = new PictureInspection();
    const scores = readY4m(new URL('foreman_cif.y4m', SITI).pathname).map((frame) => inspection.push(frame));
    expect(scores).toHaveLength(known.si.length);
    for (const [i, si] of known.si.entries()) expect((scores[i]?.si as number) / si).toBeCloseTo(1, 6);
    for (const [i, ti] of known.ti.entries()) expect((scores[i + 1]?.ti as number) / ti).toBeCloseTo(1, 6);
    const { values } = inspection.summary();
    expect(numberOf(values.siMax)).toBeCloseTo(Math.max(...known.si), 4);
    expect(numberOf(values.tiMax)).toBeCloseTo(Math.max(...known.ti), 4);
  });

  test('counts what is shown, not what is delivered', () => {
    // Pictures 60 to 89 stand still.
    const position = (n: number): number => (n >= 60 && n < 90 ? 60 % 40 : n % 40);
    const frames = Array.from({ length: 120 }, (_, n) => picture(position(n), n * 40));
    const { values, freezesByContent, freezesByGap } = inspect(frames);
    expect(numberOf(values.deliveredFrameRate)).toBeCloseTo(25, 6);
    expect(freezesByGap).toEqual([]);
    expect(freezesByContent).toHaveLength(1);
    expect(freezesByContent[0]?.durationMs).toBeCloseTo(1200, 0);
    expect(numberOf(values.frozenMs)).toBeCloseTo(1200, 0);
  });

  test('is even where pictures come evenly, and says how uneven they are elsewhere', () => {
    const even = inspect(Array.from({ length: 60 }, (_, n) => picture(n % 40, n * 40)));
    const uneven = inspect(Array.from({ length: 60 }, (_, n) => picture(n % 40, n * 40 + (n % 2) * 20)));
    expect(numberOf(even.values.frameRateEvenness)).toBeCloseTo(1, 9);
    expect(numberOf(even.values.judderMs)).toBeCloseTo(0, 9);
    expect(numberOf(uneven.values.judderMs)).toBeCloseTo(40, 6);
    expect(numberOf(uneven.values.frameRateEvenness)).toBeCloseTo(0.8, 2);
  });

  test('finds the share of black pictures', () => {
    const { values } = inspect(Array.from({ length: 40 }, (_, n) => picture(n < 10 ? undefined : n, n * 40)));
    expect(numberOf(values.blackRatio)).toBeCloseTo(0.25, 9);
  });

  test('has no numbers where there are no pictures', () => {
    for (const measured of Object.values(inspect([]).values)) expect(measured).toHaveProperty('notMeasured');
  });
});
