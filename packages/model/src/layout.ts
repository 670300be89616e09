/** Where a bridge puts its participants in the picture that it sends: plain geometry, shared by who draws and who reads. */
export type LayoutName = 'single' | 'equal-2x2' | 'one-plus-five';

/** A rectangle in pixels; all four even, so that chroma stays aligned. */
export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A rectangle in fractions of the picture. */
type Fraction = readonly [x: number, y: number, width: number, height: number];

const THIRD = 1 / 3;

/** The order is the order of seats: in `one-plus-five` the first is the active speaker. */
export const LAYOUT_TILES: Record<LayoutName, readonly Fraction[]> = {
  single: [[0, 0, 1, 1]],
  'equal-2x2': [
    [0, 0, 0.5, 0.5],
    [0.5, 0, 0.5, 0.5],
    [0, 0.5, 0.5, 0.5],
    [0.5, 0.5, 0.5, 0.5],
  ],
  'one-plus-five': [
    [0, 0, 2 * THIRD, 2 * THIRD],
    [2 * THIRD, 0, THIRD, THIRD],
    [2 * THIRD, THIRD, THIRD, THIRD],
    [0, 2 * THIRD, THIRD, THIRD],
    [THIRD, 2 * THIRD, THIRD, THIRD],
    [2 * THIRD, 2 * THIRD, THIRD, THIRD],
  ],
};

const even = (value: number): number => Math.round(value / 2) * 2;

/** The tiles of a layout in a picture of that size, in seat order. */
export function layoutTiles(layout: LayoutName, width: number, height: number): Rect[] {
  return LAYOUT_TILES[layout].map(([x, y, w, h]) => {
    const left = even(x * width);
    const top = even(y * height);
    return { x: left, y: top, width: even((x + w) * width) - left, height: even((y + h) * height) - top };
  });
}
