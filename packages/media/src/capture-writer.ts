import './ffmpeg-log.ts';
import { writeFileSync } from 'node:fs';
import type { AudioChunk, VideoFrame } from '@plugfest/model';
import {
  AV_CHANNEL_LAYOUT_MONO,
  AV_CHANNEL_LAYOUT_STEREO,
  AV_CODEC_ID_PCM_S16LE,
  AV_PIX_FMT_YUV420P,
  AV_PKT_FLAG_KEY,
  AV_SAMPLE_FMT_S16,
  AVMEDIA_TYPE_AUDIO,
  Codec,
  CodecContext,
  type FFEncoderCodec,
  FormatContext,
  Frame,
  Packet,
  Rational,
  type Stream,
} from 'node-av';
import { scaleFrame } from './picture-scaler.ts';
import { copyPlanes, packedPlanes } from './planar-copy.ts';

export interface CaptureOptions {
  readonly video?: { readonly width: number; readonly height: number };
  readonly audio?: { readonly sampleRateHz: number; readonly channels: number };
}

/** Ut Video: lossless, every picture on its own, 0.8 ms a picture of 640×360 where FFV1 takes 3.7 and x264 -qp 0 takes 1.4. */
const LOSSLESS = 'utvideo' as FFEncoderCodec;
const MILLISECONDS = new Rational(1, 1000);
/** A killed process loses at most this much: the muxer writes whole clusters. */
const CLUSTER_MS = 400;
/** Time zero of the file lies this much before the first item, so that the other medium may begin a little earlier. */
const LEAD_US = 200_000;
/** Two seconds of pictures at 15 a second and sound at 50; beyond that the disk does not keep up and pictures are dropped. */
const MAX_QUEUED = 130;

type Item = { readonly frame: VideoFrame } | { readonly chunk: AudioChunk };

/**
 * Writes what a participant was shown and played, without loss, to Matroska (Ut Video and PCM s16le, times to the millisecond), with
 * `<file>.json` `{ originUs }` beside it: the run's time at the file's time zero. What was written stays readable after a kill.
 */
export class CaptureWriter {
  readonly #path: string;
  readonly #video: { encoder: CodecContext; input: Frame; stream: Stream; width: number; height: number } | undefined;
  readonly #audio: { stream: Stream; bytesPerSample: number } | undefined;
  readonly #format: FormatContext;
  readonly #packet = new Packet();
  readonly #queue: Item[] = [];
  readonly #lastMs = { video: 0, audio: 0 };
  #originUs: number | undefined;
  #droppedFrames = 0;
  #draining: Promise<void> | undefined;
  #fault: Error | undefined;
  #isClosed = false;

  /** @throws Error where the file cannot be made. */
  static open(path: string, options: CaptureOptions): CaptureWriter {
    return new CaptureWriter(path, options);
  }

  private constructor(path: string, { video, audio }: CaptureOptions) {
    this.#path = path;
    this.#packet.alloc();
    this.#format = new FormatContext();
    check(this.#format.allocOutputContext2(null, 'matroska', path), path);
    if (video) this.#video = { ...addVideo(this.#format, video.width, video.height), ...video };
    if (audio) {
      this.#audio = {
        stream: addAudio(this.#format, audio.sampleRateHz, audio.channels),
        bytesPerSample: 2 * audio.channels,
      };
    }
    this.#format.setOption('cluster_time_limit', String(CLUSTER_MS));
    this.#format.setOption('fflags', 'flush_packets');
    check(this.#format.openOutputSync(), path);
    check(this.#format.writeHeaderSync(), path);
  }

  /** Frames that were not written because writing fell two seconds behind. */
  get droppedFrames(): number {
    return this.#droppedFrames;
  }

  /** What is not written yet: who makes pictures faster than time passes waits for it to fall. */
  get queued(): number {
    return this.#queue.length;
  }

  /** Queues a frame (scaled where its size differs); it is kept without copying until written, so it must not change. */
  writeVideo(frame: VideoFrame): void {
    if (!this.#video || this.#isClosed) return;
    if (this.#queue.length >= MAX_QUEUED) this.#droppedFrames++;
    else this.#enqueue({ frame }, frame.ptsUs);
  }

  /** Queues sound of the rate and channels that the capture was opened with. */
  writeAudio(chunk: AudioChunk): void {
    if (this.#audio && !this.#isClosed) this.#enqueue({ chunk }, chunk.ptsUs);
  }

  /** Writes what is queued and finishes the file. @throws Error where something could not be written. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#draining;
    if (!this.#fault) this.#format.writeTrailerSync();
    this.#format.closeOutputSync();
    this.#format.freeContext();
    this.#video?.encoder.freeContext();
    this.#video?.input.free();
    this.#packet.free();
    if (this.#fault) throw this.#fault;
  }

  #enqueue(item: Item, ptsUs: number): void {
    if (this.#originUs === undefined) {
      this.#originUs = Math.round(ptsUs) - LEAD_US;
      writeFileSync(`${this.#path}.json`, `${JSON.stringify({ originUs: this.#originUs })}\n`);
    }
    this.#queue.push(item);
    this.#draining ??= this.#drain();
  }

  async #drain(): Promise<void> {
    // Off the caller's path: what shows or plays comes first.
    await new Promise(setImmediate);
    for (let item = this.#queue.shift(); item && !this.#fault; item = this.#queue.shift()) {
      try {
        if ('frame' in item) await this.#encode(item.frame);
        else this.#writeSound(item.chunk);
      } catch (error) {
        this.#fault = error as Error;
      }
    }
    this.#draining = undefined;
  }

  async #encode(frame: VideoFrame): Promise<void> {
    const video = this.#video;
    if (!video) return;
    check(video.input.makeWritable(), this.#path);
    const { input, width, height } = video;
    const planes = (input.data ?? []).slice(0, 3);
    const picture = packedPlanes(scaleFrame(frame, width, height).data, width, height);
    copyPlanes(picture, { planes, strides: input.linesize.slice(0, 3) }, width, height);
    video.input.pts = BigInt(this.#timeMs('video', frame.ptsUs));
    // In FFmpeg's thread: a lossless picture is the dearest thing here.
    check(await video.encoder.sendFrame(video.input), this.#path);
    while (video.encoder.receivePacketSync(this.#packet) >= 0) this.#write(video.stream);
  }

  #writeSound({ samples, ptsUs }: AudioChunk): void {
    if (!this.#audio) return;
    this.#packet.data = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
    this.#packet.pts = BigInt(this.#timeMs('audio', ptsUs));
    this.#packet.dts = this.#packet.pts;
    this.#packet.setFlags(AV_PKT_FLAG_KEY);
    this.#write(this.#audio.stream);
  }

  #write(stream: Stream): void {
    this.#packet.streamIndex = stream.index;
    this.#packet.rescaleTs(MILLISECONDS, stream.timeBase);
    check(this.#format.writeFrameSync(this.#packet), this.#path);
    this.#packet.unref();
  }

  #timeMs(kind: 'video' | 'audio', ptsUs: number): number {
    const ms = Math.max(this.#lastMs[kind], Math.round((ptsUs - (this.#originUs ?? 0)) / 1000));
    this.#lastMs[kind] = ms;
    return ms;
  }
}

function addVideo(
  format: FormatContext,
  width: number,
  height: number,
): { encoder: CodecContext; input: Frame; stream: Stream } {
  const codec = Codec.findEncoderByName(LOSSLESS);
  const encoder = new CodecContext();
  encoder.allocContext3(codec);
  encoder.width = width;
  encoder.height = height;
  encoder.pixelFormat = AV_PIX_FMT_YUV420P;
  encoder.timeBase = MILLISECONDS;
  encoder.threadCount = 1;
  encoder.setOption('pred', 'left');
  check(encoder.open2Sync(codec), LOSSLESS);
  const stream = format.newStream(codec);
  check(stream.codecpar.fromContext(encoder), LOSSLESS);
  stream.timeBase = MILLISECONDS;
  const input = new Frame();
  input.alloc();
  input.width = width;
  input.height = height;
  input.format = AV_PIX_FMT_YUV420P;
  check(input.getBuffer(), LOSSLESS);
  return { encoder, input, stream };
}

function addAudio(format: FormatContext, sampleRateHz: number, channels: number): Stream {
  const stream = format.newStream(null);
  const parameters = stream.codecpar;
  parameters.codecType = AVMEDIA_TYPE_AUDIO;
  parameters.codecId = AV_CODEC_ID_PCM_S16LE;
  parameters.format = AV_SAMPLE_FMT_S16;
  parameters.sampleRate = sampleRateHz;
  parameters.channelLayout = channels === 1 ? AV_CHANNEL_LAYOUT_MONO : AV_CHANNEL_LAYOUT_STEREO;
  parameters.bitsPerCodedSample = 16;
  stream.timeBase = MILLISECONDS;
  return stream;
}

function check(status: number, what: string): void {
  if (status < 0) throw new Error(`capture: ${what}: FFmpeg says ${status}`);
}
