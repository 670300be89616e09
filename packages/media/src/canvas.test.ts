import { describe, expect, it } from 'vitest';
import { Canvas } from './canvas.ts';
import { allocatePicture, pastePicture, solidPicture } from './i420.ts';
import { VideoDecoder } from './video-decoder.ts';
import { VideoEncoder } from './video-encoder.ts';

/** Noise, so that a pixel out of place is another pixel. */
function noise(width: number, height: number): Buffer {
  const picture = allocatePicture(width, height);
  for (let at = 0; at < picture.length; at++) picture[at] = (at * 2_654_435_761) >>> 13;
  return picture;
}

describe('what is pasted', () => {
  // Sizes whose rows are no whole number of words or vectors, at the edges and inside.
  it.each([
    { x: 0, y: 0, width: 640, height: 360 },
    { x: 160, y: 90, width: 160, height: 90 },
    { x: 2, y: 2, width: 106, height: 60 },
    { x: 534, y: 302, width: 106, height: 58 },
    { x: 638, y: 358, width: 2, height: 2 },
    { x: 0, y: 2, width: 640, height: 2 },
  ])('is in its place and nowhere else: %o', (rect) => {
    const expected = solidPicture(640, 360, [40, 90, 200]);
    using canvas = new Canvas({ width: 640, height: 360 });
    canvas.cover({ width: 640, height: 360, data: Buffer.from(expected), ptsUs: 7 });
    const inset = noise(rect.width, rect.height);
    pastePicture(expected, 640, 360, inset, rect);
    canvas.paste(inset, rect);
    expect(Buffer.compare(canvas.toPacked(), expected)).toBe(0);
    expect(canvas.toFrame()).toMatchObject({ width: 640, height: 360, ptsUs: 7 });
  });

  it('is where rows are padded, too', () => {
    const expected = noise(426, 238);
    using canvas = new Canvas({ width: 426, height: 238 });
    canvas.cover({ width: 426, height: 238, data: expected, ptsUs: 0 });
    expect(canvas.frame.linesize[0]).toBeGreaterThan(426);
    expect(Buffer.compare(canvas.toPacked(), expected)).toBe(0);
  });
});

it('is not kept by an encoder: drawing on it again does not change what was encoded', () => {
  const size = { width: 320, height: 180 };
  for (const codec of ['h264', 'vp8', 'vp9', 'h263'] as const) {
    const coded = codec === 'h263' ? { width: 352, height: 288 } : size;
    using canvas = new Canvas(coded);
    using encoder = VideoEncoder.open({ codec, ...coded, frameRate: 15, bitrateBps: 400_000 });
    using decoder = VideoDecoder.open({ codec });
    const seen: number[] = [];
    for (const [n, luma] of [60, 120, 180].entries()) {
      canvas.cover({ ...coded, data: solidPicture(coded.width, coded.height, [luma, 128, 128]), ptsUs: 0 });
      const frames = encoder.encode(canvas, { atUs: n * 66_667 });
      canvas.cover({ ...coded, data: solidPicture(coded.width, coded.height, [16, 128, 128]), ptsUs: 0 });
      for (const { data, ptsUs } of frames)
        for (const picture of decoder.decode(data, ptsUs)) {
          using it = picture;
          seen.push(it.toFrame().data[1000] as number);
        }
    }
    expect(seen.map((luma) => Math.round(luma / 10) * 10)).toEqual([60, 120, 180]);
  }
});
