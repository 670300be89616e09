import type { Rect, VideoFrame } from '@plugfest/model';
import { AV_PIX_FMT_YUV420P, type AVPixelFormat, SoftwareScaleContext, SWS_BILINEAR } from 'node-av';
import { allocatePicture, planesOf, stridesOf } from './i420.ts';

/** A picture somewhere in memory: planes with strides, in an FFmpeg pixel format. */
export interface PlanarPicture {
  readonly width: number;
  readonly height: number;
  readonly format: AVPixelFormat;
  readonly planes: Buffer[];
  readonly strides: number[];
}

/** Contexts live as long as the process: a conference knows a handful of sizes. */
const contexts = new Map<string, SoftwareScaleContext>();

/** Scales a frame to fit inside `width` × `height` (even), centred on black; the same size is returned as it is. */
export function scaleFrame(frame: VideoFrame, width: number, height: number): VideoFrame {
  if (frame.width === width && frame.height === height) return frame;
  const planes = planesOf(frame.data, frame.width, frame.height);
  const source = { ...frame, format: AV_PIX_FMT_YUV420P, planes, strides: stridesOf(frame.width) };
  return { width, height, ptsUs: frame.ptsUs, data: scalePicture(source, width, height) };
}

/** Scales any picture to a packed I420 one of `width` × `height`, letterboxed. */
export function scalePicture(source: PlanarPicture, width: number, height: number): Buffer {
  const target = fit(source.width, source.height, width, height);
  const data = allocatePicture(width, height);
  const planes = planesOf(data, width, height);
  const isWhole = target.width === width && target.height === height;
  if (!isWhole) for (const [p, plane] of planes.entries()) plane.fill(p === 0 ? 16 : 128);
  const inner = isWhole ? planes : planes.map((plane, p) => plane.subarray(offsetOf(target, width, p)));
  const context = contextFor(source, target.width, target.height);
  context.scaleSync(source.planes.slice(0, 3), source.strides.slice(0, 3), 0, source.height, inner, stridesOf(width));
  return data;
}

/** The largest even rectangle of the source's shape in the middle of the target; shapes within 2 % fill it. */
export function fit(sourceWidth: number, sourceHeight: number, width: number, height: number): Rect {
  const ratio = (sourceWidth * height) / (sourceHeight * width);
  if (Math.abs(ratio - 1) < 0.02) return { x: 0, y: 0, width, height };
  const inner = ratio > 1 ? { width, height: even(height / ratio) } : { width: even(width * ratio), height };
  return { ...inner, x: even((width - inner.width) / 2), y: even((height - inner.height) / 2) };
}

function contextFor(source: PlanarPicture, width: number, height: number): SoftwareScaleContext {
  const key = `${source.format}:${source.width}x${source.height}>${width}x${height}`;
  let context = contexts.get(key);
  if (!context) {
    context = new SoftwareScaleContext();
    context.getContext(source.width, source.height, source.format, width, height, AV_PIX_FMT_YUV420P, SWS_BILINEAR);
    contexts.set(key, context);
  }
  return context;
}

function offsetOf(rect: Rect, width: number, plane: number): number {
  return plane === 0 ? rect.y * width + rect.x : ((rect.y / 2) * width) / 2 + rect.x / 2;
}

function even(value: number): number {
  return Math.max(2, Math.floor(value / 2) * 2);
}
