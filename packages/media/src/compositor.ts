import type { Rect, VideoFrame } from '@plugfest/model';
import { Canvas } from './canvas.ts';
import { drawBackground, drawLabel, drawPlaceholder, SPEAKING_COLOUR } from './compositor-art.ts';
import { allocatePicture, planesOf } from './i420.ts';
import { blendOverlay, type Overlay } from './overlay.ts';
import { scaleFrame } from './picture-scaler.ts';

export interface Tile {
  /** Even, inside the picture; what of it lies outside is refused. */
  readonly rect: Rect;
  /** Scaled to the rect where its size differs; a placeholder with initials where there is none. */
  readonly frame?: VideoFrame;
  readonly label?: string;
  readonly speaking?: boolean;
}

/** Distance of a label from its tile's corner; even, because chroma has half the lines. */
const LABEL_MARGIN = 6;
const BORDER = 2;
/** Drawings that are kept: names come from peers, so there could be any number of them. */
const MAX_CACHED = 200;

/** Puts participants' pictures, names and the speaker's border into one picture. */
export class Compositor {
  readonly width: number;
  readonly height: number;
  readonly #background: Buffer;
  readonly #labels = new Map<string, Overlay>();
  readonly #dressed = new Map<string, DressedPicture>();
  readonly #placeholders = new Map<string, Buffer>();
  readonly #drawn = new WeakMap<Canvas, Drawing>();

  constructor({ width, height }: { width: number; height: number }) {
    this.width = width;
    this.height = height;
    this.#background = drawBackground(width, height);
  }

  /** A picture as new as the newest of its tiles. @see draw */
  compose(tiles: readonly Tile[]): VideoFrame {
    using canvas = new Canvas(this);
    this.draw(tiles, canvas);
    return canvas.toFrame();
  }

  /**
   * Draws over all that is on the canvas, which has this compositor's size; later tiles lie over earlier ones. Its time is then that of the newest tile. What this
   * compositor drew on it before and is still the same stays: a frame that is shown again is not changed in place.
   * @throws RangeError for a tile that is not inside.
   */
  draw(tiles: readonly Tile[], canvas: Canvas): void {
    const drawing = this.#drawingOn(canvas, tiles);
    for (const [at, tile] of tiles.entries()) {
      if (!drawing.hasOverlaps && isSame(tile, drawing.tiles[at])) continue;
      canvas.paste(this.#dress(tile), tile.rect);
    }
    drawing.tiles = tiles;
    canvas.ptsUs = Math.max(0, ...tiles.map(({ frame }) => frame?.ptsUs ?? 0));
  }

  /** What is on the canvas already; of tiles in other places nothing is. */
  #drawingOn(canvas: Canvas, tiles: readonly Tile[]): Drawing {
    const known = this.#drawn.get(canvas);
    if (known?.rects.length === tiles.length && tiles.every(({ rect }, at) => isAt(rect, known.rects[at] as Rect)))
      return known;
    for (const { rect } of tiles) this.#checkInside(rect);
    const { width, height } = this;
    canvas.cover({ width, height, ptsUs: 0, data: this.#background });
    const rects = tiles.map(({ rect }) => rect);
    const hasOverlaps = rects.some((rect, at) => rects.slice(0, at).some(overlaps(rect)));
    const drawing = { rects, hasOverlaps, tiles: [] };
    this.#drawn.set(canvas, drawing);
    return drawing;
  }

  #checkInside({ x, y, width, height }: Rect): void {
    const isEven = ((x | y | width | height) & 1) === 0;
    const isInside = x >= 0 && y >= 0 && x + width <= this.width && y + height <= this.height;
    if (!isEven || !isInside)
      throw new RangeError(`tile ${width}×${height}+${x}+${y} is odd or outside ${this.width}×${this.height}`);
  }

  /** With its name and border on: once for all views that show the same frame in the same size, for the next frame in the same memory. */
  #dress(tile: Tile): Uint8Array {
    const { rect, frame, label = '', speaking = false } = tile;
    const { width, height } = rect;
    if (!label && !speaking) return this.#pictureOf(tile);
    const key = `${width}x${height} ${speaking} ${label}`;
    const known = this.#dressed.get(key);
    if (known && known.of === frame) return known.picture;
    const picture = known?.picture ?? allocatePicture(width, height);
    picture.set(this.#pictureOf(tile));
    if (speaking) drawBorder(picture, width, height);
    if (label) this.#drawLabel(picture, width, height, label);
    if (this.#dressed.size >= MAX_CACHED) this.#dressed.clear();
    this.#dressed.set(key, { of: frame, picture });
    return picture;
  }

  #pictureOf({ rect, frame, label = '' }: Tile): Uint8Array {
    if (frame) return scaleFrame(frame, rect.width, rect.height).data;
    return cached(this.#placeholders, `${rect.width}x${rect.height}:${label}`, () =>
      drawPlaceholder(rect.width, rect.height, label),
    );
  }

  #drawLabel(data: Uint8Array, width: number, height: number, label: string): void {
    const overlay = cached(this.#labels, `${width}x${height}:${label}`, () => drawLabel(label, width, height));
    const margin = height < 150 ? LABEL_MARGIN - 2 : LABEL_MARGIN;
    blendOverlay(data, width, height, overlay, margin, height - overlay.height - margin);
  }
}

/** What a canvas shows. */
interface Drawing {
  readonly rects: readonly Rect[];
  /** One that is drawn anew would hide what lies over it. */
  readonly hasOverlaps: boolean;
  tiles: readonly Tile[];
}

/** Both at the same place. */
function isSame(tile: Tile, before: Tile | undefined): boolean {
  const { frame, label, speaking } = tile;
  return before !== undefined && before.frame === frame && before.label === label && before.speaking === speaking;
}

function isAt(a: Rect, b: Rect): boolean {
  return a === b || (a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height);
}

function overlaps(a: Rect): (b: Rect) => boolean {
  return (b) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/** A tile's picture with its name and border on. */
interface DressedPicture {
  /** What it was made of; undefined: the placeholder. */
  readonly of: VideoFrame | undefined;
  readonly picture: Buffer;
}

/** Inside the picture's edge; the code strip keeps its cells out of there. */
function drawBorder(picture: Buffer, width: number, height: number): void {
  for (const [p, plane] of planesOf(picture, width, height).entries()) {
    const shift = p === 0 ? 0 : 1;
    const [w, h, line] = [width >> shift, height >> shift, BORDER >> shift];
    const value = SPEAKING_COLOUR[p] as number;
    plane.fill(value, 0, line * w);
    plane.fill(value, (h - line) * w);
    for (let row = line; row < h - line; row++) {
      plane.fill(value, row * w, row * w + line);
      plane.fill(value, (row + 1) * w - line, (row + 1) * w);
    }
  }
}

function cached<T>(cache: Map<string, T>, key: string, make: () => T): T {
  let value = cache.get(key);
  if (value === undefined) {
    if (cache.size >= MAX_CACHED) cache.clear();
    value = make();
    cache.set(key, value);
  }
  return value;
}
