import { AV_PIX_FMT_YUV420P } from 'node-av';
import { planesOf, stridesOf } from './i420.ts';
import { contextFor } from './picture-scaler.ts';

/** Where the planes of an I420 picture lie: Y, U, V, each from its first pixel on, and how far apart their rows are. */
export interface Planes {
  readonly planes: Buffer[];
  readonly strides: number[];
}

/** Copies the pixels and nothing around them, inside FFmpeg: one call for a picture, where JavaScript needs one for each of its rows. */
export function copyPlanes(from: Planes, to: Planes, width: number, height: number): void {
  const context = contextFor({ format: AV_PIX_FMT_YUV420P, width, height }, width, height);
  context.scaleSync(from.planes, from.strides, 0, height, to.planes, to.strides);
}

/** The planes of a packed picture. */
export function packedPlanes(data: Uint8Array, width: number, height: number): Planes {
  return { planes: planesOf(data, width, height), strides: stridesOf(width) };
}
