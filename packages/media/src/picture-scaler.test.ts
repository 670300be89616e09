import type { VideoFrame } from '@plugfest/model';
import { AV_PIX_FMT_YUV420P, SoftwareScaleContext, SWS_BILINEAR } from 'node-av';
import { expect, it } from 'vitest';
import { planesOf, solidPicture, stridesOf } from './i420.ts';
import { fit, scaleFrame } from './picture-scaler.ts';

function textured(width: number, height: number): VideoFrame {
  const data = Uint8Array.from({ length: (width * height * 3) / 2 }, (_, i) => 40 + ((i * 31 + (i >> 5) * 17) % 170));
  return { width, height, data, ptsUs: 7 };
}

it.each([
  [1280, 720, 640, 360, { x: 0, y: 0, width: 640, height: 360 }],
  [640, 480, 640, 360, { x: 80, y: 0, width: 480, height: 360 }],
  [640, 360, 320, 320, { x: 0, y: 70, width: 320, height: 180 }],
  // Rounding of a layout's tile is no other shape.
  [640, 360, 214, 120, { x: 0, y: 0, width: 214, height: 120 }],
])('%i×%i fits into %i×%i', (width, height, intoWidth, intoHeight, rect) => {
  expect(fit(width, height, intoWidth, intoHeight)).toEqual(rect);
});

it('writes packed rows exactly as FFmpeg writes padded ones: nothing runs over into the next plane', () => {
  for (const width of [214, 212, 426, 318]) {
    const source = textured(640, 360);
    const height = 120;
    const stride = 1024;
    const wide = [Buffer.alloc(stride * height), Buffer.alloc(stride * height), Buffer.alloc(stride * height)];
    const scaler = new SoftwareScaleContext();
    scaler.getContext(640, 360, AV_PIX_FMT_YUV420P, width, height, AV_PIX_FMT_YUV420P, SWS_BILINEAR);
    scaler.scaleSync(planesOf(source.data, 640, 360), stridesOf(640), 0, 360, wide, [stride, stride, stride]);
    const packed = scaleFrame({ ...source, width: 640, height: 360 }, width, height);
    if (fit(640, 360, width, height).width !== width) continue;
    for (const [p, plane] of planesOf(packed.data, width, height).entries()) {
      const [w, h] = p === 0 ? [width, height] : [width / 2, height / 2];
      for (let y = 0; y < h; y++) {
        expect(
          plane.subarray(y * w, (y + 1) * w).equals((wide[p] as Buffer).subarray(y * stride, y * stride + w)),
        ).toBe(true);
      }
    }
  }
});

it('puts another shape in the middle of black', () => {
  const white = { width: 64, height: 48, ptsUs: 3, data: solidPicture(64, 48, [235, 128, 128]) };
  const { data, ptsUs } = scaleFrame(white, 128, 48);
  expect(ptsUs).toBe(3);
  const row = Array.from(data.subarray(24 * 128, 25 * 128));
  expect(row.indexOf(235)).toBe(32);
  expect(row.lastIndexOf(235)).toBe(95);
  expect(row.filter((value) => value === 16).length).toBe(64);
});

it('gives a frame of the right size back as it is', () => {
  const frame = textured(64, 36);
  expect(scaleFrame(frame, 64, 36)).toBe(frame);
});
