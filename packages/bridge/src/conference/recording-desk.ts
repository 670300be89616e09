import type { Canvas } from '@plugfest/media';
import type { Clock } from '@plugfest/model';
import { Recording, type RecordingEnd } from './recording.ts';
import type { ViewSettings } from './view-format.ts';

export interface RecordingDeskOptions {
  readonly clock: Clock;
  readonly settings: ViewSettings;
  readonly emit: (type: string, data: Record<string, unknown>) => void;
}

const TOO_SLOW = 'the machine does not keep up';

/** A conference's recordings, one at a time. */
export class RecordingDesk {
  readonly #options: RecordingDeskOptions;
  #recording: Recording | undefined;
  /** Ffmpeg still writes what is in its hands when a recording is over for us. */
  #last: Promise<RecordingEnd | undefined> = Promise.resolve(undefined);

  constructor(options: RecordingDeskOptions) {
    this.#options = options;
  }

  get current(): Recording | undefined {
    return this.#recording;
  }

  /** False where a recording is under way. @throws SpawnFault */
  start(ffmpeg: string, file: string): boolean {
    if (this.#recording) return false;
    const { settings, clock, emit } = this.#options;
    const { width, height, frameRate } = settings;
    const recording = new Recording({ ffmpeg, file, width, height, frameRate, startUs: clock.nowUs() });
    this.#recording = recording;
    emit('recording.started', { file });
    void recording.broken.then(() => (this.#recording === recording ? this.stop() : undefined));
    return true;
  }

  /** Resolves when the file is whole; undefined where nothing is recorded. */
  stop(fault?: string): Promise<RecordingEnd | undefined> {
    const recording = this.#recording;
    this.#recording = undefined;
    if (!recording) return Promise.resolve(undefined);
    this.#last = this.#finish(recording, fault);
    return this.#last;
  }

  /** Resolves when nothing more is written. */
  async close(): Promise<void> {
    await this.stop();
    await this.#last;
  }

  show(picture: Canvas, nowUs: number): void {
    if (this.#recording?.show(picture, nowUs) === false) void this.stop(TOO_SLOW);
  }

  hear(mix: () => Int16Array, dueUs: number): void {
    if (this.#recording?.hear(mix(), dueUs) === false) void this.stop(TOO_SLOW);
  }

  async #finish(recording: Recording, fault: string | undefined): Promise<RecordingEnd> {
    const end = await recording.stop(fault);
    this.#options.emit('recording.stopped', { ...end });
    return end;
  }
}
