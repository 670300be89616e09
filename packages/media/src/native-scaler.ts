import type { Frame } from 'node-av';
import { Canvas } from './canvas.ts';
import { contextFor, fit, type PlanarPicture } from './picture-scaler.ts';

/** By size: a conference knows a handful. */
const targets = new Map<string, Canvas>();
const MAX_TARGETS = 32;

/**
 * Scales from FFmpeg's memory to FFmpeg's memory and copies the result out, so that the source's planes never become buffers of JavaScript: each such
 * buffer counts as memory of its size until it is collected, which makes the collector run. Undefined where the shape differs (see `scalePicture`).
 */
export function scaleNative(
  source: Frame,
  picture: Pick<PlanarPicture, 'format' | 'width' | 'height'>,
  width: number,
  height: number,
  into?: Buffer,
): Buffer | undefined {
  const rect = fit(picture.width, picture.height, width, height);
  if (rect.width !== width || rect.height !== height) return undefined;
  // A cropped odd line or column is the business of `scalePicture`.
  if (source.width !== picture.width || source.height !== picture.height) return undefined;
  const target = targetOf(width, height);
  if (contextFor(picture, width, height).scaleFrameSync(target.frame, source) < 0) return undefined;
  return target.toPacked(into);
}

function targetOf(width: number, height: number): Canvas {
  const key = `${width}x${height}`;
  const known = targets.get(key);
  if (known) return known;
  if (targets.size >= MAX_TARGETS) {
    for (const target of targets.values()) target[Symbol.dispose]();
    targets.clear();
  }
  const target = new Canvas({ width, height });
  targets.set(key, target);
  return target;
}
