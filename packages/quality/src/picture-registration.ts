import type { Rect } from '@plugfest/model';
import type { LumaPlane } from './luma-plane.ts';
import { type AxisMap, distanceOf, fullMap, type PictureMap } from './picture-map.ts';

/** A picture of the reference, and the captured one that shows it. */
export interface RegisteredPair {
  readonly reference: LumaPlane;
  readonly captured: LumaPlane;
}

export interface Registration {
  readonly map: PictureMap;
  readonly isMirrored: boolean;
  /** Mean squared difference that is left, and that of plain scaling; any gain and offset taken out. */
  readonly error: number;
  readonly plainError: number;
  /** What is left, as a share of the reference's variance where the capture shows it. */
  readonly unexplained: number;
}

/** Finest grid, in samples across: enough to see a sixth of a sample of 720p. */
const FINEST = 640;
/** So many samples of a grid, evenly, are enough. */
const ENOUGH = 24_000;
const COARSE = 36;
/** So many pairs are tried everywhere. */
const COARSE_PAIRS = 2;
/** Of the reference's variance: where plain scaling, refined, leaves no more, nothing else is tried. */
const GOOD_SHARE = 0.05;
const LEVELS = [96, 240, FINEST] as const;
/** What a capture may show of the reference, each way, as a share: cut off, or with more around it. */
const ZOOMS = [1, 0.97, 0.94, 0.9, 0.86, 0.82, 0.78, 0.74, 0.7, 0.66, 0.62, 1.04, 1.1, 1.18, 1.28] as const;
/** Coarse shifts either way, in samples of the coarse grid beyond what the zoom cuts off. */
const SHIFTS = 3;
/** Another place must leave so much less before it is believed. */
const CLEARLY_LESS = 0.75;
const ITERATIONS = 12;
const LEAST_MOVE = 0.002;

/**
 * Where captured pictures show the reference: mirrored or not, cut, shifted, scaled each way. Coarse by trying, then by least squares over all pairs from coarse to
 * fine. `active`: what black bars leave of both.
 * @see Lucas and Kanade 1981, An iterative image registration technique
 */
export function registerPictures(
  pairs: readonly RegisteredPair[],
  active: { readonly reference: Rect; readonly captured: Rect },
): Registration | undefined {
  const [first] = pairs;
  if (!first) return undefined;
  const plain = fullMap(first.reference, first.captured);
  // Without its bars: their edges would pull.
  const { x, y, ...size } = active.captured;
  const inside = pairs.map((pair) => ({ ...pair, captured: partOf(pair.captured, active.captured) }));
  const finest = gridsOf(inside, FINEST);
  const straight = refineByLevels(inside, moved(plain, -x, -y));
  const straightError = errorOf(finest, straight);
  const isGood = straightError < GOOD_SHARE * varianceOf(finest);
  const map = isGood
    ? straight
    : refineByLevels(
        inside,
        searchPlaces(inside, moved(plain, -x, -y), { ...active, captured: { x: 0, y: 0, ...size } }),
      );
  const error = errorOf(finest, map);
  const chosen = straightError <= error ? straight : map;
  return {
    map: moved(chosen, x, y),
    isMirrored: chosen.across.scale < 0,
    error: Math.min(error, straightError),
    plainError: errorOf(gridsOf(pairs, FINEST), plain),
    unexplained: errorOf(finest, chosen, 1),
  };
}

function partOf({ data, offset, stride }: LumaPlane, { x, y, width, height }: Rect): LumaPlane {
  return { data, offset: offset + y * stride + x, stride, width, height };
}

function moved({ across, down }: PictureMap, x: number, y: number): PictureMap {
  return { across: { ...across, offset: across.offset + x }, down: { ...down, offset: down.offset + y } };
}

function refineByLevels(pairs: readonly RegisteredPair[], start: PictureMap): PictureMap {
  return LEVELS.reduce((map, level) => refine(gridsOf(pairs, level), map), start);
}

/** Everything that is looked for, on a coarse grid. */
function searchPlaces(
  pairs: readonly RegisteredPair[],
  plain: PictureMap,
  active: { readonly reference: Rect; readonly captured: Rect },
): PictureMap {
  const { reference, captured } = pairs[0] as RegisteredPair;
  const coarse = gridsOf(pairs.slice(0, COARSE_PAIRS), COARSE);
  const starts = [plain, rectMap(active.reference, active.captured)];
  let best = { map: plain, error: errorOf(coarse, plain) };
  for (const start of starts.flatMap((map) => [map, mirrored(map, captured.width)])) {
    const found = searchZooms(coarse, start, reference);
    if (found.error < CLEARLY_LESS * best.error) best = found;
  }
  return best.map;
}

/** What noise that is averaged between samples cannot reach. */
const FAR_LESS = 0.6;
/** More than this of the reference's variance unexplained is another picture. */
const ALIKE_SHARE = 0.4;
/** Samples of the reference: less is within what registering itself is off. */
const LEAST_DISTANCE = 0.15;

/** Whether what was found is more than plain scaling: alike, by far better, and elsewhere. */
export function isElsewhere(
  { map, error, plainError, unexplained }: Registration,
  reference: { readonly width: number; readonly height: number },
  captured: { readonly width: number; readonly height: number },
): boolean {
  const isFound = error < FAR_LESS * plainError && unexplained < ALIKE_SHARE;
  return isFound && distanceOf(map, fullMap(reference, captured), reference) > LEAST_DISTANCE;
}

function rectMap(from: Rect, to: Rect): PictureMap {
  const axis = (a: number, b: number, x: number, y: number): AxisMap => {
    const scale = b / a;
    return { scale, offset: y - 0.5 + scale * (0.5 - x) };
  };
  return { across: axis(from.width, to.width, from.x, to.x), down: axis(from.height, to.height, from.y, to.y) };
}

function mirrored({ across: { scale, offset }, down }: PictureMap, width: number): PictureMap {
  return { across: { scale: -scale, offset: width - 1 - offset }, down };
}

/** Samples of a reference on a grid, averaged, and the captured picture averaged as far. */
interface Grid {
  /** Samples of the reference a sample of the grid. */
  readonly step: number;
  readonly reference: SmallPlane;
  readonly captured: SmallPlane;
  /** Captured samples a sample of `captured`. */
  readonly capturedStep: number;
  /** One sample in so many is looked at, either way. */
  readonly every: number;
}

interface SmallPlane {
  readonly data: Float32Array;
  readonly width: number;
  readonly height: number;
}

function gridsOf(pairs: readonly RegisteredPair[], across: number): Grid[] {
  return pairs.map(({ reference, captured }) => {
    const step = Math.max(1, Math.floor(reference.width / across));
    const capturedStep = Math.max(1, Math.floor(captured.width / across));
    const small = averaged(reference, step);
    const every = Math.max(1, Math.round(Math.sqrt(small.data.length / ENOUGH)));
    return { step, reference: small, captured: averaged(captured, capturedStep), capturedStep, every };
  });
}

function averaged({ data, offset, stride, width, height }: LumaPlane, step: number): SmallPlane {
  const [columns, rows] = [Math.floor(width / step), Math.floor(height / step)];
  const small = new Float32Array(columns * rows);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      let sum = 0;
      for (let y = row * step; y < (row + 1) * step; y++)
        for (let x = column * step; x < (column + 1) * step; x++) sum += data[offset + y * stride + x] as number;
      small[row * columns + column] = sum / (step * step);
    }
  return { data: softened(small, columns, rows), width: columns, height: rows };
}

/** Weights 1, 2, 1 across and down, twice: places between samples must not fit better by averaging noise away. */
function softened(plane: Float32Array<ArrayBuffer>, width: number, height: number): Float32Array {
  let [from, to] = [plane, new Float32Array(plane.length)];
  for (const [step, length] of [
    [1, width],
    [width, height],
    [1, width],
    [width, height],
  ] as const) {
    for (let i = 0; i < from.length; i++) {
      const at = step === 1 ? i % width : Math.floor(i / width);
      const before = from[at > 0 ? i - step : i] as number;
      const after = from[at < length - 1 ? i + step : i] as number;
      to[i] = (before + 2 * (from[i] as number) + after) / 4;
    }
    [from, to] = [to, from];
  }
  return from;
}

/** The map from grid to grid. */
function inGrid({ scale, offset }: AxisMap, step: number, capturedStep: number): AxisMap {
  // The middle of sample n of a grid is at (n + ½)·step − ½.
  return {
    scale: (scale * step) / capturedStep,
    offset: (scale * (0.5 * step - 0.5) + offset + 0.5) / capturedStep - 0.5,
  };
}

function searchZooms(
  grids: readonly Grid[],
  start: PictureMap,
  size: { readonly width: number; readonly height: number },
): { map: PictureMap; error: number } {
  let best = { map: start, error: errorOf(grids, start) };
  const step = grids[0]?.step ?? 1;
  for (const zoom of ZOOMS) {
    const centred = { across: zoomed(start.across, zoom, size.width), down: zoomed(start.down, zoom, size.height) };
    const reach = (length: number): number => SHIFTS + Math.ceil((Math.abs(1 - zoom) * length) / 2 / step);
    const [right, below] = [reach(size.width), reach(size.height)];
    for (let y = -below; y <= below; y++)
      for (let x = -right; x <= right; x++) {
        const map = { across: shifted(centred.across, x * step), down: shifted(centred.down, y * step) };
        const error = errorOf(grids, map);
        if (error < best.error) best = { map, error };
      }
  }
  return best;
}

/** The capture shows a `zoom` of the reference around its middle. */
function zoomed({ scale, offset }: AxisMap, zoom: number, length: number): AxisMap {
  const middle = (length - 1) / 2;
  return { scale: scale / zoom, offset: offset + scale * middle * (1 - 1 / zoom) };
}

function shifted({ scale, offset }: AxisMap, by: number): AxisMap {
  return { scale, offset: offset + scale * by };
}

/** At least so much of the reference must be in the capture for a place to be one. */
const LEAST_SEEN = 0.3;

/** Mean squared difference over what both show, gain and offset taken out; with `unit` 1 as a share of the reference's variance there. */
function errorOf(grids: readonly Grid[], map: PictureMap, unit?: 1): number {
  let [error, count] = [0, 0];
  for (const { step, capturedStep, every, reference, captured } of grids) {
    const [across, down] = [inGrid(map.across, step, capturedStep), inGrid(map.down, step, capturedStep)];
    const { n, r, c, rr, cc, rc } = momentsOf(reference, captured, across, down, every);
    if (n * every ** 2 < LEAST_SEEN * reference.data.length) return Number.POSITIVE_INFINITY;
    const [vr, vc, cov] = [rr / n - (r / n) ** 2, cc / n - (c / n) ** 2, rc / n - (r * c) / n ** 2];
    // Where a picture is inverted nothing is alike.
    const left = 1 - (vr > 0 && vc > 0 && cov > 0 ? cov ** 2 / (vc * vr) : 0);
    error += left * (unit ?? Math.max(vr, 1e-6));
    count++;
  }
  return count === 0 ? Number.POSITIVE_INFINITY : error / count;
}

function varianceOf(grids: readonly Grid[]): number {
  let sum = 0;
  for (const { reference } of grids) {
    const mean = reference.data.reduce((total, value) => total + value, 0) / reference.data.length;
    sum += reference.data.reduce((total, value) => total + (value - mean) ** 2, 0) / reference.data.length;
  }
  return sum / grids.length;
}

interface Moments {
  readonly n: number;
  readonly r: number;
  readonly c: number;
  readonly rr: number;
  readonly cc: number;
  readonly rc: number;
}

function momentsOf(
  reference: SmallPlane,
  captured: SmallPlane,
  across: AxisMap,
  down: AxisMap,
  every: number,
): Moments {
  let [n, r, c, rr, cc, rc] = [0, 0, 0, 0, 0, 0];
  for (let row = 0; row < reference.height; row += every) {
    const y = down.scale * row + down.offset;
    if (y < 0 || y >= captured.height - 1) continue;
    for (let column = 0; column < reference.width; column += every) {
      const x = across.scale * column + across.offset;
      if (x < 0 || x >= captured.width - 1) continue;
      const [sent, got] = [reference.data[row * reference.width + column] as number, sampleAt(captured, x, y)];
      n++;
      r += sent;
      c += got;
      rr += sent * sent;
      cc += got * got;
      rc += sent * got;
    }
  }
  return { n, r, c, rr, cc, rc };
}

function sampleAt({ data, width }: SmallPlane, x: number, y: number): number {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [fx, fy] = [x - left, y - top];
  const at = top * width + left;
  const above = (data[at] as number) * (1 - fx) + (data[at + 1] as number) * fx;
  const below = (data[at + width] as number) * (1 - fx) + (data[at + width + 1] as number) * fx;
  return above * (1 - fy) + below * fy;
}

/** Least squares for scale and offset of both axes. Never to a place that fits less. */
function refine(grids: readonly Grid[], start: PictureMap): PictureMap {
  let map = start;
  let error = errorOf(grids, map);
  for (let n = 0; n < ITERATIONS; n++) {
    const step = solve(normalEquations(grids, map));
    if (!step) break;
    const [s, o, t, p] = step as [number, number, number, number];
    const next = {
      across: { scale: map.across.scale + s, offset: map.across.offset + o },
      down: { scale: map.down.scale + t, offset: map.down.offset + p },
    };
    const left = errorOf(grids, next);
    if (!(left < error)) break;
    map = next;
    error = left;
    const { width, height } = (grids[0] as Grid).reference;
    const moved = Math.abs(s) * width + Math.abs(o) + Math.abs(t) * height + Math.abs(p);
    if (moved < LEAST_MOVE) break;
  }
  return map;
}

interface Equations {
  readonly matrix: Float64Array;
  readonly right: Float64Array;
}

/** Of the four unknowns: the steps of scale and offset across and down, in samples as they are captured. */
function normalEquations(grids: readonly Grid[], map: PictureMap): Equations {
  const equations = { matrix: new Float64Array(16), right: new Float64Array(4) };
  for (const grid of grids) addEquations(grid, map, equations);
  return equations;
}

function addEquations(
  { step, capturedStep, every, reference, captured }: Grid,
  map: PictureMap,
  into: Equations,
): void {
  const [across, down] = [inGrid(map.across, step, capturedStep), inGrid(map.down, step, capturedStep)];
  const { n, r, c, cc, rc } = momentsOf(reference, captured, across, down, every);
  const gain = (rc - (r * c) / n) / Math.max(1e-9, cc - (c * c) / n);
  const rest = (r - gain * c) / n;
  const row = new Float64Array(4);
  for (let y = 1; y < reference.height - 1; y += every) {
    const v = down.scale * y + down.offset;
    if (v < 1 || v >= captured.height - 2) continue;
    for (let x = 1; x < reference.width - 1; x += every) {
      const u = across.scale * x + across.offset;
      if (u < 1 || u >= captured.width - 2) continue;
      const dx = (gain * (sampleAt(captured, u + 0.5, v) - sampleAt(captured, u - 0.5, v))) / capturedStep;
      const dy = (gain * (sampleAt(captured, u, v + 0.5) - sampleAt(captured, u, v - 0.5))) / capturedStep;
      const missing = (reference.data[y * reference.width + x] as number) - gain * sampleAt(captured, u, v) - rest;
      // The reference's own coordinates of this sample's middle.
      const [X, Y] = [(x + 0.5) * step - 0.5, (y + 0.5) * step - 0.5];
      row[0] = dx * X;
      row[1] = dx;
      row[2] = dy * Y;
      row[3] = dy;
      for (let i = 0; i < 4; i++) {
        into.right[i] = (into.right[i] as number) + (row[i] as number) * missing;
        for (let j = 0; j < 4; j++)
          into.matrix[i * 4 + j] = (into.matrix[i * 4 + j] as number) + (row[i] as number) * (row[j] as number);
      }
    }
  }
}

/** Gauss with pivots; undefined where the pictures have nothing to hold on to. */
function solve({ matrix, right }: Equations): number[] | undefined {
  const rows = Array.from({ length: 4 }, (_, i) => [...matrix.subarray(i * 4, i * 4 + 4), right[i] as number]);
  for (let column = 0; column < 4; column++) {
    const from = rows
      .slice(column)
      .reduce((best, row) => (Math.abs(row[column] as number) > Math.abs(best[column] as number) ? row : best));
    const scale = from[column] as number;
    if (Math.abs(scale) < 1e-9) return undefined;
    const at = rows.indexOf(from);
    [rows[column], rows[at]] = [from, rows[column] as number[]];
    for (const [i, row] of rows.entries()) {
      if (i === column) continue;
      const share = (row[column] as number) / scale;
      for (let j = column; j < 5; j++) row[j] = (row[j] as number) - share * (from[j] as number);
    }
  }
  return rows.map((row, i) => (row[4] as number) / (row[i] as number));
}
