import './ffmpeg-log.ts';
import type { VideoFrame } from '@plugfest/model';
import {
  AV_PIX_FMT_RGBA,
  AV_PIX_FMT_YUV420P,
  SoftwareScaleContext,
  SWS_ACCURATE_RND,
  SWS_BILINEAR,
  type SwsFlags,
} from 'node-av';
import { allocatePicture, planesOf, stridesOf } from './i420.ts';

/** Pictures of the harness are BT.601, limited range: what codecs of this size are taken for where nothing is said. */
const contexts = new Map<string, SoftwareScaleContext>();

/** RGBA, 4 bytes a pixel, as a canvas holds it (opaque) to packed I420. */
export function rgbaToI420(rgba: Uint8Array, width: number, height: number): Buffer {
  const data = allocatePicture(width, height);
  const source = Buffer.from(rgba.buffer, rgba.byteOffset, rgba.byteLength);
  const context = contextFor('in', width, height);
  context.scaleSync([source], [width * 4], 0, height, planesOf(data, width, height), stridesOf(width));
  return data;
}

/** A frame to RGBA, 4 bytes a pixel, opaque. */
export function i420ToRgba({ data, width, height }: VideoFrame): Buffer {
  const rgba = Buffer.alloc(width * height * 4);
  const context = contextFor('out', width, height);
  context.scaleSync(planesOf(data, width, height), stridesOf(width), 0, height, [rgba], [width * 4]);
  return rgba;
}

function contextFor(direction: 'in' | 'out', width: number, height: number): SoftwareScaleContext {
  const key = `${direction}:${width}x${height}`;
  let context = contexts.get(key);
  if (!context) {
    const formats = [AV_PIX_FMT_RGBA, AV_PIX_FMT_YUV420P] as const;
    const [from, to] = direction === 'in' ? formats : [formats[1], formats[0]];
    context = new SoftwareScaleContext();
    context.getContext(width, height, from, width, height, to, (SWS_BILINEAR | SWS_ACCURATE_RND) as SwsFlags);
    contexts.set(key, context);
  }
  return context;
}
