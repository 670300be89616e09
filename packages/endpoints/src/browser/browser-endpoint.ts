import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LiveSource } from '@plugfest/media';
import type { Clock, EndpointKind } from '@plugfest/model';
import type { Page } from 'puppeteer';
import type { WebSocket } from 'ws';
import type { Endpoint, EndpointContext, JanusConference, JoinOutcome, JoinTarget } from '../endpoint.ts';
import type { ClientEvent } from '../webrtc/client-protocol.ts';
import { openClientRelay } from '../webrtc/client-relay.ts';
import { refusalOf } from '../webrtc/refusal.ts';
import type { BrowserEngine } from './browser-engine.ts';
import { Chromium } from './chromium.ts';
import { Firefox } from './firefox.ts';
import { MEDIA_KIND } from './media-frame.ts';
import { PageCapture } from './page-capture.ts';
import { PageLink } from './page-link.ts';
import { PageServer } from './page-server.ts';

/** The best of so many round trips is the page's clock; while the page loads most are slow. */
const CLOCK_ROUNDS = 30;
/** A page that does not hang up by itself in this time is closed. */
const HANG_UP_MS = 3000;
const SCREENSHOT_MS = 1500;
/** Pictures under way in the page when it is asked how many it has decoded. */
const UNDER_WAY = 3;

/** The browsers that there are, by the kind of endpoint. */
const ENGINES = {
  browser: () => Chromium.launch(),
  firefox: (clock: Clock) => Firefox.launch(clock),
} as const satisfies Partial<Record<EndpointKind, (clock: Clock) => Promise<BrowserEngine>>>;

/** A real browser: JsSIP in the page, camera and microphone fed with our source, and what the page is shown and played captured from the decoded tracks. */
export class BrowserEndpoint implements Endpoint {
  readonly kind: keyof typeof ENGINES;
  readonly mediaReady: Promise<void>;
  readonly #context: EndpointContext;
  readonly #resources: AsyncDisposableStack;
  readonly #outcome = Promise.withResolvers<JoinOutcome>();
  readonly #left = Promise.withResolvers<void>();
  readonly #capture: PageCapture;
  readonly #page: Page;
  readonly #link: PageLink;
  #janus: JanusConference | undefined;
  #live: LiveSource | undefined;
  #state: 'idle' | 'calling' | 'leaving' = 'idle';
  #decoded = 0;
  /** Pictures that the page could have captured. */
  #presented = 0;
  #hasFault = false;

  private constructor(context: EndpointContext, page: Page, socket: WebSocket, resources: AsyncDisposableStack) {
    this.kind = kindOf(context);
    this.#context = context;
    this.#page = page;
    this.#resources = resources;
    this.#capture = new PageCapture(context.captureFile);
    this.mediaReady = this.#capture.ready;
    // Who never joins never asks how it went.
    this.#outcome.promise.catch(() => {});
    this.#link = new PageLink(socket, context.clock, {
      onEvent: (event) => this.#take(event),
      onPresented: (frame) => this.#capture.take(frame),
      onClosed: () => this.#fail('the page is gone'),
    });
    page.on('error', (error) => this.#fail(`the page crashed: ${error.message}`));
    page.on('pageerror', (error) => this.#fail(`the page's script failed: ${error}`));
    const interrupt = (): void => this.#outcome.reject(context.signal.reason);
    context.signal.addEventListener('abort', interrupt);
    resources.defer(() => context.signal.removeEventListener('abort', interrupt));
  }

  /** Starts the browser and loads the page, so that joining is quick. */
  static async open(context: EndpointContext): Promise<BrowserEndpoint> {
    await using opening = new AsyncDisposableStack();
    const server = opening.use(await PageServer.open());
    const engine = opening.use(await ENGINES[kindOf(context)](context.clock));
    const [page] = await Promise.all([engine.openPage(server.url), server.connected]);
    context.signal.throwIfAborted();
    const endpoint = new BrowserEndpoint(context, page, await server.connected, opening.move());
    void engine.process.exited.then(({ code, signal }) =>
      endpoint.#fail(`${engine.name} ended (${signal ?? `code ${code}`})`),
    );
    await endpoint.#link.measureClock(CLOCK_ROUNDS);
    return endpoint;
  }

  async join(target: JoinTarget): Promise<JoinOutcome> {
    const { plan, signal } = this.#context;
    signal.throwIfAborted();
    const by = await openClientRelay(target, this.#context, this.#resources);
    this.#janus = target.bridge.janus;
    this.#state = 'calling';
    this.#link.tell({
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
    if (this.#state !== 'calling') return;
    this.#state = 'leaving';
    await within(SCREENSHOT_MS, this.#screenshot());
    this.#link.tell({ command: 'hang-up' });
    await within(HANG_UP_MS, this.#left.promise);
    await this.#endMedia();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#state = 'leaving';
    try {
      await this.#endMedia();
    } finally {
      await this.#resources.disposeAsync();
    }
  }

  async #endMedia(): Promise<void> {
    this.#live?.stop();
    const written = await this.#capture.close();
    if (!written) return;
    const missed = Math.max(0, this.#presented - this.#capture.pictures - UNDER_WAY);
    this.#context.emit('capture.closed', {
      droppedFrames: written.droppedFrames + missed,
      decodedFrames: this.#decoded,
      capturedFrames: this.#capture.pictures,
    });
    this.#context.emit('source.stopped', {
      framesSent: this.#live?.framesSent ?? 0,
      framesSkipped: this.#live?.framesSkipped ?? 0,
      framesLeftOut: this.#link.leftOut,
    });
  }

  /** The page as a person would see it: for the report's reader, no measurement uses it. */
  async #screenshot(): Promise<void> {
    const picture = await this.#page.screenshot({ type: 'png', optimizeForSpeed: true }).catch(() => undefined);
    if (picture) await writeFile(join(this.#context.workDir, 'page.png'), picture);
  }

  #take(event: ClientEvent): void {
    const { emit } = this.#context;
    switch (event.type) {
      case 'joined':
        emit('clock.mapped', this.#link.clock);
        this.#startSource();
        this.#outcome.resolve({ joined: true, audioCodec: event.audioCodec, videoCodec: event.videoCodec });
        break;
      case 'refused':
        this.#outcome.resolve(refusalOf(event, this.#context));
        break;
      case 'seats':
        this.#tellView(event.seats);
        break;
      case 'stats':
        this.#decoded = framesDecodedIn(event.stats);
        this.#presented = event.presentedFrames ?? this.#decoded;
        emit('webrtc.stats', { reports: event.stats });
        break;
      case 'fault':
        this.#fail(event.message);
        break;
      case 'left':
        this.#live?.stop();
        this.#left.resolve();
        break;
    }
  }

  /** As a bridge tells of the pictures that it composes. */
  #tellView(seats: readonly (string | null)[]): void {
    if (!this.#janus) return;
    const { layout, wall } = this.#janus;
    const { width, height } = wall;
    this.#context.emit('view.changed', { viewer: this.#context.plan.id, layout, width, height, seats });
  }

  #startSource(): void {
    const { source, clock, sabotage, emit } = this.#context;
    this.#live = LiveSource.start({
      source,
      clock,
      sabotage,
      onVideo: ({ width, height, data, ptsUs }) =>
        this.#link.feed({ kind: MEDIA_KIND.video, width, height, timeUs: ptsUs, data }),
      onAudio: ({ samples, ptsUs }) =>
        this.#link.feed({
          kind: MEDIA_KIND.audio,
          width: 0,
          height: 0,
          timeUs: ptsUs,
          data: new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength),
        }),
    });
    emit('source.started', { startedUs: this.#live.startedUs });
  }

  /** The first fault is told, what follows from it is not; nor is what happens when the call is over. */
  #fail(message: string): void {
    this.#outcome.reject(new Error(message));
    this.#left.resolve();
    this.#live?.stop();
    if (this.#hasFault || this.#state === 'leaving') return;
    this.#hasFault = true;
    this.#context.emit('endpoint.fault', { message });
  }
}

/** Chromium where the plan names none of them. */
function kindOf({ plan }: EndpointContext): keyof typeof ENGINES {
  return plan.kind === 'firefox' ? 'firefox' : 'browser';
}

async function within(timeoutMs: number, promise: Promise<unknown>): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, timeoutMs);
  await Promise.race([promise, late.promise]);
  clearTimeout(timer);
}

/** @see W3C webrtc-stats §RTCInboundRtpStreamStats */
function framesDecodedIn(stats: unknown): number {
  const reports = Array.isArray(stats) ? (stats as { type?: string; kind?: string; framesDecoded?: number }[]) : [];
  return reports.find(({ type, kind }) => type === 'inbound-rtp' && kind === 'video')?.framesDecoded ?? 0;
}
