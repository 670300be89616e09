import './ffmpeg-log.ts';
import { existsSync, readFileSync } from 'node:fs';
import { type AudioChunk, i420Size, type VideoFrame } from '@plugfest/model';
import {
  AV_CHANNEL_LAYOUT_MONO,
  AV_CODEC_ID_NONE,
  AV_SAMPLE_FMT_S16,
  AVMEDIA_TYPE_AUDIO,
  AVMEDIA_TYPE_VIDEO,
  type AVPixelFormat,
  type AVSampleFormat,
  Codec,
  CodecContext,
  FormatContext,
  Frame,
  Packet,
  SoftwareResampleContext,
  type Stream,
} from 'node-av';
import { SAMPLE_RATE_HZ } from './codec-names.ts';
import { scalePicture } from './picture-scaler.ts';

export type CaptureItem =
  | { readonly kind: 'video'; readonly frame: VideoFrame }
  | { readonly kind: 'audio'; readonly chunk: AudioChunk };

/** A capture that is not there, or in which no medium is found. */
export class CaptureFault extends Error {
  readonly code = 'capture-unreadable';
}

export interface CaptureReadOptions {
  /** Every picture is read into the same memory: good until the next item is asked for. */
  readonly reuse?: boolean;
}

interface Track {
  readonly stream: Stream;
  readonly decoder: CodecContext;
  readonly isVideo: boolean;
  /** The last picture's memory, where pictures may share it. */
  spare?: Buffer;
  resampler?: SoftwareResampleContext;
}

/**
 * Reads any capture (ours or what the ffmpeg command writes), in the file's order: video as I420, sound as 48 kHz mono, times on the run's
 * clock by `<path>.json` `{ originUs }` (0 where there is none). A file that was cut short ends where it was cut.
 * @throws CaptureFault where there is nothing to read.
 */
export async function* readCapture(
  path: string,
  { reuse = false }: CaptureReadOptions = {},
): AsyncGenerator<CaptureItem> {
  const format = new FormatContext();
  if (format.openInputSync(path) < 0) throw new CaptureFault(`${path} cannot be opened as a capture`);
  const packet = new Packet();
  packet.alloc();
  const frame = new Frame();
  frame.alloc();
  const tracks = new Map<number, Track>();
  try {
    format.findStreamInfoSync();
    for (const stream of format.streams) openTrack(stream, tracks);
    if (tracks.size === 0) throw new CaptureFault(`${path} has neither video nor sound that can be decoded`);
    const originUs = readOrigin(path);
    while (format.readFrameSync(packet) >= 0) {
      const track = tracks.get(packet.streamIndex);
      if (track && track.decoder.sendPacketSync(packet) >= 0) yield* decoded(track, frame, originUs, reuse);
      packet.unref();
    }
    for (const track of tracks.values()) {
      if (track.decoder.sendPacketSync(null) >= 0) yield* decoded(track, frame, originUs, reuse);
    }
  } finally {
    for (const { decoder, resampler } of tracks.values()) {
      decoder.freeContext();
      resampler?.free();
    }
    frame.free();
    packet.free();
    format.closeInputSync();
  }
}

/** The run's time at the file's time zero. */
function readOrigin(path: string): number {
  const sidecar = `${path}.json`;
  if (!existsSync(sidecar)) return 0;
  const { originUs } = JSON.parse(readFileSync(sidecar, 'utf8')) as { originUs?: unknown };
  if (typeof originUs !== 'number') throw new CaptureFault(`${sidecar} has no number originUs`);
  return originUs;
}

function openTrack(stream: Stream, tracks: Map<number, Track>): void {
  const { codecType, codecId } = stream.codecpar;
  const isVideo = codecType === AVMEDIA_TYPE_VIDEO;
  if (codecId === AV_CODEC_ID_NONE || !(isVideo || codecType === AVMEDIA_TYPE_AUDIO)) return;
  const codec = Codec.findDecoder(codecId);
  if (!codec) return;
  const decoder = new CodecContext();
  decoder.allocContext3(codec);
  decoder.parametersToContext(stream.codecpar);
  decoder.pktTimebase = stream.timeBase;
  decoder.threadCount = 1;
  if (decoder.open2Sync(codec) >= 0) tracks.set(stream.index, { stream, decoder, isVideo });
}

function* decoded(track: Track, frame: Frame, originUs: number, reuse: boolean): Generator<CaptureItem> {
  while (track.decoder.receiveFrameSync(frame) >= 0) {
    const { num, den } = track.stream.timeBase;
    const ptsUs = originUs + Math.round((Number(frame.bestEffortTimestamp) * num * 1e6) / den);
    if (track.isVideo) {
      const picture = toVideoFrame(frame, ptsUs, reuse ? track.spare : undefined);
      track.spare = picture.data as Buffer;
      yield { kind: 'video', frame: picture };
    } else {
      const samples = toMono(track, frame);
      if (samples.length > 0)
        yield { kind: 'audio', chunk: { samples, sampleRateHz: SAMPLE_RATE_HZ, channels: 1, ptsUs } };
    }
    frame.unref();
  }
}

function toVideoFrame(frame: Frame, ptsUs: number, spare: Buffer | undefined): VideoFrame {
  const [width, height] = [frame.width & ~1, frame.height & ~1];
  // A capture may change its size half-way.
  const into = spare?.length === i420Size(width, height) ? spare : undefined;
  const source = {
    width,
    height,
    format: frame.format as AVPixelFormat,
    planes: frame.data ?? [],
    strides: frame.linesize,
  };
  return { width, height, ptsUs, data: scalePicture(source, width, height, into) };
}

function toMono(track: Track, frame: Frame): Int16Array {
  const planes = frame.data ?? [];
  if (frame.sampleRate === SAMPLE_RATE_HZ && frame.format === AV_SAMPLE_FMT_S16 && frame.channels === 1) {
    return new Int16Array(Uint8Array.from((planes[0] as Buffer).subarray(0, frame.nbSamples * 2)).buffer);
  }
  track.resampler ??= openResampler(frame);
  const room = track.resampler.getOutSamples(frame.nbSamples);
  const out = Buffer.alloc(room * 2);
  const count = track.resampler.convertSync([out], room, planes, frame.nbSamples);
  return new Int16Array(out.buffer, out.byteOffset, Math.max(0, count)).slice();
}

function openResampler(frame: Frame): SoftwareResampleContext {
  const resampler = new SoftwareResampleContext();
  const { channelLayout, format, sampleRate } = frame;
  const mono = [AV_CHANNEL_LAYOUT_MONO, AV_SAMPLE_FMT_S16, SAMPLE_RATE_HZ] as const;
  resampler.allocSetOpts2(...mono, channelLayout, format as AVSampleFormat, sampleRate);
  resampler.init();
  return resampler;
}
