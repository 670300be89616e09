import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { cacheDirectory, type OwnedProcess, type ProcessExit, spawnOwned } from '@plugfest/host';
import type { Endpoint, EndpointContext, JoinOutcome, JoinTarget } from '../endpoint.ts';
import { type ClientCommand, type ClientSetup, parseClientEvent } from '../webrtc/client-protocol.ts';
import { openClientRelay } from '../webrtc/client-relay.ts';
import { refusalOf } from '../webrtc/refusal.ts';

const CLIENT = resolve(import.meta.dirname, 'client.ts');
/** A client that does not hang up by itself in this time is ended. */
const HANG_UP_MS = 3000;

/** libwebrtc in Node (wrtc), calling with JsSIP over WebSocket, in a process of its own. */
export class WebRtcNodeEndpoint implements Endpoint {
  readonly kind = 'webrtc-node';
  readonly mediaReady: Promise<void>;
  readonly #context: EndpointContext;
  readonly #resources = new AsyncDisposableStack();
  readonly #outcome = Promise.withResolvers<JoinOutcome>();
  readonly #ready = Promise.withResolvers<void>();
  readonly #client: OwnedProcess;
  /** It may end from here on: it has left, or was told to. */
  #mayEnd = false;
  #hasFault = false;

  private constructor(context: EndpointContext) {
    const { plan, captureFile, sabotage } = context;
    this.#context = context;
    this.mediaReady = this.#ready.promise;
    // Who never joins never asks how it went.
    this.#outcome.promise.catch(() => {});
    const setup: ClientSetup = { plan, captureFile, sabotage, cacheDir: cacheDirectory() };
    this.#client = this.#resources.use(
      spawnOwned(process.execPath, ['--disable-warning=ExperimentalWarning', CLIENT, JSON.stringify(setup)], {
        name: `wrtc ${plan.id}`,
        stdin: 'pipe',
      }),
    );
    const interrupt = (): void => this.#outcome.reject(context.signal.reason);
    context.signal.addEventListener('abort', interrupt);
    this.#resources.defer(() => context.signal.removeEventListener('abort', interrupt));
    const lines = createInterface({ input: this.#client.stdout }).on('line', (line) => this.#take(line));
    const allSaid = once(lines, 'close');
    void this.#client.exited.then(async (exit) => {
      await allSaid;
      this.#takeExit(exit);
    });
  }

  /** Starts the client, which makes itself ready meanwhile, so that joining is quick. */
  static async open(context: EndpointContext): Promise<WebRtcNodeEndpoint> {
    return new WebRtcNodeEndpoint(context);
  }

  async join(target: JoinTarget): Promise<JoinOutcome> {
    const { plan, signal } = this.#context;
    signal.throwIfAborted();
    const by = await openClientRelay(target, this.#context, this.#resources);
    this.#tell({
      command: 'call',
      call: {
        by,
        uri: plan.uri,
        displayName: plan.name,
        conferenceUri: target.conferenceUri,
      },
    });
    return this.#outcome.promise;
  }

  async hangUp(): Promise<void> {
    this.#mayEnd = true;
    this.#tell({ command: 'hang-up' });
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, HANG_UP_MS);
    await Promise.race([this.#client.exited, late.promise]);
    clearTimeout(timer);
    await this.#client.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#mayEnd = true;
    await this.#resources.disposeAsync();
  }

  #tell(command: ClientCommand): void {
    this.#client.stdin?.write(`${JSON.stringify(command)}\n`);
  }

  #take(line: string): void {
    const { emit } = this.#context;
    const event = parseClientEvent(line);
    switch (event?.type) {
      case 'joined':
        this.#outcome.resolve({ joined: true, audioCodec: event.audioCodec, videoCodec: event.videoCodec });
        break;
      case 'refused':
        this.#outcome.resolve(refusalOf(event, this.#context));
        break;
      case 'media-ready':
        this.#ready.resolve();
        break;
      case 'source.started':
        emit('source.started', { startedUs: event.startedUs });
        break;
      case 'stats':
        emit('webrtc.stats', { reports: event.stats });
        break;
      case 'capture.closed':
        emit('capture.closed', { droppedFrames: event.droppedFrames });
        break;
      case 'left':
        this.#mayEnd = true;
        break;
      case 'fault':
        this.#fail(event.message);
        break;
    }
  }

  #takeExit({ code, signal }: ProcessExit): void {
    const how = `the wrtc client ended (${signal ?? `code ${code}`})`;
    if (this.#mayEnd) this.#outcome.reject(new Error(how));
    else this.#fail([how, this.#client.stderrTail().trim().slice(-500)].filter(Boolean).join(': '));
  }

  /** The first fault is told, what follows from it is not. */
  #fail(message: string): void {
    this.#outcome.reject(new Error(message));
    if (this.#hasFault) return;
    this.#hasFault = true;
    this.#context.emit('endpoint.fault', { message });
  }
}
