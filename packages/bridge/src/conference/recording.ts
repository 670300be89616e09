import { statSync } from 'node:fs';
import type { Duplex, Writable } from 'node:stream';
import { type OwnedProcess, spawnOwned } from '@plugfest/host';
import type { Canvas } from '@plugfest/media';

export interface RecordingOptions {
  /** The ffmpeg program. */
  readonly ffmpeg: string;
  readonly file: string;
  readonly width: number;
  readonly height: number;
  readonly frameRate: number;
  /** Time zero of the file. */
  readonly startUs: number;
}

/** How a recording ended. */
export interface RecordingEnd {
  readonly file: string;
  readonly bytes: number;
  readonly pictures: number;
  /** What went wrong; undefined: nothing. */
  readonly fault: string | undefined;
}

const SAMPLE_RATE_HZ = 48_000;
const SAMPLES_PER_TICK = 960;
/** FFmpeg has this much time to write its last packets and the index. */
const FINISH_MS = 10_000;
/** What FFmpeg has not taken: some seconds of pictures. Beyond that the machine does not keep up, and more memory would not help. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;
/** Nothing that is missing for longer is filled up: that would be a fault of our clock. */
const MAX_FILL_US = 10_000_000;

/**
 * A conference's picture and sound in a Matroska file, by ffmpeg: H.264 and Opus. Each picture and each sample has its place by the conference's clock; where
 * one was left out the one before is repeated, so that both stay together however long it lasts. Clusters are short and written at once: of what was recorded until a
 * kill only the last half second is lost.
 */
export class Recording implements AsyncDisposable {
  readonly file: string;
  readonly #options: RecordingOptions;
  readonly #process: OwnedProcess;
  readonly #pictures: Writable;
  readonly #sound: Writable;
  #pictureCount = 0;
  #sampleCount = 0;
  #fault: string | undefined;
  #ended: Promise<RecordingEnd> | undefined;

  /** @throws SpawnFault */
  constructor(options: RecordingOptions) {
    this.#options = options;
    this.file = options.file;
    this.#process = spawnOwned(options.ffmpeg, argumentsOf(options), {
      name: 'ffmpeg of a recording',
      stdin: 'pipe',
      extraFds: 1,
    });
    this.#process.stdout.resume();
    this.#pictures = this.#process.stdin as Writable;
    this.#sound = this.#process.extra[0] as Duplex;
  }

  get startedUs(): number {
    return this.#options.startUs;
  }

  /** Resolves when ffmpeg has ended by itself: the disk is full, or it fell over. */
  get broken(): Promise<void> {
    return this.#process.exited.then(() => undefined);
  }

  /** The picture of this moment; false where ffmpeg does not keep up. */
  show(canvas: Canvas, nowUs: number): boolean {
    const { frameRate, startUs } = this.#options;
    const due = Math.round(((nowUs - startUs) * frameRate) / 1e6) + 1;
    const missing = Math.min(due - this.#pictureCount, (MAX_FILL_US * frameRate) / 1e6);
    if (missing <= 0) return true;
    // The conference draws over its pictures again.
    const picture = canvas.toPacked();
    for (let n = 0; n < missing; n++) this.#write(this.#pictures, picture);
    this.#pictureCount += missing;
    return this.#keepsUp;
  }

  /** 20 ms of all voices. */
  hear(samples: Int16Array, dueUs: number): boolean {
    const due = Math.round(((dueUs - this.#options.startUs) * SAMPLE_RATE_HZ) / 1e6);
    if (due < 0) return true;
    const missing = Math.min(due - this.#sampleCount, (MAX_FILL_US * SAMPLE_RATE_HZ) / 1e6);
    // Ticks have no drift: less than a tick is rounding.
    if (missing >= SAMPLES_PER_TICK) this.#addSound(new Int16Array(missing));
    this.#addSound(samples.slice());
    return this.#keepsUp;
  }

  /** Ends the file. Safe to call twice. */
  stop(fault?: string): Promise<RecordingEnd> {
    this.#fault ??= fault;
    this.#ended ??= this.#finish();
    return this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  get #keepsUp(): boolean {
    return this.#pictures.writableLength + this.#sound.writableLength < MAX_WAITING_BYTES;
  }

  #addSound(samples: Int16Array): void {
    this.#sampleCount += samples.length;
    this.#write(this.#sound, Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength));
  }

  #write(stream: Writable, bytes: Buffer): void {
    if (this.#ended === undefined && stream.writable) stream.write(bytes);
  }

  async #finish(): Promise<RecordingEnd> {
    this.#pictures.end();
    this.#sound.end();
    const late = setTimeout(() => void this.#process.stop(), FINISH_MS);
    const { code, signal } = await this.#process.exited;
    clearTimeout(late);
    await this.#process.stop();
    const said = this.#process.stderrTail().trim().split('\n').at(-1);
    if (code !== 0) this.#fault ??= said || `ffmpeg ended with ${signal ?? `code ${code}`}`;
    const bytes = statSync(this.file, { throwIfNoEntry: false })?.size ?? 0;
    return { file: this.file, bytes, pictures: this.#pictureCount, fault: this.#fault };
  }
}

function argumentsOf({ file, width, height, frameRate }: RecordingOptions): string[] {
  const matrix = ['colorspace', 'color_primaries', 'color_trc'].flatMap((name) => [`-${name}`, 'smpte170m']);
  return [
    ...['-hide_banner', '-loglevel', 'error', '-n'],
    ...['-thread_queue_size', '64', '-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-video_size', `${width}x${height}`],
    ...['-framerate', `${frameRate}`, '-i', 'pipe:0'],
    ...['-thread_queue_size', '512', '-f', 's16le', '-ar', `${SAMPLE_RATE_HZ}`, '-ac', '1', '-i', 'pipe:3'],
    ...['-map', '0:v', '-c:v', 'libx264', '-preset', 'veryfast', '-tune', 'zerolatency', '-threads', '2', '-crf', '23'],
    ...['-g', `${Math.round(2 * frameRate)}`, '-pix_fmt', 'yuv420p', '-color_range', 'tv', ...matrix],
    ...['-map', '1:a', '-c:a', 'libopus', '-b:a', '64k'],
    ...['-f', 'matroska', '-cluster_time_limit', '500', '-flush_packets', '1', file],
  ];
}
