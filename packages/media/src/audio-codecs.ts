import './ffmpeg-log.ts';
import {
  AV_CHANNEL_LAYOUT_MONO,
  AV_SAMPLE_FMT_S16,
  Codec,
  CodecContext,
  type FFDecoderCodec,
  type FFEncoderCodec,
  Frame,
  Packet,
  Rational,
} from 'node-av';
import type { AudioCodecName } from './codec-names.ts';
import { decodeG711, encodeG711, type G711Law } from './g711.ts';
import { OpusRepair } from './opus-repair.ts';

/** 20 ms of PCM in the codec's own rate to a payload. */
export interface PayloadEncoder {
  encode(samples: Int16Array): Uint8Array[];
  close(): void;
}

/** A payload to PCM in the codec's own rate; undefined where it is refused. */
export interface PayloadDecoder {
  decode(payload: Uint8Array): Int16Array | undefined;
  /** The 20 ms that are missing before `next`, by what the codec itself knows of them. */
  restore?(next: Uint8Array | undefined): Int16Array | undefined;
  close(): void;
}

export interface AudioCodecOptions {
  readonly bitrateBps?: number;
  /** Opus only: in-band forward error correction (RFC 7587 §3.1.1, `useinbandfec`). */
  readonly forwardErrorCorrection?: boolean;
}

export interface AudioDecoderOptions {
  /** Opus only: losses are repaired by libopus, from the packets around them; else they fade as those of other codecs. Takes effect when `loadOpusRepair` has been awaited. */
  readonly repairs?: boolean;
}

interface AudioCodecRow {
  readonly sampleRateHz: 8_000 | 16_000 | 48_000;
  readonly openEncoder: (options: AudioCodecOptions) => PayloadEncoder;
  readonly openDecoder: (options?: AudioDecoderOptions) => PayloadDecoder;
}

const close = (): void => {};

function g711(law: G711Law): AudioCodecRow {
  return {
    sampleRateHz: 8_000,
    openEncoder: () => ({ encode: (samples) => [encodeG711(law, samples)], close }),
    openDecoder: () => ({ decode: (payload) => decodeG711(law, payload), close }),
  };
}

/** @see RFC 7587 (Opus) @see RFC 3551 §4.5.2 (G.722), §4.5.14 (PCMA, PCMU) */
export const AUDIO_CODECS: Record<AudioCodecName, AudioCodecRow> = {
  opus: {
    sampleRateHz: 48_000,
    openEncoder: ({ bitrateBps = 32_000, forwardErrorCorrection = false }) =>
      openFfmpegEncoder('libopus' as FFEncoderCodec, 48_000, {
        b: String(bitrateBps),
        // Only SILK has forward error correction; CELT is half the work and 4 ms faster.
        application: forwardErrorCorrection ? 'voip' : 'lowdelay',
        frame_duration: '20',
        compression_level: '5',
        fec: forwardErrorCorrection ? '1' : '0',
        packet_loss: forwardErrorCorrection ? '10' : '0',
      }),
    openDecoder: ({ repairs = false } = {}) => {
      const decoder = openFfmpegDecoder('libopus' as FFDecoderCodec, 48_000);
      return repairs ? withRepair(decoder) : decoder;
    },
  },
  g722: {
    sampleRateHz: 16_000,
    openEncoder: () => openFfmpegEncoder('g722' as FFEncoderCodec, 16_000, {}),
    openDecoder: () => openFfmpegDecoder('g722' as FFDecoderCodec, 16_000),
  },
  pcmu: g711('pcmu'),
  pcma: g711('pcma'),
};

function openContext(codec: Codec | null, sampleRateHz: number, options: Record<string, string>): CodecContext {
  const context = new CodecContext();
  context.allocContext3(codec);
  context.sampleRate = sampleRateHz;
  context.channelLayout = AV_CHANNEL_LAYOUT_MONO;
  context.sampleFormat = AV_SAMPLE_FMT_S16;
  context.timeBase = new Rational(1, sampleRateHz);
  context.threadCount = 1;
  for (const [name, value] of Object.entries(options)) context.setOption(name, value);
  const status = context.open2Sync(codec);
  if (status < 0) throw new Error(`audio codec ${codec?.name} does not open (${status})`);
  return context;
}

function openFfmpegEncoder(
  name: FFEncoderCodec,
  sampleRateHz: number,
  options: Record<string, string>,
): PayloadEncoder {
  const context = openContext(Codec.findEncoderByName(name), sampleRateHz, options);
  const packet = new Packet();
  packet.alloc();
  const frame = audioFrame(sampleRateHz);
  const bytes = frame.data?.[0] as Buffer;
  const plane = new Int16Array(bytes.buffer, bytes.byteOffset, frame.nbSamples);
  let nextPts = 0n;
  return {
    encode(samples) {
      plane.set(samples);
      frame.pts = nextPts;
      nextPts += BigInt(samples.length);
      const payloads: Uint8Array[] = [];
      if (context.sendFrameSync(frame) < 0) return payloads;
      while (context.receivePacketSync(packet) >= 0) {
        if (packet.data) payloads.push(Uint8Array.prototype.slice.call(packet.data));
        packet.unref();
      }
      return payloads;
    },
    close() {
      context.freeContext();
      packet.free();
      frame.free();
    },
  };
}

function openFfmpegDecoder(name: FFDecoderCodec, sampleRateHz: number): PayloadDecoder {
  const context = openContext(Codec.findDecoderByName(name), sampleRateHz, {});
  const packet = new Packet();
  packet.alloc();
  const frame = new Frame();
  frame.alloc();
  return {
    decode(payload) {
      packet.data = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
      const status = context.sendPacketSync(packet);
      packet.unref();
      if (status < 0 || context.receiveFrameSync(frame) < 0) return undefined;
      const plane = frame.data?.[0];
      const samples =
        plane && new Int16Array(plane.buffer.slice(plane.byteOffset, plane.byteOffset + frame.nbSamples * 2));
      frame.unref();
      return samples;
    },
    close() {
      context.freeContext();
      packet.free();
      frame.free();
    },
  };
}

function withRepair(decoder: PayloadDecoder): PayloadDecoder {
  const repair = new OpusRepair();
  return {
    decode(payload) {
      const samples = decoder.decode(payload);
      if (samples) repair.heard(payload);
      return samples;
    },
    restore: (next) => repair.restore(next),
    close: () => decoder.close(),
  };
}

/** 20 ms of mono. */
function audioFrame(sampleRateHz: number): Frame {
  const frame = new Frame();
  frame.alloc();
  frame.format = AV_SAMPLE_FMT_S16;
  frame.sampleRate = sampleRateHz;
  frame.channelLayout = AV_CHANNEL_LAYOUT_MONO;
  frame.nbSamples = sampleRateHz / 50;
  const status = frame.getBuffer();
  if (status < 0) throw new Error(`no memory for an audio frame (${status})`);
  return frame;
}
