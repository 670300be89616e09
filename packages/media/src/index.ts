import type { AudioChunk, Clock, ParticipantPlan, Sabotage, VideoFrame } from '@plugfest/model';

export * from './audio-decoder.ts';
export * from './audio-encoder.ts';
export * from './capture-reader.ts';
export * from './capture-writer.ts';
export * from './code-strip.ts';
export * from './codec-names.ts';
export * from './compositor.ts';
export { solidPicture } from './i420.ts';
export * from './mix-minus.ts';
export * from './picture-file.ts';
export { scaleFrame } from './picture-scaler.ts';
export * from './video-decoder.ts';
export * from './video-encoder.ts';

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
