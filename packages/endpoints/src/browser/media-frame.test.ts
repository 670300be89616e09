import { expect, it } from 'vitest';
import { decodeMediaFrame, encodeMediaFrame, MEDIA_HEADER_BYTES, MEDIA_KIND } from './media-frame.ts';

const picture = {
  kind: MEDIA_KIND.video,
  width: 4,
  height: 2,
  timeUs: 7_765_400_631.5,
  data: Uint8Array.from({ length: 12 }, (_, i) => i),
};
const sound = { kind: MEDIA_KIND.audio, width: 0, height: 0, timeUs: 0.25, data: Uint8Array.of(1, 2, 3, 4) };

it.each([
  ['a picture', picture],
  ['sound', sound],
])('brings %s across', (_, frame) => {
  expect(decodeMediaFrame(encodeMediaFrame(frame))).toEqual(frame);
});

it('reads a message that lies at any address', () => {
  const bytes = encodeMediaFrame(picture);
  const moved = new Uint8Array(bytes.length + 3);
  moved.set(bytes, 3);
  expect(decodeMediaFrame(moved.subarray(3))).toEqual(picture);
});

it('refuses what is cut anywhere, or longer than its size says', () => {
  const bytes = encodeMediaFrame(picture);
  for (let length = 0; length < bytes.length; length++)
    expect(decodeMediaFrame(bytes.subarray(0, length))).toBeUndefined();
  expect(decodeMediaFrame(Uint8Array.of(...bytes, 0))).toBeUndefined();
});

it('refuses an unknown kind and half a sample', () => {
  expect(decodeMediaFrame(encodeMediaFrame({ ...picture, kind: 3 }))).toBeUndefined();
  expect(decodeMediaFrame(encodeMediaFrame({ ...sound, data: Uint8Array.of(1) }))).toBeUndefined();
  expect(decodeMediaFrame(encodeMediaFrame(sound).subarray(0, MEDIA_HEADER_BYTES))?.data).toHaveLength(0);
});
