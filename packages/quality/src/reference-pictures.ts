import { type ParticipantSource, scaleFrame } from '@plugfest/media';
import { FRAME_NUMBER_MODULUS, type Rect } from '@plugfest/model';
import { type LumaPlane, lumaOf } from './luma-plane.ts';

/** Scaled references that are kept, by luma bytes. */
const CACHE_BYTES = 48 * 2 ** 20;

/**
 * The part of a tile that is scored, in fractions of its size: without the code strip (it is different in every frame sent), the label and
 * the border of who speaks, which the bridge draws over the picture and the sender never sent.
 */
export const SCORED = { left: 0.02, right: 0.98, top: 0.125, bottom: 0.83 } as const;

/** The scored part of a tile. */
export function scoredRect({ x, y, width, height }: Rect): Rect {
  const [left, top] = [Math.ceil(width * SCORED.left), Math.ceil(height * SCORED.top)];
  return {
    x: x + left,
    y: y + top,
    width: Math.floor(width * SCORED.right) - left,
    height: Math.floor(height * SCORED.bottom) - top,
  };
}

/** What each participant sent, scaled to a tile as the bridge scales it; the newest are kept, because viewers share tiles' sizes. */
export class ReferencePictures {
  readonly #cache = new Map<string, LumaPlane>();
  #bytes = 0;

  /** The scored part of the luma of a frame in a tile of that size. */
  scored(source: ParticipantSource, frameNumber: number, width: number, height: number): LumaPlane {
    const key = `${source.participant.id}:${frameNumber % FRAME_NUMBER_MODULUS}:${width}x${height}`;
    const known = this.#cache.get(key);
    if (known) return known;
    const scaled = scaleFrame(source.frameAt(frameNumber), width, height);
    // Luma alone is kept, and never the source's own memory.
    const data = Uint8Array.prototype.slice.call(scaled.data, 0, width * height);
    const plane = lumaOf({ ...scaled, data }, scoredRect({ x: 0, y: 0, width, height }));
    this.#cache.set(key, plane);
    this.#bytes += data.length;
    this.#shrink();
    return plane;
  }

  #shrink(): void {
    for (const [key, { data }] of this.#cache) {
      if (this.#bytes <= CACHE_BYTES) return;
      this.#cache.delete(key);
      this.#bytes -= data.length;
    }
  }
}
