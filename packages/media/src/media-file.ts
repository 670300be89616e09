import './ffmpeg-log.ts';
import { existsSync, statSync } from 'node:fs';
import {
  AV_CODEC_ID_NONE,
  AV_DISPOSITION_ATTACHED_PIC,
  AVDISCARD_ALL,
  AVERROR_EOF,
  AVMEDIA_TYPE_AUDIO,
  AVMEDIA_TYPE_VIDEO,
  Codec,
  CodecContext,
  FormatContext,
  Frame,
  Packet,
  type Stream,
} from 'node-av';
import { missingBytesOf } from './promised-length.ts';

export type MediaFileFaultCode = 'file-missing' | 'file-empty' | 'not-media';

/** A file of which nothing can be read. */
export class MediaFileFault extends Error {
  readonly code: MediaFileFaultCode;
  constructor(code: MediaFileFaultCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** What a file says of itself before anything is decoded. */
export interface MediaFileFacts {
  /** The first moving picture, and the first sound; absent where there is none. */
  readonly video?: { readonly codec: string; readonly frameRate: number; readonly canDecode: boolean };
  readonly audio?: {
    readonly codec: string;
    readonly sampleRateHz: number;
    readonly channels: number;
    readonly canDecode: boolean;
  };
  /** As the header promises; absent where it does not. */
  readonly durationMs?: number;
  /** Bytes that the file lacks of what its header promises, where a header promises bytes (RIFF, Matroska). */
  readonly missingBytes?: number;
}

/** What was seen while one medium of a file was read to its end. */
export interface ReadFaults {
  /** Packets that the decoder refused, and frames that it called damaged. */
  damaged: number;
  /** Reading ended with an error before the end of the file. */
  endedEarly: boolean;
}

const MICROSECONDS = 1e6;

/** Reads the header of any file that FFmpeg knows. @throws MediaFileFault */
export function readFileFacts(path: string): MediaFileFacts {
  const format = openFormat(path);
  try {
    const video = firstStream(format, 'video');
    const audio = firstStream(format, 'audio');
    if (!video && !audio) throw new MediaFileFault('not-media', `${path} holds neither pictures nor sound`);
    const duration = Number(format.duration);
    return {
      ...(video ? { video: { ...codecOf(video), frameRate: rateOf(video) } } : {}),
      ...(audio
        ? {
            audio: { ...codecOf(audio), sampleRateHz: audio.codecpar.sampleRate, channels: audio.codecpar.channels },
          }
        : {}),
      ...(duration > 0 ? { durationMs: duration / 1000 } : {}),
      ...missingBytesOf(path),
    };
  } finally {
    format.closeInputSync();
  }
}

/**
 * Decodes the first stream of a kind to its end: `each` frame is good until the next. Times in µs as the file has them; where a frame has none it is put
 * after the one before. Damage is counted in `faults`, never thrown. @throws MediaFileFault
 */
export function* decodeStream(
  path: string,
  kind: 'video' | 'audio',
  faults: ReadFaults,
): Generator<{ readonly frame: Frame; readonly ptsUs: number }> {
  const format = openFormat(path);
  const packet = new Packet();
  packet.alloc();
  const frame = new Frame();
  frame.alloc();
  let decoder: CodecContext | undefined;
  let endByte = 0;
  try {
    const stream = firstStream(format, kind);
    decoder = stream && openDecoder(stream);
    if (!stream || !decoder) return;
    for (const other of format.streams) if (other.index !== stream.index) other.discard = AVDISCARD_ALL;
    const drain = framesOf(decoder, frame, stream, kind, faults);
    for (;;) {
      const status = format.readFrameSync(packet);
      if (status < 0) {
        if (status !== AVERROR_EOF || leavesHalfAPicture(format, path, endByte)) faults.endedEarly = true;
        break;
      }
      endByte = Number(packet.pos) + packet.size;
      if (packet.streamIndex === stream.index) {
        if (decoder.sendPacketSync(packet) < 0) faults.damaged++;
        yield* drain();
      }
      packet.unref();
    }
    if (decoder.sendPacketSync(null) >= 0) yield* drain();
  } finally {
    decoder?.freeContext();
    frame.free();
    packet.free();
    format.closeInputSync();
  }
}

/** What comes out of a decoder, with its times. */
function framesOf(
  decoder: CodecContext,
  frame: Frame,
  stream: Stream,
  kind: 'video' | 'audio',
  faults: ReadFaults,
): () => Generator<{ readonly frame: Frame; readonly ptsUs: number }> {
  const { num, den } = stream.timeBase;
  const tickUs = (MICROSECONDS * num) / den;
  const frameUs = MICROSECONDS / (rateOf(stream) || 25);
  let nextUs = 0;
  return function* drain() {
    while (decoder.receiveFrameSync(frame) >= 0) {
      if (frame.decodeErrorFlags !== 0) faults.damaged++;
      // FFmpeg's AV_NOPTS_VALUE is the least 64-bit number.
      const ticks = Number(frame.bestEffortTimestamp);
      const ptsUs = ticks > -(2 ** 62) ? ticks * tickUs : nextUs;
      nextUs = ptsUs + (kind === 'video' ? frameUs : (MICROSECONDS * frame.nbSamples) / frame.sampleRate);
      yield { frame, ptsUs };
      frame.unref();
    }
  };
}

function openFormat(path: string): FormatContext {
  if (!existsSync(path)) throw new MediaFileFault('file-missing', `${path} is not there`);
  const status = statSync(path);
  if (status.isDirectory()) throw new MediaFileFault('not-media', `${path} is a directory`);
  if (!status.isFile())
    throw new MediaFileFault('not-media', `${path} is a pipe, a socket or a device: only files can be read twice`);
  if (status.isFile() && status.size === 0) throw new MediaFileFault('file-empty', `${path} is empty (0 bytes)`);
  const format = new FormatContext();
  if (format.openInputSync(path) < 0)
    throw new MediaFileFault('not-media', `${path} is no file of pictures or sound that FFmpeg can open`);
  format.findStreamInfoSync();
  return format;
}

/** The first that is no cover picture. */
function firstStream(format: FormatContext, kind: 'video' | 'audio'): Stream | undefined {
  const type = kind === 'video' ? AVMEDIA_TYPE_VIDEO : AVMEDIA_TYPE_AUDIO;
  return format.streams.find(
    ({ codecpar, disposition }) => codecpar.codecType === type && (disposition & AV_DISPOSITION_ATTACHED_PIC) === 0,
  );
}

function codecOf({ codecpar: { codecId } }: Stream): { codec: string; canDecode: boolean } {
  const codec = codecId === AV_CODEC_ID_NONE ? null : Codec.findDecoder(codecId);
  return { codec: codec?.name ?? `codec ${codecId}`, canDecode: codec !== null };
}

function rateOf({ avgFrameRate, rFrameRate }: Stream): number {
  const rates = [avgFrameRate, rFrameRate].map(({ num, den }) => num / den);
  return rates.find((rate) => Number.isFinite(rate) && rate > 0) ?? 0;
}

function openDecoder(stream: Stream): CodecContext | undefined {
  const codec = Codec.findDecoder(stream.codecpar.codecId);
  if (!codec) return undefined;
  const decoder = new CodecContext();
  decoder.allocContext3(codec);
  decoder.parametersToContext(stream.codecpar);
  decoder.pktTimebase = stream.timeBase;
  decoder.threadCount = 1;
  if (decoder.open2Sync(codec) >= 0) return decoder;
  decoder.freeContext();
  return undefined;
}

/** y4m has pictures one after another and nothing else: what is left is the beginning of one. */
function leavesHalfAPicture(format: FormatContext, path: string, endByte: number): boolean {
  return format.iformat?.name === 'yuv4mpegpipe' && endByte > 0 && statSync(path).size > endByte;
}
