import './ffmpeg-log.ts';
import type { VideoFrame } from '@plugfest/model';
import {
  AV_CODEC_FLAG_LOW_DELAY,
  AV_CODEC_ID_H263,
  AV_CODEC_ID_H264,
  AV_CODEC_ID_VP8,
  type AVPixelFormat,
  Codec,
  CodecContext,
  type FFDecoderCodec,
  Frame,
  Packet,
  Rational,
} from 'node-av';
import type { VideoCodecName } from './codec-names.ts';
import { scaleNative } from './native-scaler.ts';
import { type PlanarPicture, scalePicture } from './picture-scaler.ts';

const DECODERS: Record<VideoCodecName, () => Codec | null> = {
  h264: () => Codec.findDecoder(AV_CODEC_ID_H264),
  vp8: () => Codec.findDecoder(AV_CODEC_ID_VP8),
  // FFmpeg's own, once it was given damage, refuses the next key frames too.
  av1: () => Codec.findDecoderByName('libdav1d' as FFDecoderCodec),
  vp9: () => Codec.findDecoderByName('libvpx-vp9' as FFDecoderCodec),
  h263: () => Codec.findDecoder(AV_CODEC_ID_H263),
};

/** A decoded picture, still in FFmpeg's memory: whoever holds it must release it. */
export class DecodedPicture implements Disposable, PlanarPicture {
  readonly width: number;
  readonly height: number;
  readonly format: AVPixelFormat;
  readonly ptsUs: number;
  readonly keyFrame: boolean;
  readonly #giveBack: (frame: Frame) => void;
  #frame: Frame | undefined;

  constructor(frame: Frame, giveBack: (frame: Frame) => void) {
    this.#frame = frame;
    this.#giveBack = giveBack;
    this.width = frame.width & ~1;
    this.height = frame.height & ~1;
    this.format = frame.format as AVPixelFormat;
    this.ptsUs = Number(frame.pts);
    this.keyFrame = frame.keyFrame === 1;
  }

  /** Y, U, V in FFmpeg's memory, rows `strides` apart: costly, as each is external memory to the garbage collector. @throws Error after release. */
  get planes(): Buffer[] {
    return this.#native.data ?? [];
  }

  get strides(): number[] {
    return this.#native.linesize;
  }

  get #native(): Frame {
    if (!this.#frame) throw new Error('the picture was released');
    return this.#frame;
  }

  /** A copy in its own memory. */
  toFrame(): VideoFrame {
    return this.scaleTo(this.width, this.height);
  }

  /** A scaled copy, centred on black where the shape differs. `reuse`: a copy of the same size that `scaleTo` made and nobody needs any more. */
  scaleTo(width: number, height: number, reuse?: VideoFrame): VideoFrame {
    const data = scaleNative(this.#native, this, width, height, reuse?.data as Buffer);
    return { width, height, ptsUs: this.ptsUs, data: data ?? scalePicture(this, width, height, reuse?.data as Buffer) };
  }

  release(): void {
    if (!this.#frame) return;
    this.#giveBack(this.#frame);
    this.#frame = undefined;
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

/** Decodes what a peer sends: garbage and loss are counted, never thrown. No delay: a picture comes out of its own access unit. */
export class VideoDecoder implements Disposable {
  readonly #context: CodecContext;
  readonly #packet = new Packet();
  readonly #idle: Frame[] = [];
  #faults = 0;
  #closed = false;

  static open({ codec }: { codec: VideoCodecName }): VideoDecoder {
    return new VideoDecoder(DECODERS[codec]());
  }

  private constructor(codec: Codec | null) {
    this.#context = new CodecContext();
    this.#context.allocContext3(codec);
    this.#context.threadCount = 1;
    this.#context.setFlags(AV_CODEC_FLAG_LOW_DELAY);
    this.#context.pktTimebase = new Rational(1, 1_000_000);
    const status = this.#context.open2Sync(codec);
    if (status < 0) throw new Error(`video decoder does not open (${status})`);
    this.#packet.alloc();
  }

  /** Inputs that were refused, whole or in part: a reason to ask for a key frame. */
  get faults(): number {
    return this.#faults;
  }

  /** Decodes one access unit; nothing comes out before the first key frame. */
  decode(data: Uint8Array, ptsUs: number): DecodedPicture[] {
    if (this.#closed || data.length === 0) return [];
    this.#packet.data = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    this.#packet.pts = BigInt(Math.round(ptsUs));
    this.#packet.dts = this.#packet.pts;
    if (this.#context.sendPacketSync(this.#packet) < 0) this.#faults++;
    this.#packet.unref();
    return this.#drain();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#context.freeContext();
    this.#packet.free();
    for (const frame of this.#idle.splice(0)) frame.free();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #drain(): DecodedPicture[] {
    const pictures: DecodedPicture[] = [];
    for (;;) {
      const frame = this.#idle.pop() ?? emptyFrame();
      if (this.#context.receiveFrameSync(frame) < 0) {
        this.#idle.push(frame);
        return pictures;
      }
      if (frame.decodeErrorFlags !== 0) this.#faults++;
      pictures.push(new DecodedPicture(frame, this.#giveBack));
    }
  }

  readonly #giveBack = (frame: Frame): void => {
    if (this.#closed) frame.free();
    else {
      frame.unref();
      this.#idle.push(frame);
    }
  };
}

function emptyFrame(): Frame {
  const frame = new Frame();
  frame.alloc();
  return frame;
}
