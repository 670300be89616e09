/** A picture in I420: the planes one after another, without padding. */
interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** Where red, green and blue are in a pixel. */
const PIXELS: Readonly<Record<string, readonly [red: number, green: number, blue: number]>> = {
  RGBA: [0, 1, 2],
  RGBX: [0, 1, 2],
  BGRA: [2, 1, 0],
  BGRX: [2, 1, 0],
};

/** The bytes of what a decoder or a screen gives out, whatever its format. @throws RangeError for a format that is not known */
export async function i420Of(frame: VideoFrame): Promise<Picture> {
  const visible = frame.visibleRect ?? { width: frame.codedWidth, height: frame.codedHeight };
  const [width, height] = [visible.width & ~1, visible.height & ~1];
  const order = PIXELS[frame.format ?? ''];
  if (order) return { width, height, data: fromPixels(await pixelsOf(frame, width, height), width, height, order) };
  if (frame.format === 'NV12')
    return { width, height, data: deinterleaved(await planesOf(frame, width, height, 2), width * height) };
  if (frame.format === 'I420') return { width, height, data: await planesOf(frame, width, height, 3) };
  throw new RangeError(`a picture in ${frame.format}`);
}

/** The planes one after another, without padding: Y, then U and V, apart or together. */
async function planesOf(frame: VideoFrame, width: number, height: number, planes: 2 | 3): Promise<Uint8Array> {
  const data = new Uint8Array((width * height * 3) / 2);
  const luma = { offset: 0, stride: width };
  const chroma =
    planes === 2
      ? [{ offset: width * height, stride: width }]
      : [
          { offset: width * height, stride: width / 2 },
          { offset: (width * height * 5) / 4, stride: width / 2 },
        ];
  await frame.copyTo(data, { rect: { x: 0, y: 0, width, height }, layout: [luma, ...chroma] });
  return data;
}

async function pixelsOf(frame: VideoFrame, width: number, height: number): Promise<Uint8Array> {
  const data = new Uint8Array(width * height * 4);
  await frame.copyTo(data, { rect: { x: 0, y: 0, width, height }, layout: [{ offset: 0, stride: width * 4 }] });
  return data;
}

/** Hardware-like decoders give U and V interleaved (NV12): I420 has them apart. */
function deinterleaved(nv12: Uint8Array, lumaBytes: number): Uint8Array {
  const data = nv12.slice();
  const quarter = lumaBytes / 4;
  for (let i = 0; i < quarter; i++) {
    data[lumaBytes + i] = nv12[lumaBytes + 2 * i] ?? 0;
    data[lumaBytes + quarter + i] = nv12[lumaBytes + 2 * i + 1] ?? 0;
  }
  return data;
}

/** Limited range, in 1/256; colour is taken of one pixel in four. @see ITU-R BT.601-7 §2.5 */
function fromPixels(
  pixels: Uint8Array,
  width: number,
  height: number,
  [red, green, blue]: readonly [number, number, number],
): Uint8Array {
  const data = new Uint8Array((width * height * 3) / 2);
  let [u, v] = [width * height, (width * height * 5) / 4];
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      const r = pixels[at * 4 + red] ?? 0;
      const g = pixels[at * 4 + green] ?? 0;
      const b = pixels[at * 4 + blue] ?? 0;
      data[at] = ((66 * r + 129 * g + 25 * b + 128) >> 8) + 16;
      if (((x | y) & 1) !== 0) continue;
      data[u++] = ((-38 * r - 74 * g + 112 * b + 128) >> 8) + 128;
      data[v++] = ((112 * r - 94 * g - 18 * b + 128) >> 8) + 128;
    }
  }
  return data;
}
