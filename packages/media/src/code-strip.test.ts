import { type FrameCode, layoutTiles, type Rect, type VideoFrame } from '@plugfest/model';
import { beforeAll, describe, expect, it } from 'vitest';
import { codeStripHeight, paintCodeStrip, readCodeStrip } from './code-strip.ts';
import type { VideoCodecName } from './codec-names.ts';
import { rgbaToI420 } from './colour.ts';
import { Compositor } from './compositor.ts';
import { scaleFrame } from './picture-scaler.ts';
import { Portrait } from './portrait/portrait.ts';
import { VideoDecoder } from './video-decoder.ts';
import { VideoEncoder } from './video-encoder.ts';

const FRAMES = 30;
const CODECS: VideoCodecName[] = ['h264', 'vp8'];

const codeOf = (participant: number, n: number): FrameCode => ({
  participant,
  frameNumber: (n * 5 + 4080) % 4096,
  sentMs: (n * 67 + participant * 311 + 16_000) % 16_384,
});

function stampedPortrait(look: number, width: number, height: number): VideoFrame[] {
  const portrait = new Portrait(look, width, height);
  return Array.from({ length: FRAMES }, (_, n) => {
    const picture = portrait.draw(n / 90);
    portrait.drawMouth(picture, n / 90, (n % 5) / 4);
    const frame = { width, height, ptsUs: n * 66_667, data: rgbaToI420(picture.canvas.data(), width, height) };
    paintCodeStrip(frame, codeOf(look, n));
    return frame;
  });
}

function throughCodec(codec: VideoCodecName, bitrateBps: number, frames: readonly VideoFrame[]): VideoFrame[] {
  const { width, height } = frames[0] as VideoFrame;
  using encoder = VideoEncoder.open({ codec, width, height, frameRate: 15, bitrateBps });
  using decoder = VideoDecoder.open({ codec });
  return frames.flatMap((frame) =>
    encoder.encode(frame).flatMap(({ data, ptsUs }) =>
      decoder.decode(data, ptsUs).map((picture) => {
        const shown = picture.toFrame();
        picture.release();
        return shown;
      }),
    ),
  );
}

function expectAllRead(frames: readonly VideoFrame[], participant: number, rect?: Rect): void {
  expect(frames.map((frame) => readCodeStrip(frame, rect))).toEqual(frames.map((_, n) => codeOf(participant, n)));
}

describe('painted and read without a codec', () => {
  it.each([
    [1280, 720],
    [640, 360],
    [320, 180],
    [214, 120],
    [160, 90],
  ])('at %i×%i', (width, height) => {
    const frame = { width, height, ptsUs: 0, data: new Uint8Array((width * height * 3) / 2).fill(90) };
    for (let n = 0; n < 200; n++) {
      const code = { participant: n % 64, frameNumber: (n * 97) % 4096, sentMs: (n * 1231) % 16_384 };
      paintCodeStrip(frame, code);
      expect(readCodeStrip(frame)).toEqual(code);
    }
    const below = frame.data.subarray(codeStripHeight(height) * width, width * height);
    expect(below.every((luma) => luma === 90)).toBe(true);
  });

  it('is not seen where there is none', () => {
    for (const data of [
      new Uint8Array(345_600),
      new Uint8Array(345_600).fill(128),
      Uint8Array.from({ length: 345_600 }, (_, i) => (i * 2654435761) >>> 24),
    ]) {
      expect(readCodeStrip({ width: 640, height: 360, ptsUs: 0, data })).toBeUndefined();
    }
  });
});

describe('single picture of 320×180 at 60 kbit/s', () => {
  it.each(CODECS)('%s: every frame is read, none wrong', (codec) => {
    expectAllRead(throughCodec(codec, 60_000, stampedPortrait(3, 320, 180)), 3);
  });
});

describe('two lossy generations: 400 kbit/s, then a tile of a 640×360 mosaic at 200 kbit/s', () => {
  const sent = new Map<number, VideoFrame[]>();
  beforeAll(() => {
    for (let look = 0; look < 6; look++) sent.set(look, stampedPortrait(look, 640, 360));
  });

  describe.each(CODECS)('%s', (codec) => {
    it.each(['equal-2x2', 'one-plus-five'] as const)('%s: every frame of every tile is read, none wrong', (layout) => {
      const rects = layoutTiles(layout, 640, 360);
      const compositor = new Compositor({ width: 640, height: 360 });
      const received = rects.map((_, k) => throughCodec(codec, 400_000, sent.get(k) as VideoFrame[]));
      const mosaic = Array.from({ length: FRAMES }, (_, n) =>
        compositor.compose(
          rects.map((rect, k) => {
            const frame = scaleFrame(received[k]?.[n] as VideoFrame, rect.width, rect.height);
            return { rect, frame, label: `Participant ${k}`, speaking: k === 1 };
          }),
        ),
      );
      const shown = throughCodec(codec, 200_000, mosaic);
      expect(shown.length).toBe(FRAMES);
      for (const [k, rect] of rects.entries()) expectAllRead(shown, k, rect);
    });
  });
});
