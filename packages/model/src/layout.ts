/** Where a bridge puts its participants in the picture that it sends: plain geometry, shared by who draws and who reads. */
export const LAYOUT_NAMES = [
  'single',
  'equal-2x2',
  'one-plus-five',
  'one-plus-seven',
  'equal-3x3',
  'equal-4x4',
  'two-plus-twenty-one',
  'equal-5x5',
] as const;
export type LayoutName = (typeof LAYOUT_NAMES)[number];

/** As rooms' menus call them. */
export const LAYOUT_ALIASES: Readonly<Record<string, LayoutName>> = {
  '1:0': 'single',
  '2x2': 'equal-2x2',
  '1+5': 'one-plus-five',
  '1+7': 'one-plus-seven',
  '3x3': 'equal-3x3',
  '4x4': 'equal-4x4',
  '2+21': 'two-plus-twenty-one',
  '5x5': 'equal-5x5',
};

/** A rectangle in pixels; all four even, so that chroma stays aligned. */
export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A rectangle in fractions of the picture. */
type Fraction = readonly [x: number, y: number, width: number, height: number];

/** `count` tiles side by side from (x, y); as high as they are wide, in fractions, so that each has the picture's shape. */
function row(count: number, size: number, x: number, y: number): Fraction[] {
  return Array.from({ length: count }, (_, at): Fraction => [x + at * size, y, size, size]);
}

function grid(columns: number, rows: number, size: number, y: number): Fraction[] {
  return Array.from({ length: rows }, (_, at) => row(columns, size, 0, y + at * size)).flat();
}

/** The speaker on a large tile in the corner, the others right of it and below. */
function cornered(side: number): Fraction[] {
  const size = 1 / side;
  const large = 1 - size;
  const right = Array.from({ length: side - 1 }, (_, at): Fraction => [large, at * size, size, size]);
  return [[0, 0, large, large], ...right, ...row(side, size, 0, large)];
}

const SEVENTH = 1 / 7;
/** What 2+21 leaves free of the picture's height, half above the speakers and half below. */
const BAND = (1 - 1 / 2 - 3 * SEVENTH) / 2;

/** The order is the order of seats: the speakers' seats come first. */
export const LAYOUT_TILES: Record<LayoutName, readonly Fraction[]> = {
  single: [[0, 0, 1, 1]],
  'equal-2x2': grid(2, 2, 1 / 2, 0),
  'one-plus-five': cornered(3),
  'one-plus-seven': cornered(4),
  'equal-3x3': grid(3, 3, 1 / 3, 0),
  'equal-4x4': grid(4, 4, 1 / 4, 0),
  'two-plus-twenty-one': [...row(2, 1 / 2, 0, BAND), ...grid(7, 3, SEVENTH, 1 - 3 * SEVENTH)],
  'equal-5x5': grid(5, 5, 1 / 5, 0),
};

/** How many seats, from the first, are for who speaks; on all others nobody moves because somebody speaks. */
export const SPEAKER_SEATS: Record<LayoutName, number> = {
  single: 1,
  'equal-2x2': 0,
  'one-plus-five': 1,
  'one-plus-seven': 1,
  'equal-3x3': 0,
  'equal-4x4': 0,
  'two-plus-twenty-one': 2,
  'equal-5x5': 0,
};

/** A conference asks for a handful, for each picture. */
const MAX_KNOWN = 100;

const even = (value: number): number => Math.round(value / 2) * 2;

const known = new Map<string, readonly Rect[]>();

/** The tiles of a layout in a picture of that size, in seat order: the same array each time. */
export function layoutTiles(layout: LayoutName, width: number, height: number): readonly Rect[] {
  const key = `${layout} ${width}x${height}`;
  const tiles = known.get(key) ?? tilesOf(layout, width, height);
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(key, tiles);
  return tiles;
}

function tilesOf(layout: LayoutName, width: number, height: number): readonly Rect[] {
  return LAYOUT_TILES[layout].map(([x, y, w, h]) => {
    const left = even(x * width);
    const top = even(y * height);
    return { x: left, y: top, width: even((x + w) * width) - left, height: even((y + h) * height) - top };
  });
}
