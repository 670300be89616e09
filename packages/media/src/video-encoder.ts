import './ffmpeg-log.ts';
import type { VideoFrame } from '@plugfest/model';
import {
  AV_PICTURE_TYPE_I,
  AV_PICTURE_TYPE_NONE,
  AV_PIX_FMT_YUV420P,
  Codec,
  CodecContext,
  type FFEncoderCodec,
  Packet,
  Rational,
} from 'node-av';
import { Canvas } from './canvas.ts';
import type { VideoCodecName } from './codec-names.ts';
import { scaleFrame } from './picture-scaler.ts';

export interface EncodedFrame {
  /** H.264: one Annex B access unit, parameter sets in band before each IDR; else one frame. */
  readonly data: Uint8Array;
  readonly keyFrame: boolean;
  readonly ptsUs: number;
}

export interface VideoEncoderOptions {
  readonly codec: VideoCodecName;
  readonly width: number;
  readonly height: number;
  readonly frameRate: number;
  readonly bitrateBps: number;
  /** For H.264 packetization mode 0: no NAL unit is larger. */
  readonly maxSliceBytes?: number;
  /** Default: ten seconds. */
  readonly keyFrameIntervalFrames?: number;
}

const MICROSECONDS = new Rational(1, 1_000_000);

interface EncoderProfile {
  readonly encoder: FFEncoderCodec;
  readonly options: (options: VideoEncoderOptions) => Record<string, string>;
  /** Whether a running encoder takes a new rate; else it is opened anew. */
  readonly takesRate: boolean;
}

/** All without look-ahead: one picture in, its bytes out. @see RFC 6184 §8.1 (constrained baseline) @see RFC 6386 */
const PROFILES: Record<VideoCodecName, EncoderProfile> = {
  h264: {
    encoder: 'libx264' as FFEncoderCodec,
    takesRate: true,
    options: ({ maxSliceBytes }) => ({
      preset: 'superfast',
      tune: 'zerolatency',
      profile: 'baseline',
      'forced-idr': '1',
      'x264-params': `scenecut=0:sliced-threads=0${maxSliceBytes ? `:slice-max-size=${maxSliceBytes}` : ''}`,
    }),
  },
  vp8: {
    encoder: 'libvpx' as FFEncoderCodec,
    takesRate: false,
    options: () => ({
      deadline: 'realtime',
      'cpu-used': '8',
      'lag-in-frames': '0',
      'error-resilient': 'default',
      'static-thresh': '100',
      'noise-sensitivity': '0',
      'auto-alt-ref': '0',
    }),
  },
  vp9: {
    encoder: 'libvpx-vp9' as FFEncoderCodec,
    takesRate: false,
    options: () => ({
      deadline: 'realtime',
      'cpu-used': '8',
      'lag-in-frames': '0',
      'error-resilient': 'default',
      'static-thresh': '100',
      'auto-alt-ref': '0',
      'aq-mode': '0',
    }),
  },
  /** SVT-AV1: low delay alone is without look-ahead, and has a constant rate. */
  av1: {
    encoder: 'libsvtav1' as FFEncoderCodec,
    takesRate: false,
    options: () => ({ preset: '10', 'svtav1-params': 'pred-struct=1:rc=2:lookahead=0:lp=1' }),
  },
  /** The 1998 version, for sizes that H.263 of 1996 does not know; none of its annexes. */
  h263: { encoder: 'h263p' as FFEncoderCodec, takesRate: false, options: () => ({}) },
};

/** The buffer of the rate control: what a key frame may be larger than the rest, as seconds of the bit rate. */
const RATE_BUFFER_S = 0.6;

/** A real-time video encoder with the settings of a conference: no delay, long GOP, key frames on demand. */
export class VideoEncoder implements Disposable {
  readonly #options: VideoEncoderOptions;
  readonly #packet = new Packet();
  #context: CodecContext;
  /** For pictures that are not in FFmpeg's memory. */
  #canvas: Canvas | undefined;
  #bitrateBps: number;
  #lastPtsUs = Number.NEGATIVE_INFINITY;

  /** @throws Error where FFmpeg refuses the options (odd sizes, no such encoder). */
  static open(options: VideoEncoderOptions): VideoEncoder {
    return new VideoEncoder(options);
  }

  private constructor(options: VideoEncoderOptions) {
    this.#options = options;
    this.#bitrateBps = options.bitrateBps;
    this.#packet.alloc();
    this.#context = openEncoderContext(options, options.bitrateBps);
  }

  get options(): VideoEncoderOptions {
    return this.#options;
  }

  /** Encodes one picture (scaled where its size differs). `atUs`, by default the picture's own time, should grow; where it does not, it is moved on by 1 µs inside. */
  encode(picture: VideoFrame | Canvas, { keyFrame = false, atUs = picture.ptsUs } = {}): EncodedFrame[] {
    const { frame } = this.#canvasOf(picture);
    const ptsUs = Math.max(Math.round(atUs), this.#lastPtsUs + 1);
    this.#lastPtsUs = ptsUs;
    frame.pts = BigInt(ptsUs);
    frame.pictType = keyFrame ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
    const status = this.#context.sendFrameSync(frame);
    if (status < 0) throw new Error(`${this.#options.codec} encoder refused a frame (${status})`);
    return this.#drain();
  }

  /** Takes effect from the next frame; a codec that cannot change in flight begins anew with a key frame. */
  setBitrate(bitrateBps: number): void {
    if (bitrateBps === this.#bitrateBps) return;
    this.#bitrateBps = bitrateBps;
    if (PROFILES[this.#options.codec].takesRate) setRate(this.#context, bitrateBps);
    else {
      this.#context.freeContext();
      this.#context = openEncoderContext(this.#options, bitrateBps);
    }
  }

  close(): void {
    this.#context.freeContext();
    this.#packet.free();
    this.#canvas?.[Symbol.dispose]();
    this.#canvas = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #canvasOf(picture: VideoFrame | Canvas): Canvas {
    const { width, height } = this.#options;
    if (picture instanceof Canvas && picture.width === width && picture.height === height) return picture;
    this.#canvas ??= new Canvas({ width, height });
    this.#canvas.cover(scaleFrame(picture instanceof Canvas ? picture.toFrame() : picture, width, height));
    return this.#canvas;
  }

  #drain(): EncodedFrame[] {
    const frames: EncodedFrame[] = [];
    while (this.#context.receivePacketSync(this.#packet) >= 0) {
      const { data, isKeyframe, pts } = this.#packet;
      // A copy, because the packet's memory goes back to FFmpeg.
      if (data) frames.push({ data: Uint8Array.prototype.slice.call(data), keyFrame: isKeyframe, ptsUs: Number(pts) });
      this.#packet.unref();
    }
    return frames;
  }
}

/** An opened FFmpeg encoder with these settings: frames in I420, time base 1 µs. */
export function openEncoderContext(options: VideoEncoderOptions, bitrateBps: number): CodecContext {
  const profile = PROFILES[options.codec];
  const codec = Codec.findEncoderByName(profile.encoder);
  const context = new CodecContext();
  context.allocContext3(codec);
  context.width = options.width;
  context.height = options.height;
  context.pixelFormat = AV_PIX_FMT_YUV420P;
  context.timeBase = MICROSECONDS;
  context.framerate = new Rational(Math.round(options.frameRate * 1000), 1000);
  context.gopSize = options.keyFrameIntervalFrames ?? Math.round(options.frameRate * 10);
  context.maxBFrames = 0;
  context.threadCount = 1;
  setRate(context, bitrateBps);
  // Not as a Dictionary: open2Sync consumes it, and node-av frees it once more when it is collected.
  for (const [name, value] of Object.entries(profile.options(options))) context.setOption(name, value);
  const status = context.open2Sync(codec);
  if (status < 0) throw new Error(`${profile.encoder} does not open at ${options.width}×${options.height} (${status})`);
  return context;
}

function setRate(context: CodecContext, bitrateBps: number): void {
  context.bitRate = BigInt(Math.round(bitrateBps));
  context.rcMaxRate = BigInt(Math.round(bitrateBps));
  context.rcMinRate = BigInt(Math.round(bitrateBps));
  context.rcBufferSize = Math.round(bitrateBps * RATE_BUFFER_S);
}
