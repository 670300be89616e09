import { createCanvas, type SKRSContext2D } from '@napi-rs/canvas';
import { planesOf } from './i420.ts';

/** One plane of an overlay: what to add, and what to keep (0..256) of what is below, a byte position each. */
interface OverlayPlane {
  readonly width: number;
  readonly height: number;
  readonly add: Uint16Array;
  readonly keep: Uint16Array;
}

/** A translucent drawing made ready to be laid over I420 pictures: sizes even. */
export interface Overlay {
  readonly width: number;
  readonly height: number;
  readonly planes: readonly [OverlayPlane, OverlayPlane, OverlayPlane];
}

/** BT.601, limited range. */
const WEIGHTS = [
  { r: 0.2568, g: 0.5041, b: 0.0979, offset: 16 },
  { r: -0.1482, g: -0.291, b: 0.4392, offset: 128 },
  { r: 0.4392, g: -0.3678, b: -0.0714, offset: 128 },
] as const;

/** Draws once, on a transparent canvas of that (even) size. */
export function drawOverlay(width: number, height: number, draw: (context: SKRSContext2D) => void): Overlay {
  const context = createCanvas(width, height).getContext('2d');
  draw(context);
  const rgba = context.getImageData(0, 0, width, height).data;
  const plane = (p: 0 | 1 | 2): OverlayPlane => convertPlane(rgba, width, height, p);
  return { width, height, planes: [plane(0), plane(1), plane(2)] };
}

/** Lays the overlay over a packed picture with its corner at (x, y), both even, wholly inside. */
export function blendOverlay(
  data: Uint8Array,
  width: number,
  height: number,
  overlay: Overlay,
  x: number,
  y: number,
): void {
  const planes = planesOf(data, width, height);
  for (const [p, { width: w, height: h, add, keep }] of overlay.planes.entries()) {
    const target = planes[p] as Uint8Array;
    const shift = p === 0 ? 0 : 1;
    const stride = width >> shift;
    let from = 0;
    for (let row = 0; row < h; row++) {
      const start = ((y >> shift) + row) * stride + (x >> shift);
      for (let at = start; at < start + w; at++, from++) {
        const kept = keep[from] as number;
        if (kept < 256) target[at] = ((target[at] as number) * kept + (add[from] as number)) >> 8;
      }
    }
  }
}

function convertPlane(rgba: Uint8ClampedArray, width: number, height: number, p: 0 | 1 | 2): OverlayPlane {
  const step = p === 0 ? 1 : 2;
  const [w, h] = [width / step, height / step];
  const add = new Uint16Array(w * h);
  const keep = new Uint16Array(w * h);
  const { r, g, b, offset } = WEIGHTS[p];
  for (let at = 0; at < w * h; at++) {
    const corner = (Math.floor(at / w) * step * width + (at % w) * step) * 4;
    let [alpha, value] = [0, 0];
    for (let k = 0; k < step * step; k++) {
      const i = corner + ((k >> 1) * width + (k & 1)) * 4;
      const a = (rgba[i + 3] as number) / 255;
      alpha += a;
      value += a * (r * (rgba[i] as number) + g * (rgba[i + 1] as number) + b * (rgba[i + 2] as number) + offset);
    }
    keep[at] = 256 - Math.round((256 * alpha) / (step * step));
    add[at] = Math.round((256 * value) / (step * step));
  }
  return { width: w, height: h, add, keep };
}
