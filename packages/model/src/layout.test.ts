import { describe, expect, test } from 'vitest';
import { LAYOUT_ALIASES, LAYOUT_NAMES, layoutTiles, type Rect, SPEAKER_SEATS } from './layout.ts';

const SIZES = [
  [1920, 1080],
  [1280, 720],
  [640, 360],
  [352, 288],
  [320, 180],
  [160, 90],
] as const;

const SEATS = [1, 4, 6, 8, 9, 16, 23, 25];

function overlap(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

describe.each(LAYOUT_NAMES)('layout %s', (layout) => {
  test.each(SIZES)('in %i×%i: even, inside, nothing over another, each of the picture’s shape', (width, height) => {
    const tiles = layoutTiles(layout, width, height);
    for (const [at, { x, y, width: w, height: h }] of tiles.entries()) {
      expect([x, y, w, h].filter((value) => value % 2 !== 0)).toEqual([]);
      expect(x >= 0 && y >= 0 && w > 0 && h > 0 && x + w <= width && y + h <= height).toBe(true);
      // Each edge is moved by at most a pixel to be even.
      expect(Math.abs(w - (h * width) / height)).toBeLessThanOrEqual(2 + (2 * width) / height);
      expect(tiles.filter((other, index) => index > at && overlap(tiles[at] as Rect, other))).toEqual([]);
    }
  });

  test('has as many seats as its name says, those of speakers the largest', () => {
    const tiles = layoutTiles(layout, 1920, 1080);
    expect(tiles).toHaveLength(SEATS[LAYOUT_NAMES.indexOf(layout)] as number);
    const areas = tiles.map(({ width, height }) => width * height);
    const speakers = SPEAKER_SEATS[layout];
    const [large, small] = [areas.slice(0, speakers), areas.slice(speakers)];
    expect(large.every((area) => small.every((other) => area > other))).toBe(true);
  });

  test('fills the picture but for the band of 2+21', () => {
    const area = layoutTiles(layout, 1680, 980).reduce((sum, { width, height }) => sum + width * height, 0);
    expect(area / (1680 * 980)).toBeCloseTo(layout === 'two-plus-twenty-one' ? 13 / 14 : 1, 2);
  });
});

test('every layout has a name as in rooms’ menus', () => {
  expect(new Set(Object.values(LAYOUT_ALIASES))).toEqual(new Set(LAYOUT_NAMES));
});
