import { existsSync, statSync } from 'node:fs';
import type { VideoFrame } from '@plugfest/model';
import {
  AV_PIX_FMT_GRAY8,
  AV_PIX_FMT_NV12,
  AV_PIX_FMT_NV21,
  AV_PIX_FMT_YUV410P,
  AV_PIX_FMT_YUV411P,
  AV_PIX_FMT_YUV420P,
  AV_PIX_FMT_YUV422P,
  AV_PIX_FMT_YUV440P,
  AV_PIX_FMT_YUV444P,
  AV_PIX_FMT_YUVJ411P,
  AV_PIX_FMT_YUVJ420P,
  AV_PIX_FMT_YUVJ422P,
  AV_PIX_FMT_YUVJ440P,
  AV_PIX_FMT_YUVJ444P,
  AVCOL_RANGE_JPEG,
  AVCOL_RANGE_MPEG,
  type AVPixelFormat,
  avGetPixFmtName,
  Frame,
  SoftwareScaleContext,
  SWS_BICUBIC,
} from 'node-av';
import { decodeStream, type ReadFaults } from './media-file.ts';
import { readY4mHeader, readY4mPictures, type Y4mHeader } from './y4m-pictures.ts';

/** 8-bit formats that name their range: what they hold is as good as their plain twin's. */
const FULL_RANGE: ReadonlySet<AVPixelFormat> = new Set([
  AV_PIX_FMT_YUVJ411P,
  AV_PIX_FMT_YUVJ420P,
  AV_PIX_FMT_YUVJ422P,
  AV_PIX_FMT_YUVJ440P,
  AV_PIX_FMT_YUVJ444P,
]);
/** Formats whose first plane is 8-bit luma. */
const LUMA_FIRST: ReadonlySet<AVPixelFormat> = new Set([
  ...FULL_RANGE,
  AV_PIX_FMT_GRAY8,
  AV_PIX_FMT_NV12,
  AV_PIX_FMT_NV21,
  AV_PIX_FMT_YUV410P,
  AV_PIX_FMT_YUV411P,
  AV_PIX_FMT_YUV420P,
  AV_PIX_FMT_YUV422P,
  AV_PIX_FMT_YUV440P,
  AV_PIX_FMT_YUV444P,
]);

export type LumaRange = 'full' | 'limited' | 'unsaid';

/** A picture of a file. Unlike other frames it may have odd sides (then chroma is rounded up), and has the range of its file. */
export interface FilePicture extends VideoFrame {
  /** Before any scaling. */
  readonly codedWidth: number;
  readonly codedHeight: number;
  readonly range: LumaRange;
  /** FFmpeg's name, e.g. `yuv420p`. */
  readonly format: string;
  /** Its luma is the decoder's own bytes: neither scaled nor converted. */
  readonly isExact: boolean;
}

export interface PictureReadOptions {
  readonly faults?: ReadFaults;
  /** Scale every picture to this size (bicubic, as FFmpeg's scale filter), whatever its shape. */
  readonly size?: { readonly width: number; readonly height: number };
  /**
   * Only Y is wanted: where it is exact, `data` may hold nothing else. Most of what reading costs beside decoding is saved.
   */
  readonly lumaOnly?: boolean;
}

/**
 * The pictures of the first video stream in the order of showing, each good until the next is asked for. Luma of 8-bit formats is copied as it is coded, with
 * neither range nor matrix applied.
 * @throws MediaFileFault
 */
export function* readPictures(
  path: string,
  { faults = { damaged: 0, endedEarly: false }, size, lumaOnly = false }: PictureReadOptions = {},
): Generator<FilePicture> {
  const y4m = existsSync(path) && statSync(path).isFile() ? readY4mHeader(path) : undefined;
  if (y4m && (!size || (size.width === y4m.width && size.height === y4m.height))) yield* exactly(path, y4m, faults);
  else yield* converted(path, faults, size, lumaOnly);
}

function* exactly(path: string, y4m: Y4mHeader, faults: ReadFaults): Generator<FilePicture> {
  const { width, height, intervalUs, range } = y4m;
  const facts = { width, height, codedWidth: width, codedHeight: height, range, format: 'yuv420p', isExact: true };
  let number = 0;
  for (const data of readY4mPictures(path, y4m, faults)) yield { ...facts, data, ptsUs: number++ * intervalUs };
}

function* converted(
  path: string,
  faults: ReadFaults,
  size: PictureReadOptions['size'],
  lumaOnly: boolean,
): Generator<FilePicture> {
  using conversion = new PictureConversion();
  for (const { frame, ptsUs } of decodeStream(path, 'video', faults)) {
    const { width, height } = size ?? frame;
    const isSameSize = width === frame.width && height === frame.height;
    const format = frame.format as AVPixelFormat;
    const isExact = isSameSize && LUMA_FIRST.has(format);
    yield {
      width,
      height,
      data: (lumaOnly && isExact && conversion.luma(frame)) || conversion.convert(frame, width, height, isExact),
      ptsUs,
      codedWidth: frame.width,
      codedHeight: frame.height,
      range: rangeOf(frame, format),
      format: avGetPixFmtName(format) ?? String(format),
      isExact,
    };
  }
}

function rangeOf({ colorRange }: Frame, format: AVPixelFormat): LumaRange {
  if (colorRange === AVCOL_RANGE_JPEG || FULL_RANGE.has(format)) return 'full';
  return colorRange === AVCOL_RANGE_MPEG ? 'limited' : 'unsaid';
}

/** Contexts and targets for the last few shapes of one file. */
class PictureConversion implements Disposable {
  readonly #open = new Map<string, { readonly context: SoftwareScaleContext; readonly target: Frame }>();
  #luma: { readonly frame: Frame; readonly data: Uint8Array } | undefined;

  /**
   * The first plane alone, in memory that the next one overwrites. A view of the decoder's own would keep its buffers from being used again until the garbage
   * is collected, which costs more than the copy.
   */
  luma(frame: Frame): Uint8Array | undefined {
    const { width, height, format } = frame;
    if (this.#luma?.frame.width !== width || this.#luma.frame.height !== height) {
      this.#luma?.frame.free();
      this.#luma = openLuma(width, height);
    }
    try {
      // What FFmpeg takes for a grey picture it copies the first plane of.
      frame.format = AV_PIX_FMT_GRAY8;
      return frame.linesize[0] && this.#luma.frame.copy(frame) >= 0 ? this.#luma.data : undefined;
    } finally {
      frame.format = format;
    }
  }

  /** Y, U and V in one piece. */
  convert(frame: Frame, width: number, height: number, isExact: boolean): Uint8Array {
    const format = frame.format as AVPixelFormat;
    if (isExact && (format === AV_PIX_FMT_YUV420P || format === AV_PIX_FMT_YUVJ420P)) return frame.toBuffer();
    const { context, target } = this.#contextFor(frame, width, height);
    if (context.scaleFrameSync(target, frame) < 0) throw new Error('FFmpeg does not convert a picture');
    const data = target.toBuffer();
    if (isExact) data.set(frame.toBuffer().subarray(0, width * height));
    return data;
  }

  #contextFor(frame: Frame, width: number, height: number): { context: SoftwareScaleContext; target: Frame } {
    const format = frame.format as AVPixelFormat;
    const key = `${format}:${frame.width}x${frame.height}>${width}x${height}`;
    const known = this.#open.get(key);
    if (known) return known;
    // The same range in and out: it is the caller's to compare.
    const into = FULL_RANGE.has(format) ? AV_PIX_FMT_YUVJ420P : AV_PIX_FMT_YUV420P;
    const context = new SoftwareScaleContext();
    context.getContext(frame.width, frame.height, format, width, height, into, SWS_BICUBIC);
    const target = new Frame();
    target.alloc();
    target.width = width;
    target.height = height;
    target.format = into;
    if (target.getBuffer() < 0) throw new Error(`no room for pictures of ${width}×${height}`);
    const opened = { context, target };
    this.#open.set(key, opened);
    return opened;
  }

  [Symbol.dispose](): void {
    for (const { context, target } of this.#open.values()) {
      context.freeContext();
      target.free();
    }
    this.#open.clear();
    this.#luma?.frame.free();
  }
}

/** With packed rows. */
function openLuma(width: number, height: number): { readonly frame: Frame; readonly data: Uint8Array } {
  const frame = new Frame();
  frame.alloc();
  frame.width = width;
  frame.height = height;
  frame.format = AV_PIX_FMT_GRAY8;
  const plane = frame.getBuffer(1) < 0 ? undefined : frame.data?.[0];
  if (!plane) throw new Error(`no room for pictures of ${width}×${height}`);
  return { frame, data: plane.subarray(0, width * height) };
}
