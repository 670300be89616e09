import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CaptureWriter, LiveSource } from '@plugfest/media';
import type { WebSocket } from 'ws';
import type { Endpoint, EndpointContext, JoinOutcome, JoinTarget } from '../endpoint.ts';
import type { ClientCall, ClientEvent } from '../webrtc/client-protocol.ts';
import { WebSocketSipRelay } from '../webrtc/websocket-sip-relay.ts';
import { Chromium } from './chromium.ts';
import { ClockMapping } from './clock-mapping.ts';
import { decodeMediaFrame, encodeMediaFrame, MEDIA_KIND, type MediaFrame } from './media-frame.ts';
import { PageServer } from './page-server.ts';

const PINGS = 20;
const HANG_UP_MS = 3000;
const CAPTURE_AUDIO = { sampleRateHz: 48_000, channels: 1 } as const;
/** Pictures that the page has not taken yet, at most: more would be delay. */
const MAX_WAITING_BYTES = 3_000_000;

type PageEvent = ClientEvent | { readonly type: 'pong'; readonly id: number; readonly nowUs: number };

/** A real Chromium: JsSIP in the page, camera and microphone fed with our source, and what the page is shown and played captured from the decoded tracks. */
export class BrowserEndpoint implements Endpoint {
  readonly kind = 'browser';
  readonly mediaReady: Promise<void>;
  readonly #context: EndpointContext;
  readonly #resources = new AsyncDisposableStack();
  readonly #outcome = Promise.withResolvers<JoinOutcome>();
  readonly #ready = Promise.withResolvers<void>();
  readonly #left = Promise.withResolvers<void>();
  readonly #clock = new ClockMapping();
  readonly #pings = new Map<number, number>();
  readonly #chromium: Chromium;
  readonly #page: WebSocket;
  #live: LiveSource | undefined;
  #capture: CaptureWriter | undefined;
  #heard = false;
  #calling = false;

  private constructor(context: EndpointContext, chromium: Chromium, page: WebSocket, resources: AsyncDisposableStack) {
    this.#context = context;
    this.#chromium = chromium;
    this.#page = page;
    this.#resources = resources;
    this.mediaReady = this.#ready.promise;
    this.#outcome.promise.catch(() => {});
    page.on('message', (data: Buffer, isBinary) => {
      if (isBinary) this.#present(data);
      else this.#take(JSON.parse(data.toString('utf8')) as PageEvent);
    });
    page.on('close', () => this.#outcome.reject(new Error('the page is gone')));
  }

  /** Starts Chromium and loads the page, so that joining is quick. */
  static async open(context: EndpointContext): Promise<BrowserEndpoint> {
    await using opening = new AsyncDisposableStack();
    const server = opening.use(await PageServer.open());
    const chromium = opening.use(await Chromium.launch());
    // Who may use camera and microphone gathers candidates on all interfaces, the loopback among them.
    await chromium.browser
      .defaultBrowserContext()
      .overridePermissions(new URL(server.url).origin, ['camera', 'microphone']);
    const page = await chromium.firstPage();
    page.on('pageerror', (error) => context.emit('endpoint.fault', { message: String(error) }));
    await page.goto(server.url);
    return new BrowserEndpoint(context, chromium, await server.connected, opening.move());
  }

  async join(target: JoinTarget): Promise<JoinOutcome> {
    if (target.bridge.ws === undefined) throw new Error('a browser needs a bridge that listens on WebSocket');
    const { plan, openWire } = this.#context;
    for (let id = 0; id < PINGS; id++) this.#ping(id);
    const relay = this.#resources.use(await WebSocketSipRelay.open(target.bridge.ws, await openWire(2)));
    const call: ClientCall = {
      webSocketUrl: relay.url,
      uri: plan.uri,
      displayName: plan.name,
      conferenceUri: target.conferenceUri,
    };
    this.#calling = true;
    this.#page.send(JSON.stringify({ command: 'call', call }));
    return this.#outcome.promise;
  }

  async hangUp(): Promise<void> {
    if (!this.#calling) return;
    this.#calling = false;
    await this.#screenshot();
    this.#page.send(JSON.stringify({ command: 'hang-up' }));
    const late = new Promise<void>((resolve) => setTimeout(resolve, HANG_UP_MS).unref());
    await Promise.race([this.#left.promise, late]);
    await this.#endMedia();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#endMedia();
    await this.#resources.disposeAsync();
  }

  async #endMedia(): Promise<void> {
    this.#live?.stop();
    const capture = this.#capture;
    this.#capture = undefined;
    if (!capture) return;
    await capture.close();
    this.#context.emit('capture.closed', { droppedFrames: capture.droppedFrames });
  }

  /** The page as a person would see it: for the report's reader, no measurement uses it. */
  async #screenshot(): Promise<void> {
    const page = await this.#chromium.firstPage();
    const picture = await page.screenshot({ type: 'png' }).catch(() => undefined);
    if (picture) writeFileSync(join(this.#context.workDir, 'page.png'), picture);
  }

  #ping(id: number): void {
    this.#pings.set(id, this.#context.clock.nowUs());
    this.#page.send(JSON.stringify({ command: 'ping', id }));
  }

  #take(event: PageEvent): void {
    const { clock, emit, plan } = this.#context;
    switch (event.type) {
      case 'pong':
        this.#clock.add(this.#pings.get(event.id) ?? 0, event.nowUs, clock.nowUs());
        break;
      case 'joined':
        emit('clock.mapped', { offsetUs: this.#clock.offsetUs, errorUs: this.#clock.errorUs });
        this.#startSource();
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
      case 'stats':
        emit('webrtc.stats', { reports: event.stats });
        break;
      case 'left':
        this.#left.resolve();
        break;
    }
  }

  #startSource(): void {
    const { source, clock, sabotage, emit } = this.#context;
    this.#live = LiveSource.start({
      source,
      clock,
      sabotage,
      onVideo: ({ width, height, data, ptsUs }) =>
        this.#feed({ kind: MEDIA_KIND.video, width, height, timeUs: ptsUs, data }),
      onAudio: ({ samples, ptsUs }) =>
        this.#feed({
          kind: MEDIA_KIND.audio,
          width: 0,
          height: 0,
          timeUs: ptsUs,
          data: new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength),
        }),
    });
    emit('source.started', { startedUs: this.#live.startedUs });
  }

  #feed(frame: MediaFrame): void {
    if (frame.kind === MEDIA_KIND.video && this.#page.bufferedAmount > MAX_WAITING_BYTES) return;
    this.#page.send(encodeMediaFrame(frame));
  }

  #present(bytes: Buffer): void {
    const frame = decodeMediaFrame(bytes);
    if (!frame || !this.#calling) return;
    const ptsUs = this.#clock.toRunUs(frame.timeUs);
    const { width, height, data } = frame;
    if (frame.kind === MEDIA_KIND.video) {
      this.#capture ??= CaptureWriter.open(this.#context.captureFile, {
        video: { width, height },
        audio: CAPTURE_AUDIO,
      });
      this.#capture.writeVideo({ width, height, data, ptsUs });
    } else {
      this.#heard = true;
      this.#capture?.writeAudio({ samples: new Int16Array(Uint8Array.from(data).buffer), ...CAPTURE_AUDIO, ptsUs });
    }
    if (this.#heard && this.#capture) this.#ready.resolve();
  }
}
