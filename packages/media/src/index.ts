// Signatures first, so that others can write against them; the bodies replace these lines one by one.
import type { AudioChunk, Clock, LayoutName, ParticipantPlan, Rect, Sabotage, VideoFrame } from '@plugfest/model';

export * from './codec-names.ts';
export * from './code-strip.ts';
export * from './video-encoder.ts';
export * from './video-decoder.ts';
export { scaleFrame } from './picture-scaler.ts';
export { solidPicture } from './i420.ts';
import type { AudioCodecName } from './codec-names.ts';

export declare class AudioEncoder implements Disposable {
  static open(options: { codec: AudioCodecName; bitrateBps?: number; forwardErrorCorrection?: boolean }): AudioEncoder;
  /** 48 kHz mono 20 ms in; none to one payload of 20 ms out. */
  encode(chunk: AudioChunk): Uint8Array[];
  close(): void;
  [Symbol.dispose](): void;
}
export declare class AudioDecoder implements Disposable {
  static open(options: { codec: AudioCodecName }): AudioDecoder;
  readonly faults: number;
  /** 48 kHz mono out, as long as the payload says. */
  decode(payload: Uint8Array, ptsUs: number): AudioChunk;
  /** 20 ms in place of a lost payload. */
  conceal(): AudioChunk;
  close(): void;
  [Symbol.dispose](): void;
}
export declare class MixMinus {
  /** One participant's next 20 ms (960 samples, 48 kHz mono). */
  add(id: string, chunk: AudioChunk): void;
  /** Starts the next tick: forgets what was added. */
  nextTick(): void;
  /** All others, saturating: 960 samples. */
  mixFor(id: string): Int16Array;
  /** RMS of this tick in dBov (0 is full scale, silence is -127). */
  level(id: string): number;
}

export interface Tile {
  readonly rect: Rect;
  readonly frame: VideoFrame;
  readonly label?: string;
  readonly speaking?: boolean;
}
export declare class Compositor {
  constructor(size: { width: number; height: number });
  /** A fresh picture; `ptsUs` is the newest of its tiles'. Frames must have the size of their rect (else they are scaled). */
  compose(tiles: readonly Tile[]): VideoFrame;
}

export declare class CaptureWriter {
  static open(
    path: string,
    options: { video?: { width: number; height: number }; audio?: { sampleRateHz: number; channels: number } },
  ): CaptureWriter;
  readonly droppedFrames: number;
  /** Kept without copying until written: do not change it afterwards. */
  writeVideo(frame: VideoFrame): void;
  writeAudio(chunk: AudioChunk): void;
  close(): Promise<void>;
}
export type CaptureItem = { kind: 'video'; frame: VideoFrame } | { kind: 'audio'; chunk: AudioChunk };
export declare function readCapture(path: string): AsyncIterable<CaptureItem>;

export declare function encodePng(frame: VideoFrame): Buffer;
export declare function encodeJpeg(frame: VideoFrame, quality?: number): Buffer;

export interface PrepareOptions {
  readonly participant: ParticipantPlan;
  readonly cacheDir: string;
  /** Where espeak-ng is; looked up where absent. */
  readonly tools?: { readonly espeakNg?: string };
}
export declare class ParticipantSource {
  /** @throws SourceError `espeak-ng-missing` with the command that mends it. */
  static prepare(options: PrepareOptions): Promise<ParticipantSource>;
  readonly participant: ParticipantPlan;
  /** Frames of the picture's loop. */
  readonly loopFrames: number;
  frameAt(frameNumber: number): VideoFrame;
  stamped(frameNumber: number, sentUs: number): VideoFrame;
  readonly speech: Int16Array;
  speechAt(elapsedUs: number, samples: number): Int16Array;
}
export declare class SourceError extends Error {
  readonly code: 'espeak-ng-missing' | 'espeak-ng-failed';
  readonly fix: string;
}

export interface LiveSourceOptions {
  readonly source: ParticipantSource;
  readonly clock: Clock;
  readonly onVideo: (frame: VideoFrame) => void;
  /** 20 ms, 48 kHz mono. */
  readonly onAudio: (chunk: AudioChunk) => void;
  readonly sabotage?: readonly Sabotage[];
}
export declare class LiveSource {
  static start(options: LiveSourceOptions): LiveSource;
  /** Speech sample k is spoken at `startedUs + k / 48000 s`; frame n is due at `startedUs + n / frameRate s`. */
  readonly startedUs: number;
  readonly framesSent: number;
  stop(): void;
}
export type { LayoutName };
