import { CaptureWriter } from '@plugfest/media';
import type { AudioChunk } from '@plugfest/model';
import { MEDIA_KIND, type MediaFrame } from './media-frame.ts';

const AUDIO = { sampleRateHz: 48_000, channels: 1 } as const;
/** Sound that waits for the first picture, whose size the capture needs: half a minute. */
const MAX_EARLY = 3000;

/** Captures what the page was shown and played, from the first of it on. */
export class PageCapture {
  readonly #path: string;
  readonly #early: AudioChunk[] = [];
  readonly #ready = Promise.withResolvers<void>();
  #writer: CaptureWriter | undefined;
  #pictures = 0;
  #heard = false;
  #isClosed = false;

  constructor(path: string) {
    this.#path = path;
  }

  /** Resolves when there has been a picture and sound. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Pictures that came from the page. */
  get pictures(): number {
    return this.#pictures;
  }

  take(frame: MediaFrame): void {
    if (this.#isClosed) return;
    if (frame.kind === MEDIA_KIND.video) this.#show(frame);
    else this.#play(frame);
    if (this.#heard && this.#pictures > 0) this.#ready.resolve();
  }

  /** Resolves when the file is complete, with the pictures that it lacks; undefined where there was nothing to capture. @throws where it could not be written */
  async close(): Promise<{ readonly droppedFrames: number } | undefined> {
    if (this.#isClosed) return undefined;
    this.#isClosed = true;
    if (!this.#writer && this.#early.length > 0) this.#open(CaptureWriter.open(this.#path, { audio: AUDIO }));
    await this.#writer?.close();
    return this.#writer && { droppedFrames: this.#writer.droppedFrames };
  }

  #show({ width, height, data, timeUs }: MediaFrame): void {
    if (!this.#writer) this.#open(CaptureWriter.open(this.#path, { video: { width, height }, audio: AUDIO }));
    this.#pictures++;
    this.#writer?.writeVideo({ width, height, data, ptsUs: timeUs });
  }

  #play({ data, timeUs }: MediaFrame): void {
    this.#heard = true;
    // A copy, for samples must lie at even addresses.
    const chunk = { samples: new Int16Array(Uint8Array.from(data).buffer), ...AUDIO, ptsUs: timeUs };
    if (this.#writer) this.#writer.writeAudio(chunk);
    else if (this.#early.length < MAX_EARLY) this.#early.push(chunk);
  }

  #open(writer: CaptureWriter): void {
    this.#writer = writer;
    for (const chunk of this.#early.splice(0)) writer.writeAudio(chunk);
  }
}
