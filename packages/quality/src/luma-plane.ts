import type { Rect, VideoFrame } from '@plugfest/model';

/** A rectangle of 8-bit luma somewhere in memory. */
export interface LumaPlane {
  readonly data: Uint8Array;
  /** Index of the first sample. */
  readonly offset: number;
  /** Samples from one row to the next. */
  readonly stride: number;
  readonly width: number;
  readonly height: number;
}

/** The luma of a picture, or of a rectangle in it (clipped to the picture): a view, nothing is copied. */
export function lumaOf(frame: VideoFrame, rect?: Rect): LumaPlane {
  const { x, y, width, height } = rect ?? { x: 0, y: 0, width: frame.width, height: frame.height };
  const [left, top] = [Math.max(0, x), Math.max(0, y)];
  return {
    data: frame.data,
    offset: top * frame.width + left,
    stride: frame.width,
    width: Math.max(0, Math.min(x + width, frame.width) - left),
    height: Math.max(0, Math.min(y + height, frame.height) - top),
  };
}

/** Mean of a plane, 0..255; NaN where it is empty. */
export function meanLumaOf({ data, offset, stride, width, height }: LumaPlane): number {
  let sum = 0;
  for (let y = 0; y < height; y++) {
    const start = offset + y * stride;
    for (let at = start; at < start + width; at++) sum += data[at] as number;
  }
  return sum / (width * height);
}
