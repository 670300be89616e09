import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { type OwnedProcess, type ProcessExit, spawnOwned } from '@plugfest/host';
import {
  type AgreedLine,
  formatLine,
  type LinePorts,
  type MediaCommand,
  type MediaEvent,
  type MediaSetup,
  parseLine,
} from './media-protocol.ts';

const MAIN = resolve(import.meta.dirname, 'media-main.ts');
/** A process that has not finished its capture in this time is ended. */
const STOP_MS = 3000;

export interface MediaProcessOptions extends MediaSetup {
  readonly onStarted: (startedUs: number) => void;
  /** At most once: it cannot go on. */
  readonly onFault: (message: string) => void;
}

/** The process that carries one federated client's media, seen from the run. */
export class MediaProcess implements AsyncDisposable {
  /** Where it receives; rejects where it cannot. */
  readonly ports: Promise<{ readonly audio: LinePorts; readonly video: LinePorts }>;
  /** Resolves when a picture was shown and sound was played. */
  readonly ready: Promise<void>;
  readonly #options: MediaProcessOptions;
  readonly #process: OwnedProcess;
  readonly #listening = Promise.withResolvers<{ audio: LinePorts; video: LinePorts }>();
  readonly #ready = Promise.withResolvers<void>();
  #droppedFrames: number | null = null;
  #hasStarted = false;
  #isStopping = false;
  #hasFault = false;

  private constructor(options: MediaProcessOptions) {
    const { onStarted: _, onFault: __, ...setup } = options;
    this.#options = options;
    this.ports = this.#listening.promise;
    this.ready = this.#ready.promise;
    // Who never joins never asks.
    this.ports.catch(() => {});
    this.#process = spawnOwned(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', MAIN, JSON.stringify(setup satisfies MediaSetup)],
      { name: `media of ${setup.participant.id}`, stdin: 'pipe' },
    );
    // A process that has gone is told by its end, not by what could not be written to it.
    this.#process.stdin?.on('error', () => {});
    const lines = createInterface({ input: this.#process.stdout }).on('line', (line) => this.#take(parseLine(line)));
    const allSaid = once(lines, 'close');
    void this.#process.exited.then(async (exit) => {
      await allSaid;
      this.#takeExit(exit);
    });
  }

  /** Starts it; it makes itself ready meanwhile. */
  static open(options: MediaProcessOptions): MediaProcess {
    return new MediaProcess(options);
  }

  /** Sends and receives from now on. */
  start(audio: AgreedLine, video: AgreedLine): void {
    this.#hasStarted = true;
    this.#tell({ command: 'start', audio, video });
  }

  /** Ends media; the capture is complete when it resolves. How many pictures are missing in it, null where there is none. */
  async stop(): Promise<number | null> {
    this.#isStopping = true;
    if (this.#hasStarted) await this.#finish();
    await this.#process.stop();
    return this.#droppedFrames;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopping = true;
    await this.#process[Symbol.asyncDispose]();
  }

  async #finish(): Promise<void> {
    this.#tell({ command: 'stop' });
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, STOP_MS);
    await Promise.race([this.#process.exited, late.promise]);
    clearTimeout(timer);
  }

  #tell(command: MediaCommand): void {
    this.#process.stdin?.write(formatLine(command));
  }

  #take(event: MediaEvent): void {
    if (event.type === 'listening') this.#listening.resolve(event);
    else if (event.type === 'source.started') this.#options.onStarted(event.startedUs);
    else if (event.type === 'media-ready') this.#ready.resolve();
    else if (event.type === 'stopped') this.#droppedFrames = event.droppedFrames;
    else this.#fail(event.message);
  }

  #takeExit({ code, signal }: ProcessExit): void {
    const how = `the media process ended (${signal ?? `code ${code}`})`;
    this.#listening.reject(new Error(how));
    if (!this.#isStopping) this.#fail([how, this.#process.stderrTail().trim().slice(-500)].filter(Boolean).join(': '));
  }

  /** The first fault is told, what follows from it is not. */
  #fail(message: string): void {
    this.#listening.reject(new Error(message));
    if (this.#hasFault) return;
    this.#hasFault = true;
    this.#options.onFault(message);
  }
}
