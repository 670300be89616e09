import { layoutTiles, type Rect, type VideoFrame } from '@plugfest/model';
import { describe, expect, it } from 'vitest';
import { Canvas } from './canvas.ts';
import { codeStripHeight } from './code-strip.ts';
import { Compositor, type Tile } from './compositor.ts';
import { SPEAKING_COLOUR } from './compositor-art.ts';
import { solidPicture } from './i420.ts';
import { encodeJpeg, encodePng, encodeWebp } from './picture-file.ts';

const SIZE = { width: 640, height: 360 };
const grey = ({ width, height }: { width: number; height: number }, luma: number, ptsUs = 0): VideoFrame => ({
  width,
  height,
  ptsUs,
  data: solidPicture(width, height, [luma, 128, 128]),
});

function lumaIn(frame: VideoFrame, { x, y, width, height }: Rect): number[] {
  return Array.from({ length: height }, (_, row) =>
    Array.from(frame.data.subarray((y + row) * frame.width + x, (y + row) * frame.width + x + width)),
  ).flat();
}

describe.each(['single', 'equal-2x2', 'one-plus-five'] as const)('layout %s', (layout) => {
  it('fills each rect exactly with its picture, luma and chroma', () => {
    const rects = layoutTiles(layout, SIZE.width, SIZE.height);
    const picture = new Compositor(SIZE).compose(rects.map((rect, k) => ({ rect, frame: grey(rect, 60 + 20 * k, k) })));
    for (const [k, rect] of rects.entries()) expect(new Set(lumaIn(picture, rect))).toEqual(new Set([60 + 20 * k]));
    expect(new Set(picture.data.subarray(640 * 360))).toEqual(new Set([128]));
    expect(picture.ptsUs).toBe(rects.length - 1);
  });
});

it('scales a picture of another size, and leaves the background where nobody sits', () => {
  const [first, second] = layoutTiles('equal-2x2', SIZE.width, SIZE.height) as [Rect, Rect];
  const picture = new Compositor(SIZE).compose([{ rect: first, frame: grey(SIZE, 200) }]);
  expect(new Set(lumaIn(picture, first))).toEqual(new Set([200]));
  expect(Math.max(...lumaIn(picture, second))).toBeLessThan(80);
});

it('draws into an earlier picture what it would draw into a new one, also where somebody left', () => {
  const compositor = new Compositor(SIZE);
  const tiles = layoutTiles('equal-2x2', SIZE.width, SIZE.height).map((rect, k) => ({
    rect,
    frame: grey(rect, 90 + k),
  }));
  using canvas = new Canvas(SIZE);
  for (const here of [tiles, tiles.slice(0, 2), tiles.slice(0, 2), tiles.slice(1), []]) {
    compositor.draw(here, canvas);
    expect(Buffer.compare(canvas.toPacked(), new Compositor(SIZE).compose(here).data)).toBe(0);
  }
});

it('draws on a canvas what changed, and what lies over it', () => {
  const compositor = new Compositor(SIZE);
  const [first, second] = layoutTiles('equal-2x2', SIZE.width, SIZE.height) as [Rect, Rect];
  const over: Tile = { rect: { ...first, x: 200, y: 100 }, frame: grey(first, 220) };
  const tile = (rect: Rect, luma: number, more: Partial<Tile> = {}): Tile => ({
    rect,
    frame: grey(rect, luma),
    ...more,
  });
  const [left, right] = [tile(first, 80), tile(second, 120)];
  const scenes: Tile[][] = [
    [left, right],
    [left, tile(second, 130)],
    [left, { ...right, label: 'Ana' }],
    [left, { ...right, label: 'Bob' }],
    [
      { ...left, speaking: true },
      { ...right, label: 'Bob' },
    ],
    [left, { rect: second, label: 'Bob' }],
    [left, right, over],
    [tile(first, 90), right, over],
    [tile(first, 90), right],
  ];
  using canvas = new Canvas(SIZE);
  for (const scene of scenes) {
    compositor.draw(scene, canvas);
    expect(Buffer.compare(canvas.toPacked(), new Compositor(SIZE).compose(scene).data)).toBe(0);
  }
});

describe('labels', () => {
  const rect = layoutTiles('equal-2x2', SIZE.width, SIZE.height)[3] as Rect;
  const labelled = (label: string): VideoFrame =>
    new Compositor(SIZE).compose([{ rect, frame: grey(rect, 120), label }]);

  it.each(['Ana', 'Ελένη Παπαδοπούλου', 'محمد', 'Very long name '.repeat(20), '\u0000\n\u202e<b>x</b>', ' '])(
    '%j stay in the lower half of their tile',
    (label) => {
      const plain = new Compositor(SIZE).compose([{ rect, frame: grey(rect, 120) }]);
      const picture = labelled(label);
      for (let at = 0; at < 640 * 360; at++) {
        if (picture.data[at] === plain.data[at]) continue;
        const [x, y] = [at % 640, Math.floor(at / 640)];
        expect(x >= rect.x && x < rect.x + rect.width && y > rect.y + rect.height / 2 && y < rect.y + rect.height).toBe(
          true,
        );
      }
    },
  );

  it('have light text on a dark pill, different for different names', () => {
    const [ana, bea] = [labelled('Ana'), labelled('Bea')];
    expect(Math.max(...lumaIn(ana, rect))).toBeGreaterThan(190);
    expect(Math.min(...lumaIn(ana, rect))).toBeLessThan(80);
    expect(Buffer.compare(ana.data, bea.data)).not.toBe(0);
  });
});

it("draws the border of who speaks inside the tile, thinner than the code strip's guard of a small tile", () => {
  const rect = layoutTiles('one-plus-five', SIZE.width, SIZE.height)[1] as Rect;
  const picture = new Compositor(SIZE).compose([{ rect, frame: grey(rect, 120), speaking: true }]);
  const row = (y: number): number[] => lumaIn(picture, { ...rect, y: rect.y + y, height: 1 });
  expect(new Set(row(0))).toEqual(new Set([SPEAKING_COLOUR[0]]));
  expect(row(codeStripHeight(rect.height)).slice(2, -2)).toEqual(new Array(rect.width - 4).fill(120));
  expect(row(60).slice(0, 2)).toEqual([SPEAKING_COLOUR[0], SPEAKING_COLOUR[0]]);
});

it('shows initials where no picture has come', () => {
  const rect = { x: 0, y: 0, width: 320, height: 180 };
  const compositor = new Compositor(SIZE);
  const [ana, marcus] = ['Ana García', 'Marcus Reed'].map((label) => compositor.compose([{ rect, label }]));
  expect(Buffer.compare((ana as VideoFrame).data, (marcus as VideoFrame).data)).not.toBe(0);
});

it.each([
  { x: 1, y: 0, width: 320, height: 180 },
  { x: 400, y: 0, width: 320, height: 180 },
])('refuses %o', (rect) => {
  expect(() => new Compositor(SIZE).compose([{ rect, frame: grey({ width: 320, height: 180 }, 50) }])).toThrow(
    RangeError,
  );
});

it('writes picture files', () => {
  const frame = grey(SIZE, 150);
  expect(encodePng(frame).subarray(1, 4).toString()).toBe('PNG');
  expect(encodeJpeg(frame).subarray(0, 2).toString('hex')).toBe('ffd8');
  expect(encodeWebp(frame).subarray(8, 12).toString()).toBe('WEBP');
});
