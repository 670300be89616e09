/**
 * Pictures and sound between Node and the page, one WebSocket message each; all numbers little-endian. Used on both sides.
 *
 *     0       1      2        4         6         8         16
 *     | kind | zero | width  | height  | zero    | timeUs  | data …
 *     |  u8  |      |  u16   |  u16    |         |  f64    | I420 bytes, or s16 samples (48 kHz, mono)
 */
export const MEDIA_KIND = { video: 1, audio: 2 } as const;
export const MEDIA_HEADER_BYTES = 16;

export interface MediaFrame {
  readonly kind: number;
  /** 0 for sound. */
  readonly width: number;
  readonly height: number;
  /** On the sender's clock. */
  readonly timeUs: number;
  readonly data: Uint8Array;
}

export function encodeMediaFrame({ kind, width, height, timeUs, data }: MediaFrame): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(MEDIA_HEADER_BYTES + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, kind);
  view.setUint16(2, width, true);
  view.setUint16(4, height, true);
  view.setFloat64(8, timeUs, true);
  bytes.set(data, MEDIA_HEADER_BYTES);
  return bytes;
}

/** Undefined for what is too short to be one, of no known kind, or does not have as much data as its size says. */
export function decodeMediaFrame(bytes: Uint8Array): MediaFrame | undefined {
  if (bytes.length < MEDIA_HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [kind, width, height] = [view.getUint8(0), view.getUint16(2, true), view.getUint16(4, true)];
  const data = bytes.subarray(MEDIA_HEADER_BYTES);
  const isWhole = kind === MEDIA_KIND.video ? data.length === (width * height * 3) / 2 : data.length % 2 === 0;
  if (!isWhole || (kind !== MEDIA_KIND.video && kind !== MEDIA_KIND.audio)) return undefined;
  return { kind, width, height, timeUs: view.getFloat64(8, true), data };
}
