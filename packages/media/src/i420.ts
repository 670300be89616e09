import { i420Size, type Rect } from '@plugfest/model';

/** FFmpeg's SIMD may write a little past the end of a plane: pictures that it fills are allocated with this much to spare. */
const TAIL_BYTES = 64;

/** A picture's bytes, not cleared. */
export function allocatePicture(width: number, height: number): Buffer {
  return Buffer.allocUnsafeSlow(i420Size(width, height) + TAIL_BYTES).subarray(0, i420Size(width, height));
}

/** Y, U and V of a packed picture, as views. */
export function planesOf(data: Uint8Array, width: number, height: number): [y: Buffer, u: Buffer, v: Buffer] {
  const luma = width * height;
  const chroma = luma / 4;
  return [view(data, 0, luma), view(data, luma, chroma), view(data, luma + chroma, chroma)];
}

export function stridesOf(width: number): [number, number, number] {
  return [width, width / 2, width / 2];
}

/** A one-coloured picture; black by default (limited range). */
export function solidPicture(width: number, height: number, [y, u, v] = [16, 128, 128]): Buffer {
  const data = allocatePicture(width, height);
  const planes = planesOf(data, width, height);
  planes[0].fill(y as number);
  planes[1].fill(u as number);
  planes[2].fill(v as number);
  return data;
}

function view(data: Uint8Array, offset: number, length: number): Buffer {
  return Buffer.from(data.buffer, data.byteOffset + offset, length);
}

/** Puts a packed picture into a larger packed one, at an even place inside it. */
export function pastePicture(picture: Uint8Array, width: number, height: number, inset: Uint8Array, rect: Rect): void {
  const [data, part] = [view(picture, 0, picture.length), view(inset, 0, inset.length)];
  const [luma, partLuma] = [width * height, rect.width * rect.height];
  for (let p = 0; p < 3; p++) {
    const shift = p === 0 ? 0 : 1;
    const [stride, row] = [width >> shift, rect.width >> shift];
    // Planes lie one after the other: Y, then U and V of a quarter of its size. Views of the planes and rows would be garbage, thousands a second.
    const [start, partStart] = p === 0 ? [0, 0] : [luma + ((p - 1) * luma) / 4, partLuma + ((p - 1) * partLuma) / 4];
    const end = partStart + (partLuma >> (2 * shift));
    let at = start + (rect.y >> shift) * stride + (rect.x >> shift);
    // Rows as wide as the picture are one block.
    if (row === stride) part.copy(data, at, partStart, end);
    else for (let from = partStart; from < end; from += row, at += stride) part.copy(data, at, from, from + row);
  }
}
