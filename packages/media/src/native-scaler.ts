import { AV_PIX_FMT_YUV420P, Frame } from 'node-av';
import { allocatePicture, planesOf } from './i420.ts';
import { contextFor, fit, type PlanarPicture } from './picture-scaler.ts';

interface Target {
  readonly frame: Frame;
  readonly planes: readonly Buffer[];
  readonly strides: readonly number[];
}

/** By size: a conference knows a handful. Their planes are asked for once. */
const targets = new Map<string, Target>();
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
  const data = into ?? allocatePicture(width, height);
  copyOut(target, data, width, height);
  return data;
}

function copyOut({ planes, strides }: Target, data: Buffer, width: number, height: number): void {
  for (const [p, to] of planesOf(data, width, height).entries()) {
    const from = planes[p] as Buffer;
    const stride = strides[p] as number;
    const row = p === 0 ? width : width / 2;
    if (stride === row) to.set(from.subarray(0, to.length));
    else for (let at = 0, start = 0; at < to.length; at += row, start += stride) from.copy(to, at, start, start + row);
  }
}

function targetOf(width: number, height: number): Target {
  const key = `${width}x${height}`;
  const known = targets.get(key);
  if (known) return known;
  if (targets.size >= MAX_TARGETS) {
    for (const { frame } of targets.values()) frame.free();
    targets.clear();
  }
  const frame = new Frame();
  frame.alloc();
  frame.width = width;
  frame.height = height;
  frame.format = AV_PIX_FMT_YUV420P;
  const status = frame.getBuffer();
  if (status < 0) throw new Error(`no memory for a ${width}×${height} picture (${status})`);
  const target = { frame, planes: frame.data ?? [], strides: frame.linesize };
  targets.set(key, target);
  return target;
}
