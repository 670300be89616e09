import type { Rect, VideoFrame } from '@plugfest/model';
import { AV_PIX_FMT_YUV420P, type AVPixelFormat, SoftwareScaleContext, SWS_BILINEAR } from 'node-av';
import { allocatePicture, pastePicture, planesOf, solidPicture, stridesOf } from './i420.ts';

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

/** Scales any picture to a packed I420 one of `width` × `height`, letterboxed. `into`: what an earlier call of that size returned, overwritten where it can be. */
export function scalePicture(source: PlanarPicture, width: number, height: number, into?: Buffer): Buffer {
  const target = fit(source.width, source.height, width, height);
  if (target.width === width && target.height === height) return scaleWhole(source, width, height, into);
  const data = solidPicture(width, height);
  // By way of a packed picture: into rows with room to spare FFmpeg writes a few bytes too many.
  pastePicture(data, width, height, scaleWhole(source, target.width, target.height), target);
  return data;
}

function scaleWhole(
  source: PlanarPicture,
  width: number,
  height: number,
  data: Buffer = allocatePicture(width, height),
): Buffer {
  const context = contextFor(source, width, height);
  const planes = planesOf(data, width, height);
  const [from, strides] = [source.planes.slice(0, 3), source.strides.slice(0, 3)];
  context.scaleSync(from, strides, 0, source.height, planes, stridesOf(width));
  return data;
}

/** The largest even rectangle of the source's shape in the middle of the target; shapes within 2 % fill it. */
export function fit(sourceWidth: number, sourceHeight: number, width: number, height: number): Rect {
  const ratio = (sourceWidth * height) / (sourceHeight * width);
  if (Math.abs(ratio - 1) < 0.02) return { x: 0, y: 0, width, height };
  const inner =
    ratio > 1
      ? { width, height: Math.max(2, even(height / ratio)) }
      : { width: Math.max(2, even(width * ratio)), height };
  return { ...inner, x: even((width - inner.width) / 2), y: even((height - inner.height) / 2) };
}

/** The scaler from a picture's format and size to I420 of that size. */
export function contextFor(
  source: Pick<PlanarPicture, 'format' | 'width' | 'height'>,
  width: number,
  height: number,
): SoftwareScaleContext {
  const key = `${source.format}:${source.width}x${source.height}>${width}x${height}`;
  let context = contexts.get(key);
  if (!context) {
    context = new SoftwareScaleContext();
    context.getContext(source.width, source.height, source.format, width, height, AV_PIX_FMT_YUV420P, SWS_BILINEAR);
    contexts.set(key, context);
  }
  return context;
}

function even(value: number): number {
  return Math.floor(value / 2) * 2;
}
