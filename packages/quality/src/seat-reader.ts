import { readCodeStrip } from '@plugfest/media';
import {
  type FrameCode,
  LAYOUT_TILES,
  type LayoutName,
  layoutTiles,
  type Rect,
  type VideoFrame,
} from '@plugfest/model';

/** What stands in the seats of a shown picture. */
export interface SeatReading {
  readonly layout: LayoutName;
  readonly rects: readonly Rect[];
  /** One a seat: undefined where no code can be read beyond doubt. */
  readonly codes: readonly (FrameCode | undefined)[];
}

const LAYOUTS = Object.keys(LAYOUT_TILES) as LayoutName[];

/** Reads who is where. The announced layout is tried first, then the one seen last, then all others: identity is read, never assumed. */
export class SeatReader {
  #lastSeen: LayoutName | undefined;

  /** `announced` may be empty. Where nothing can be read, the reading has the first announced layout (or `single`) and no codes. */
  read(frame: VideoFrame, announced: readonly LayoutName[]): SeatReading {
    const candidates = new Set([...announced, ...(this.#lastSeen ? [this.#lastSeen] : []), ...LAYOUTS]);
    let nothing: SeatReading | undefined;
    for (const layout of candidates) {
      const rects = layoutTiles(layout, frame.width, frame.height);
      const codes = rects.map((rect) => readCodeStrip(frame, rect));
      if (codes.some((code) => code !== undefined)) {
        this.#lastSeen = layout;
        return { layout, rects, codes };
      }
      nothing ??= { layout, rects, codes };
    }
    return nothing as SeatReading;
  }
}
