import type { Rect } from '@plugfest/model';
import type { LumaPlane } from './luma-plane.ts';
import { errorOf, type Grid, gridsOf, type RegisteredPair, varianceOf } from './picture-grid.ts';
import { type AxisMap, distanceOf, fullMap, type PictureMap } from './picture-map.ts';
import { refine } from './place-refinement.ts';

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
