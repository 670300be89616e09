import type { AudioChunk, Clock, Sabotage, Timer, VideoFrame } from '@plugfest/model';
import { SAMPLE_RATE_HZ, TICK_SAMPLES, TICK_US } from './codec-names.ts';
import { solidPicture } from './i420.ts';
import type { ParticipantSource } from './participant-source.ts';

export interface LiveSourceOptions {
  readonly source: ParticipantSource;
  readonly clock: Clock;
  /** One frame; `ptsUs` is when it was due, its code says when it was sent. */
  readonly onVideo: (frame: VideoFrame) => void;
  /** 20 ms, 48 kHz mono; `ptsUs` is when its first sample was due. */
  readonly onAudio: (chunk: AudioChunk) => void;
  /** Those of other participants are passed over. */
  readonly sabotage?: readonly Sabotage[];
}

/** A picture that is later than this is left out, as a camera would; sound is always caught up with, so that its clock holds. */
const MAX_LATE_US = 500_000;
/** Sabotage `freeze`: the picture stands still from here on. */
export const FREEZE_AFTER_US = 2_000_000;
const DEFAULT_DELAY_MS = 300;
const DEFAULT_LIPSYNC_MS = 250;

/** A participant's camera and microphone: paced by the clock without drift, however late a timer fires. */
export class LiveSource {
  /** Frame n is due at `startedUs + n / frameRate`, sample k is spoken at `startedUs + k / 48000`. */
  readonly startedUs: number;
  readonly #options: LiveSourceOptions;
  readonly #frameRate: number;
  readonly #sabotage: ReadonlySet<string>;
  readonly #videoDelayUs: number;
  readonly #audioDelayUs: number;
  #nextFrame = 0;
  #nextTick = 0;
  #framesSent = 0;
  #framesSkipped = 0;
  #frozen: VideoFrame | undefined;
  #timer: Timer | undefined;
  #isStopped = false;

  /** Begins at once: the first frame and the first 20 ms are given out before it returns. */
  static start(options: LiveSourceOptions): LiveSource {
    const live = new LiveSource(options);
    live.#run();
    return live;
  }

  private constructor(options: LiveSourceOptions) {
    this.#options = options;
    this.startedUs = options.clock.nowUs();
    const { id, video } = options.source.participant;
    this.#frameRate = video.frameRate;
    const mine = (options.sabotage ?? []).filter(({ participant }) => participant === id);
    const amountUs = (kind: Sabotage['kind'], byDefaultMs: number): number =>
      mine.filter((s) => s.kind === kind).reduce((sum, { amount }) => sum + (amount ?? byDefaultMs) * 1000, 0);
    this.#sabotage = new Set(mine.map(({ kind }) => kind));
    this.#videoDelayUs = amountUs('delay', DEFAULT_DELAY_MS);
    this.#audioDelayUs = this.#videoDelayUs + amountUs('lipsync', DEFAULT_LIPSYNC_MS);
  }

  get framesSent(): number {
    return this.#framesSent;
  }

  /** Frames that a stall of half a second or more has swallowed. */
  get framesSkipped(): number {
    return this.#framesSkipped;
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  #run(): void {
    const nowUs = this.#options.clock.nowUs();
    while (!this.#isStopped && this.#tickDueUs() <= nowUs) this.#sendSound();
    while (!this.#isStopped && this.#frameDueUs() <= nowUs) this.#sendPicture(nowUs);
    if (this.#isStopped) return;
    const dueUs = Math.min(this.#tickDueUs(), this.#frameDueUs());
    const delayMs = Math.max(0, (dueUs - this.#options.clock.nowUs()) / 1000);
    // Timers count whole milliseconds: rounding up fires after the due time, never before it.
    this.#timer = this.#options.clock.schedule(Math.ceil(delayMs), () => this.#run());
  }

  #tickDueUs(): number {
    return this.startedUs + this.#nextTick * TICK_US;
  }

  /** When the next frame leaves: sabotage `delay` holds it back. */
  #frameDueUs(): number {
    return this.startedUs + Math.round((this.#nextFrame * 1e6) / this.#frameRate) + this.#videoDelayUs;
  }

  #sendSound(): void {
    const elapsedUs = this.#nextTick * TICK_US;
    const samples = this.#sabotage.has('mute')
      ? new Int16Array(TICK_SAMPLES)
      : this.#options.source.speechAt(elapsedUs - this.#audioDelayUs, TICK_SAMPLES);
    const chunk = { samples, sampleRateHz: SAMPLE_RATE_HZ, channels: 1, ptsUs: this.#tickDueUs() };
    this.#nextTick++;
    this.#options.onAudio(chunk);
  }

  #sendPicture(nowUs: number): void {
    const dueUs = this.#frameDueUs();
    const number = this.#nextFrame++;
    if (nowUs - dueUs > MAX_LATE_US) {
      this.#framesSkipped++;
      return;
    }
    this.#framesSent++;
    this.#options.onVideo({ ...this.#picture(number, this.#options.clock.nowUs()), ptsUs: dueUs });
  }

  #picture(number: number, nowUs: number): VideoFrame {
    const { source } = this.#options;
    if (this.#sabotage.has('black')) {
      const { width, height } = source.participant.video;
      return { width, height, ptsUs: nowUs, data: solidPicture(width, height) };
    }
    const isFrozen = this.#sabotage.has('freeze') && (number * 1e6) / this.#frameRate >= FREEZE_AFTER_US;
    if (!isFrozen) return source.stamped(number, nowUs - this.#videoDelayUs);
    this.#frozen ??= source.stamped(number, nowUs - this.#videoDelayUs);
    return this.#frozen;
  }
}
