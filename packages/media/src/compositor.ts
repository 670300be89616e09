import type { Rect, VideoFrame } from '@plugfest/model';
import { drawBackground, drawLabel, drawPlaceholder, SPEAKING_COLOUR } from './compositor-art.ts';
import { allocatePicture, pastePicture, planesOf } from './i420.ts';
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
  readonly #placeholders = new Map<string, Buffer>();

  constructor({ width, height }: { width: number; height: number }) {
    this.width = width;
    this.height = height;
    this.#background = drawBackground(width, height);
  }

  /**
   * A picture as new as the newest of its tiles; later tiles lie over earlier ones. `reuse`: an earlier picture of this compositor that nobody
   * needs any more, overwritten. @throws RangeError for a tile that is not inside.
   */
  compose(tiles: readonly Tile[], reuse?: VideoFrame): VideoFrame {
    const { width, height } = this;
    const data = reuse?.data ?? allocatePicture(width, height);
    if (!this.#isCovered(tiles)) data.set(this.#background);
    const target = { width, planes: planesOf(data, width, height) };
    let ptsUs = 0;
    for (const tile of tiles) {
      this.#checkInside(tile.rect);
      pastePicture(data, width, height, this.#pictureOf(tile), tile.rect);
      if (tile.speaking) drawBorder(target, tile.rect);
      if (tile.label) this.#drawLabel(data, tile.rect, tile.label);
      if (tile.frame) ptsUs = Math.max(ptsUs, tile.frame.ptsUs);
    }
    return { width, height, data, ptsUs };
  }

  #isCovered(tiles: readonly Tile[]): boolean {
    const area = tiles.reduce((sum, { rect }) => sum + rect.width * rect.height, 0);
    // Tiles of a layout do not overlap, so area alone decides.
    return area >= this.width * this.height;
  }

  #checkInside({ x, y, width, height }: Rect): void {
    const isEven = ((x | y | width | height) & 1) === 0;
    const isInside = x >= 0 && y >= 0 && x + width <= this.width && y + height <= this.height;
    if (!isEven || !isInside)
      throw new RangeError(`tile ${width}×${height}+${x}+${y} is odd or outside ${this.width}×${this.height}`);
  }

  #pictureOf({ rect, frame, label = '' }: Tile): Uint8Array {
    if (frame) return scaleFrame(frame, rect.width, rect.height).data;
    return cached(this.#placeholders, `${rect.width}x${rect.height}:${label}`, () =>
      drawPlaceholder(rect.width, rect.height, label),
    );
  }

  #drawLabel(data: Uint8Array, rect: Rect, label: string): void {
    const overlay = cached(this.#labels, `${rect.width}x${rect.height}:${label}`, () =>
      drawLabel(label, rect.width, rect.height),
    );
    const margin = rect.height < 150 ? LABEL_MARGIN - 2 : LABEL_MARGIN;
    blendOverlay(
      data,
      this.width,
      this.height,
      overlay,
      rect.x + margin,
      rect.y + rect.height - overlay.height - margin,
    );
  }
}

interface Target {
  readonly width: number;
  readonly planes: readonly Buffer[];
}

/** Inside the tile's edge; the code strip keeps its cells out of there. */
function drawBorder(target: Target, rect: Rect): void {
  for (const [p, plane] of target.planes.entries()) {
    const shift = p === 0 ? 0 : 1;
    const stride = target.width >> shift;
    const [x, y, w, h, line] = [
      rect.x >> shift,
      rect.y >> shift,
      rect.width >> shift,
      rect.height >> shift,
      BORDER >> shift,
    ];
    const value = SPEAKING_COLOUR[p] as number;
    for (let row = 0; row < h; row++) {
      const start = (y + row) * stride + x;
      if (row < line || row >= h - line) plane.fill(value, start, start + w);
      else {
        plane.fill(value, start, start + line);
        plane.fill(value, start + w - line, start + w);
      }
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
