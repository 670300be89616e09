import { join } from 'node:path';
import { LiveSource } from '@plugfest/media';
import type { Clock } from '@plugfest/model';
import { MEDIA_KIND } from '../browser/media-frame.ts';
import { PageCapture } from '../browser/page-capture.ts';
import { CameraPipe } from '../desk/camera-pipe.ts';
import type { EndpointContext } from '../endpoint.ts';
import { makePipe, readPipe, SoundPipe } from './named-pipe.ts';

/** Names of the four pipes in a program's directory. */
export const PIPES = {
  camera: 'camera',
  microphone: 'microphone',
  screen: 'screen',
  loudspeaker: 'loudspeaker',
} as const;

const SAMPLES_PER_SECOND = 48_000;
const BYTES_A_SAMPLE = 2;
/** Sound is written down in pieces of 20 ms. */
const PIECE_BYTES = (SAMPLES_PER_SECOND / 50) * BYTES_A_SAMPLE;
/** Sound that comes this much later than its place in the stream was not played without a gap. */
const MAX_LATE_US = 100_000;

/**
 * The desk of a program of others, all of it named pipes: camera and microphone to read from, screen and loudspeaker to write to. What it writes is its capture, with
 * the time at which it came.
 */
export class PipeDesk implements AsyncDisposable {
  readonly #context: EndpointContext;
  readonly #camera: CameraPipe;
  readonly #microphone: SoundPipe;
  readonly #capture: PageCapture;
  readonly #resources = new AsyncDisposableStack();
  #live: LiveSource | undefined;

  private constructor(context: EndpointContext, camera: CameraPipe, microphone: SoundPipe, workDir: string) {
    this.#context = context;
    this.#camera = this.#resources.use(camera);
    this.#microphone = this.#resources.use(microphone);
    this.#capture = new PageCapture(context.captureFile);
    const { clock, plan } = context;
    const { width, height } = plan.video;
    const pictures = new Pieces((width * height * 3) / 2, (data) =>
      this.#capture.take({ kind: MEDIA_KIND.video, width, height, timeUs: clock.nowUs(), data }),
    );
    const timeline = new SoundTimeline(clock);
    const sound = new Pieces(PIECE_BYTES, (data) =>
      this.#capture.take({ kind: MEDIA_KIND.audio, width: 0, height: 0, timeUs: timeline.next(), data }),
    );
    this.#resources.use(readPipe(join(workDir, PIPES.screen), (bytes) => pictures.take(bytes)));
    this.#resources.use(readPipe(join(workDir, PIPES.loudspeaker), (bytes) => sound.take(bytes)));
  }

  /** @throws where no pipe can be made */
  static async open(context: EndpointContext, workDir: string): Promise<PipeDesk> {
    await using opening = new AsyncDisposableStack();
    const at = (name: keyof typeof PIPES): string => join(workDir, PIPES[name]);
    const camera = opening.use(await CameraPipe.open(at('camera'), context.clock, context.plan.video));
    const microphone = opening.use(await SoundPipe.open(at('microphone')));
    await Promise.all([makePipe(at('screen')), makePipe(at('loudspeaker'))]);
    opening.move();
    return new PipeDesk(context, camera, microphone, workDir);
  }

  /** Resolves when there has been a picture and sound. */
  get ready(): Promise<void> {
    return this.#capture.ready;
  }

  /** The call is answered: the participant shows itself and speaks. */
  start(): void {
    if (this.#live) return;
    const { source, clock, sabotage, emit } = this.#context;
    this.#live = LiveSource.start({
      source,
      clock,
      sabotage,
      onVideo: (frame) => this.#camera.show(frame),
      onAudio: ({ samples }) => this.#microphone.speak(samples),
    });
    emit('source.started', { startedUs: this.#live.startedUs });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#live?.stop();
    const written = await this.#capture.close();
    if (written) this.#context.emit('capture.closed', { ...written });
    await this.#resources.disposeAsync();
  }
}

/** Cuts a stream into pieces of one size. */
class Pieces {
  readonly #bytes: number;
  readonly #onPiece: (piece: Uint8Array) => void;
  #piece: Uint8Array;
  #filled = 0;

  constructor(bytes: number, onPiece: (piece: Uint8Array) => void) {
    this.#bytes = bytes;
    this.#onPiece = onPiece;
    this.#piece = new Uint8Array(bytes);
  }

  take(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + this.#bytes - this.#filled);
      this.#piece.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled < this.#bytes) continue;
      this.#onPiece(this.#piece);
      this.#piece = new Uint8Array(this.#bytes);
      this.#filled = 0;
    }
  }
}

/** When each piece of sound was played: one after the other, and never much before it came. */
class SoundTimeline {
  readonly #clock: Clock;
  #nextUs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  next(): number {
    const nowUs = this.#clock.nowUs();
    const atUs = this.#nextUs === undefined || nowUs - this.#nextUs > MAX_LATE_US ? nowUs : this.#nextUs;
    this.#nextUs = atUs + 1e6 / 50;
    return Math.round(atUs);
  }
}
