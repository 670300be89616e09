import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { cacheDirectory, type OwnedProcess, spawnOwned } from '@plugfest/host';
import type { Endpoint, EndpointContext, JoinOutcome, JoinTarget } from '../endpoint.ts';
import type { ClientConfig, ClientEvent } from '../webrtc/client-protocol.ts';
import { WebSocketSipRelay } from '../webrtc/websocket-sip-relay.ts';

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
  #client: OwnedProcess | undefined;

  private constructor(context: EndpointContext) {
    this.#context = context;
    this.mediaReady = this.#ready.promise;
    // Who never joins never asks how it went.
    this.#outcome.promise.catch(() => {});
  }

  static async open(context: EndpointContext): Promise<WebRtcNodeEndpoint> {
    return new WebRtcNodeEndpoint(context);
  }

  async join(target: JoinTarget): Promise<JoinOutcome> {
    if (target.bridge.ws === undefined) throw new Error('a WebRTC client needs a bridge that listens on WebSocket');
    const { plan, captureFile, sabotage, openWire } = this.#context;
    const relay = this.#resources.use(await WebSocketSipRelay.open(target.bridge.ws, await openWire(2)));
    const config: ClientConfig = {
      plan,
      captureFile,
      sabotage,
      cacheDir: cacheDirectory(),
      webSocketUrl: relay.url,
      uri: plan.uri,
      displayName: plan.name,
      conferenceUri: target.conferenceUri,
    };
    this.#client = this.#resources.use(
      spawnOwned(process.execPath, ['--disable-warning=ExperimentalWarning', CLIENT, JSON.stringify(config)], {
        name: `wrtc ${plan.id}`,
        stdin: 'pipe',
      }),
    );
    createInterface({ input: this.#client.stdout }).on('line', (line) => this.#take(line));
    void this.#client.exited.then(({ code, signal }) => {
      this.#outcome.reject(
        new Error(
          `the wrtc client ended (${signal ?? `code ${code}`}): ${this.#client?.stderrTail().trim().slice(-500)}`,
        ),
      );
    });
    return this.#outcome.promise;
  }

  async hangUp(): Promise<void> {
    if (!this.#client) return;
    this.#client.stdin?.write('hang-up\n');
    const late = new Promise<void>((settle) => setTimeout(settle, HANG_UP_MS).unref());
    await Promise.race([this.#client.exited, late]);
    await this.#client.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }

  #take(line: string): void {
    const { plan, clock, emit } = this.#context;
    const event = parseEvent(line);
    switch (event?.type) {
      case 'joined':
        this.#outcome.resolve({ joined: true, audioCodec: event.audioCodec, videoCodec: event.videoCodec });
        break;
      case 'refused': {
        const { statusCode, reasonPhrase, diagnostics } = event;
        this.#outcome.resolve({
          joined: false,
          refusal: { participant: plan.id, statusCode, reasonPhrase, rule: null, diagnostics, atUs: clock.nowUs() },
        });
        break;
      }
      case 'media-ready':
        this.#ready.resolve();
        break;
      case 'source.started':
        emit('source.started', { startedUs: event.startedUs });
        break;
      case 'stats':
        emit('webrtc.stats', { reports: event.stats });
        break;
      case 'fault':
        emit('endpoint.fault', { message: event.message });
        break;
    }
  }
}

/** libwebrtc writes to standard output too: what is no JSON is its talk. */
function parseEvent(line: string): ClientEvent | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as ClientEvent;
  } catch {
    return undefined;
  }
}
