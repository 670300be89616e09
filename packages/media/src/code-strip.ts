import {
  decodeFrameCode,
  encodeFrameCode,
  FRAME_CODE_COLUMNS,
  FRAME_CODE_ROWS,
  type FrameCode,
  type Rect,
  type VideoFrame,
} from '@plugfest/model';
import { planesOf } from './i420.ts';

/**
 * Where the code stands in a picture, as fractions of its size, so that it is found again in a tile of any size:
 *
 *     ┌──────────────────────────────────┐ 0
 *     │ guard                            │
 *     │ ▉▉  ▉ ▉▉▉   ▉  24 cells × row 0   │ top … top + rowHeight
 *     │ ▉  ▉▉   ▉ ▉▉▉  24 cells × row 1   │
 *     │ guard                            │ height: the picture begins
 *
 * The guards keep a neighbouring tile's edge, a tile's border and the picture itself away from the cells.
 */
export const CODE_STRIP = { height: 0.11, top: 0.012, rowHeight: 0.045, side: 0.01 } as const;

/** Not full swing: fewer bits, and no clipping in a codec's ringing. U and V tint the strip like a ticker's glass. */
const LEVELS = { dark: 40, bright: 200, u: 136, v: 122 } as const;

/** The part of a cell that is looked at: its middle, where neighbours do not bleed in. */
const INTERIOR = 0.5;
/** Below this difference in luma between bright and dark cells there is no strip. */
const MIN_CONTRAST = 36;

const CELL_COUNT = FRAME_CODE_ROWS * FRAME_CODE_COLUMNS;

/** First line below the strip in a picture of that height; even. */
export function codeStripHeight(height: number): number {
  return Math.round((CODE_STRIP.height * height) / 2) * 2;
}

/** Paints the strip over the top of the frame, in place. */
export function paintCodeStrip(frame: VideoFrame, code: FrameCode): void {
  const { width, height } = frame;
  const [y, u, v] = planesOf(frame.data, width, height);
  const cells = encodeFrameCode(code);
  const end = codeStripHeight(height);
  y.fill(LEVELS.dark, 0, end * width);
  u.fill(LEVELS.u, 0, (end / 2) * (width / 2));
  v.fill(LEVELS.v, 0, (end / 2) * (width / 2));
  const line = new Uint8Array(width);
  for (let row = 0; row < FRAME_CODE_ROWS; row++) {
    line.fill(LEVELS.dark);
    for (let column = 0; column < FRAME_CODE_COLUMNS; column++) {
      if (!cells[row * FRAME_CODE_COLUMNS + column]) continue;
      line.fill(LEVELS.bright, Math.round(columnEdge(column) * width), Math.round(columnEdge(column + 1) * width));
    }
    const to = Math.round(rowEdge(row + 1) * height);
    for (let at = Math.round(rowEdge(row) * height); at < to; at++) y.set(line, at * width);
  }
}

/** Reads the strip of the tile at `rect` (default: the whole picture); undefined where none can be read beyond doubt. */
export function readCodeStrip(frame: VideoFrame, rect?: Rect): FrameCode | undefined {
  const tile = rect ?? { x: 0, y: 0, width: frame.width, height: frame.height };
  const means = cellMeans(frame, tile);
  const threshold = splitLevel(means);
  if (threshold === undefined) return undefined;
  const cells = Array.from(means, (mean) => mean > threshold);
  const decoded = decodeFrameCode(cells);
  return decoded.ok ? decoded.value : undefined;
}

function columnEdge(column: number): number {
  return CODE_STRIP.side + ((1 - 2 * CODE_STRIP.side) * column) / FRAME_CODE_COLUMNS;
}

function rowEdge(row: number): number {
  return CODE_STRIP.top + CODE_STRIP.rowHeight * row;
}

/** Mean luma of the middle of each cell. */
function cellMeans(frame: VideoFrame, tile: Rect): Float32Array {
  const means = new Float32Array(CELL_COUNT);
  for (let row = 0; row < FRAME_CODE_ROWS; row++) {
    const [top, bottom] = interior(tile.y, rowEdge(row) * tile.height, rowEdge(row + 1) * tile.height);
    for (let column = 0; column < FRAME_CODE_COLUMNS; column++) {
      const [left, right] = interior(tile.x, columnEdge(column) * tile.width, columnEdge(column + 1) * tile.width);
      means[row * FRAME_CODE_COLUMNS + column] = meanLuma(frame, left, top, right, bottom);
    }
  }
  return means;
}

function interior(origin: number, from: number, to: number): [first: number, end: number] {
  const margin = ((to - from) * (1 - INTERIOR)) / 2;
  const first = Math.round(origin + from + margin);
  return [first, Math.max(first + 1, Math.round(origin + to - margin))];
}

function meanLuma(frame: VideoFrame, left: number, top: number, right: number, bottom: number): number {
  const { data, width } = frame;
  let sum = 0;
  for (let y = top; y < bottom; y++) {
    for (let at = y * width + left; at < y * width + right; at++) sum += data[at] as number;
  }
  return sum / ((right - left) * (bottom - top));
}

/** The level between dark and bright cells: two means, refined until they stand still; undefined where they are one. */
function splitLevel(means: Float32Array): number | undefined {
  let level = (Math.min(...means) + Math.max(...means)) / 2;
  for (let round = 0; round < 8; round++) {
    let [dark, bright, darkCount] = [0, 0, 0];
    for (const mean of means) {
      if (mean > level) bright += mean;
      else {
        dark += mean;
        darkCount++;
      }
    }
    if (darkCount === 0 || darkCount === means.length) return undefined;
    dark /= darkCount;
    bright /= means.length - darkCount;
    if (bright - dark < MIN_CONTRAST) return undefined;
    const next = (dark + bright) / 2;
    if (Math.abs(next - level) < 0.5) return next;
    level = next;
  }
  return level;
}
