import { type Rect, seededRandom } from '@plugfest/model';
import { describe, expect, test } from 'vitest';
import type { LumaPlane } from './luma-plane.ts';
import { activeRectOf } from './picture-bars.ts';
import { fullMap, type PictureMap, PictureWarp } from './picture-map.ts';
import { isElsewhere, registerPictures } from './picture-registration.ts';

const SIZE = { width: 320, height: 180 };

interface Blob {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly height: number;
}

/** Smooth hills, known between samples too. */
function hills(seed: number): (x: number, y: number) => number {
  const random = seededRandom(seed).fork('hills');
  const blobs = Array.from({ length: 90 }, (): Blob => {
    const [x, y] = [random.next() * SIZE.width, random.next() * SIZE.height];
    return { x, y, radius: 3 + 20 * random.next(), height: 120 * (random.next() - 0.5) };
  });
  return (x, y) =>
    blobs.reduce((sum, blob) => {
      const d = ((x - blob.x) ** 2 + (y - blob.y) ** 2) / blob.radius ** 2;
      return d < 12 ? sum + blob.height * Math.exp(-d / 2) : sum;
    }, 128);
}

/** What a capture of that size shows where `at` says which place of the scene each of its samples is; undefined: black. */
function film(
  scene: (x: number, y: number) => number,
  size: { readonly width: number; readonly height: number },
  at: (x: number, y: number) => readonly [number, number] | undefined = (x, y) => [x, y],
): LumaPlane {
  const random = seededRandom(3).fork('noise');
  const data = new Uint8Array(size.width * size.height);
  for (let y = 0; y < size.height; y++)
    for (let x = 0; x < size.width; x++) {
      const place = at(x, y);
      const value = place ? scene(...place) + 2 * (random.next() - 0.5) : 16;
      data[y * size.width + x] = Math.max(0, Math.min(255, Math.round(value)));
    }
  return { data, offset: 0, stride: size.width, ...size };
}

const whole = ({ width, height }: LumaPlane): Rect => ({ x: 0, y: 0, width, height });
const scenes = [1, 2].map(hills);

function register(
  size: { readonly width: number; readonly height: number },
  at: (x: number, y: number) => readonly [number, number] | undefined,
  change: (value: number) => number = (value) => value,
) {
  const pairs = scenes.map((scene) => ({
    reference: film(scene, SIZE),
    captured: film((x, y) => change(scene(x, y)), size, at),
  }));
  const [first] = pairs as [(typeof pairs)[0]];
  const picture = { ...size, data: first.captured.data, ptsUs: 0 };
  const active = { reference: whole(first.reference), captured: activeRectOf(picture) ?? whole(first.captured) };
  const found = registerPictures(pairs, active);
  if (!found) throw new Error('nothing was registered');
  return { ...found, isElsewhere: isElsewhere(found, SIZE, size) };
}

/** Where the map puts a place of the reference, against where it is. */
function worst(map: PictureMap, truth: (x: number, y: number) => readonly [number, number]): number {
  const corners = [0, SIZE.width - 1].flatMap((x) => [0, SIZE.height - 1].map((y) => [x, y] as const));
  return Math.max(
    ...corners.flatMap(([x, y]) => {
      const [u, v] = truth(x, y);
      return [
        Math.abs(map.across.scale * x + map.across.offset - u),
        Math.abs(map.down.scale * y + map.down.offset - v),
      ];
    }),
  );
}

describe('registerPictures', () => {
  test.each([
    [0.5, 0],
    [-0.3, 0.7],
    [2.25, -1.4],
    [-6, 5],
  ])('finds a shift of %s, %s samples to a sixth of one', (dx, dy) => {
    const found = register(SIZE, (x, y) => [x + dx, y + dy]);
    expect(found.isElsewhere).toBe(true);
    expect(worst(found.map, (x, y) => [x - dx, y - dy])).toBeLessThan(0.15);
  });

  test('leaves a picture alone that is where it belongs, at any gain', () => {
    expect(register(SIZE, (x, y) => [x, y]).isElsewhere).toBe(false);
    expect(
      register(
        SIZE,
        (x, y) => [x, y],
        (value) => 16 + (value * 219) / 255,
      ).isElsewhere,
    ).toBe(false);
    // Half the size, all of it.
    expect(register({ width: 160, height: 90 }, (x, y) => [2 * x + 0.5, 2 * y + 0.5]).isElsewhere).toBe(false);
  });

  test('finds what was cut off', () => {
    const share = 0.8;
    const found = register(SIZE, (x, y) => [x * share + 20, y * share + 11]);
    expect(found.isElsewhere).toBe(true);
    expect(worst(found.map, (x, y) => [(x - 20) / share, (y - 11) / share])).toBeLessThan(0.1);
  });

  test('finds a mirrored picture', () => {
    const found = register(SIZE, (x, y) => [SIZE.width - 1 - x, y]);
    expect(found).toMatchObject({ isMirrored: true, isElsewhere: true });
    expect(worst(found.map, (x, y) => [SIZE.width - 1 - x, y])).toBeLessThan(0.05);
  });

  test('finds a picture between bars, mirrored too', () => {
    const size = { width: 320, height: 240 };
    for (const isMirrored of [false, true]) {
      const found = register(size, (x, y) =>
        y < 30 || y >= 210 ? undefined : [isMirrored ? SIZE.width - 1 - x : x, y - 30],
      );
      expect(found).toMatchObject({ isMirrored, isElsewhere: true });
      const truth = (x: number, y: number) => [isMirrored ? SIZE.width - 1 - x : x, y + 30] as const;
      expect(worst(found.map, truth)).toBeLessThan(0.05);
    }
  });

  test('finds no place for another picture', () => {
    const other = hills(7);
    const pairs = scenes.map((scene) => ({ reference: film(scene, SIZE), captured: film(other, SIZE) }));
    const [first] = pairs as [(typeof pairs)[0]];
    const found = registerPictures(pairs, { reference: whole(first.reference), captured: whole(first.captured) });
    expect(found && isElsewhere(found, SIZE, SIZE)).toBe(false);
  });
});

describe('PictureWarp', () => {
  test('brings a captured picture back', () => {
    const scene = scenes[0] as (x: number, y: number) => number;
    const size = { width: 320, height: 240 };
    const sent = film(scene, SIZE);
    const got = film(scene, size, (x, y) => (y < 30 || y >= 210 ? undefined : [SIZE.width - 1 - x, y - 30]));
    const data = new Uint8Array((size.width * size.height * 3) / 2).fill(99);
    data.set(got.data);
    const map = { across: { scale: -1, offset: 319 }, down: { scale: 1, offset: 30 } };
    const back = new PictureWarp(map, SIZE, size).apply(data);
    expect(back).toHaveLength((SIZE.width * SIZE.height * 3) / 2);
    const worstOf = sent.data.reduce((most, value, i) => Math.max(most, Math.abs(value - (back[i] as number))), 0);
    // The noise of both.
    expect(worstOf).toBeLessThanOrEqual(3);
    expect(back.subarray(sent.data.length).every((value) => value === 99)).toBe(true);
    const plain = new PictureWarp(fullMap(SIZE, SIZE), SIZE, SIZE);
    expect(plain.apply(data.slice(0, (SIZE.width * SIZE.height * 3) / 2)).subarray(0, 999)).toEqual(
      data.subarray(0, 999),
    );
  });
});
