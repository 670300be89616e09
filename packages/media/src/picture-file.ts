import { type Canvas, createCanvas, ImageData } from '@napi-rs/canvas';
import type { VideoFrame } from '@plugfest/model';
import { i420ToRgba } from './colour.ts';

/** A frame as a PNG file's bytes. */
export function encodePng(frame: VideoFrame): Buffer {
  return canvasOf(frame).toBuffer('image/png');
}

/** A frame as a JPEG file's bytes; `quality` 0..100. */
export function encodeJpeg(frame: VideoFrame, quality = 85): Buffer {
  return canvasOf(frame).toBuffer('image/jpeg', quality);
}

/** A frame as a WebP file's bytes; `quality` 0..100. */
export function encodeWebp(frame: VideoFrame, quality = 80): Buffer {
  return canvasOf(frame).toBuffer('image/webp', quality);
}

function canvasOf(frame: VideoFrame): Canvas {
  const canvas = createCanvas(frame.width, frame.height);
  const rgba = i420ToRgba(frame);
  const pixels = new Uint8ClampedArray(rgba.buffer, rgba.byteOffset, rgba.byteLength);
  canvas.getContext('2d').putImageData(new ImageData(pixels, frame.width, frame.height), 0, 0);
  return canvas;
}

/** Pixels of red, green, blue and alpha as a PNG file's bytes. */
export function encodePixels(rgba: Uint8ClampedArray, width: number, height: number): Buffer {
  const canvas = createCanvas(width, height);
  canvas.getContext('2d').putImageData(new ImageData(rgba, width, height), 0, 0);
  return canvas.toBuffer('image/png');
}
