import type { Rect, VideoFrame } from '@plugfest/model';
import { AV_PIX_FMT_YUV420P, Frame } from 'node-av';
import { allocatePicture } from './i420.ts';
import { copyPlanes, type Planes, packedPlanes } from './planar-copy.ts';

/** Even: chroma has half the lines and columns. */
interface Size {
  readonly width: number;
  readonly height: number;
}

/** More than any layout has places. */
const MAX_INSETS = 64;

/** A picture in FFmpeg's memory that is drawn on again and again, and that encoders take as it is. */
export class Canvas implements Disposable {
  readonly width: number;
  readonly height: number;
  ptsUs = 0;
  /** For encoders; they have done with it when they return. */
  readonly frame: Frame;
  readonly #whole: Planes;
  /** Asked for once: each such view is an object, and there are thousands of pastes a second. */
  readonly #insets = new Map<string, Planes>();

  /** @throws where there is no memory for it */
  constructor({ width, height }: Size) {
    this.width = width;
    this.height = height;
    this.frame = new Frame();
    this.frame.alloc();
    this.frame.width = width;
    this.frame.height = height;
    this.frame.format = AV_PIX_FMT_YUV420P;
    const status = this.frame.getBuffer();
    if (status < 0) throw new Error(`no memory for a ${width}×${height} picture (${status})`);
    this.#whole = { planes: (this.frame.data ?? []).slice(0, 3), strides: this.frame.linesize.slice(0, 3) };
  }

  /** Lays a packed picture onto an even place that is inside. */
  paste(picture: Uint8Array, rect: Rect): void {
    const { width, height } = rect;
    copyPlanes(packedPlanes(picture, width, height), this.#insetOf(rect), width, height);
  }

  /** Covers everything with a picture of the canvas's own size. */
  cover({ data, width, height, ptsUs }: VideoFrame): void {
    this.ptsUs = ptsUs;
    copyPlanes(packedPlanes(data, width, height), this.#whole, width, height);
  }

  /** A copy of what is drawn, in its own memory. */
  toFrame(): VideoFrame {
    const { width, height, ptsUs } = this;
    return { width, height, ptsUs, data: this.toPacked() };
  }

  /** Its bytes, packed. `into`: what an earlier call on a canvas of this size returned, overwritten. */
  toPacked(into: Buffer = allocatePicture(this.width, this.height)): Buffer {
    const { width, height } = this;
    copyPlanes(this.#whole, packedPlanes(into, width, height), width, height);
    return into;
  }

  [Symbol.dispose](): void {
    this.#insets.clear();
    this.#whole.planes.length = 0;
    this.frame.free();
  }

  #insetOf({ x, y, width, height }: Rect): Planes {
    const key = `${width}x${height}+${x}+${y}`;
    let inset = this.#insets.get(key);
    if (!inset) {
      const { planes, strides } = this.#whole;
      const starts = strides.map((stride, p) => (p === 0 ? y * stride + x : (y / 2) * stride + x / 2));
      inset = { planes: planes.map((plane, p) => plane.subarray(starts[p])), strides };
      if (this.#insets.size >= MAX_INSETS) this.#insets.clear();
      this.#insets.set(key, inset);
    }
    return inset;
  }
}
