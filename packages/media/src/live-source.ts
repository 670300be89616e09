import type { AudioChunk, Clock, Sabotage, Timer, VideoFrame } from '@plugfest/model';
import { SAMPLE_RATE_HZ, TICK_SAMPLES, TICK_US } from './codec-names.ts';
import { solidPicture } from './i420.ts';
import type { ParticipantSource } from './participant-source.ts';
import { SourceSabotage } from './source-sabotage.ts';

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

/** A participant's camera and microphone: paced by the clock without drift, however late a timer fires. */
export class LiveSource {
  /** Frame n is due at `startedUs + n / frameRate`, sample k is spoken at `startedUs + k / 48000`. */
  readonly startedUs: number;
  readonly #options: LiveSourceOptions;
  readonly #frameRate: number;
  readonly #sabotage: SourceSabotage;
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
    this.#sabotage = new SourceSabotage(options.sabotage ?? [], id);
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
    const shotUs = this.#shotUs(this.#nextFrame);
    return this.startedUs + shotUs + this.#sabotage.videoDelayUs(shotUs);
  }

  /** When frame n is taken, since the start. */
  #shotUs(number: number): number {
    return Math.round((number * 1e6) / this.#frameRate);
  }

  #sendSound(): void {
    const elapsedUs = this.#nextTick * TICK_US;
    const chunk = {
      samples: this.#sound(elapsedUs),
      sampleRateHz: SAMPLE_RATE_HZ,
      channels: 1,
      ptsUs: this.#tickDueUs(),
    };
    this.#nextTick++;
    this.#options.onAudio(chunk);
  }

  #sound(elapsedUs: number): Int16Array {
    const delayUs = this.#sabotage.audioDelayUs(elapsedUs);
    // When a delay begins, what was said before it has left already, and is not said twice.
    const hasLeft = this.#sabotage.audioDelayUs(elapsedUs - delayUs) < delayUs && elapsedUs >= delayUs;
    if (hasLeft || this.#sabotage.isBroken('mute', elapsedUs)) return new Int16Array(TICK_SAMPLES);
    return this.#options.source.speechAt(elapsedUs - delayUs, TICK_SAMPLES);
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
    const shotUs = this.#shotUs(number);
    if (this.#sabotage.isBroken('black', shotUs)) {
      const { width, height } = source.participant.video;
      return { width, height, ptsUs: nowUs, data: solidPicture(width, height) };
    }
    const stamped = (): VideoFrame => source.stamped(number, nowUs - this.#sabotage.videoDelayUs(shotUs));
    if (!this.#sabotage.isBroken('freeze', shotUs)) {
      this.#frozen = undefined;
      return stamped();
    }
    this.#frozen ??= stamped();
    return this.#frozen;
  }
}
