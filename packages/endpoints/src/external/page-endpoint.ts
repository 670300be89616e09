import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { LiveSource } from '@plugfest/media';
import type { ExternalSpec } from '@plugfest/model';
import type { Page } from 'puppeteer';
import { firstPageOf } from '../browser/browser-engine.ts';
import { Chromium } from '../browser/chromium.ts';
import { MEDIA_KIND } from '../browser/media-frame.ts';
import { deskScript } from '../browser/page-bundle.ts';
import { PageCapture } from '../browser/page-capture.ts';
import { PageLink } from '../browser/page-link.ts';
import { PageServer } from '../browser/page-server.ts';
import type { Endpoint, EndpointContext, JoinOutcome, JoinTarget } from '../endpoint.ts';
import { NotSupported } from '../not-supported.ts';
import { WebSocketSipRelay } from '../webrtc/websocket-sip-relay.ts';
import { CallWatch } from './call-watch.ts';
import { PageFolder } from './page-folder.ts';
import type { PageObject } from './page-object.ts';

export type PageSpec = Extract<ExternalSpec, { form: 'page' }>;

/** The best of so many round trips is the page's clock. */
const CLOCK_ROUNDS = 30;
/** How long a page may take to send its BYE, and its script to press a button. */
const LEAVE_MS = 5000;
const CONNECT_MS = 20_000;

/** A web page of others in a real Chromium: its page object presses its buttons, and camera, microphone, screen and loudspeaker are ours. */
export class PageEndpoint implements Endpoint {
  readonly kind = 'external';
  readonly mediaReady: Promise<void>;
  readonly #context: EndpointContext;
  readonly #object: PageObject;
  readonly #page: Page;
  readonly #link: PageLink;
  readonly #capture: PageCapture;
  readonly #watch: CallWatch;
  readonly #resources: AsyncDisposableStack;
  #live: LiveSource | undefined;
  #isEnding = false;
  #hasFault = false;

  private constructor(
    context: EndpointContext,
    object: PageObject,
    page: Page,
    socket: Awaited<PageServer['connected']>,
    resources: AsyncDisposableStack,
  ) {
    this.#context = context;
    this.#object = object;
    this.#page = page;
    this.#resources = resources;
    this.#capture = new PageCapture(context.captureFile);
    this.mediaReady = this.#capture.ready;
    this.#watch = new CallWatch(context);
    this.#watch.onAnswered = () => this.#startSource();
    this.#watch.onHungUpOn = () => {
      context.emit('endpoint.hung-up-on');
      void this.hangUp();
    };
    this.#link = new PageLink(socket, context.clock, {
      onEvent: () => {},
      onPresented: (frame) => this.#capture.take(frame),
      onClosed: () => this.#fail('the page is gone, or has loaded another'),
    });
    page.on('error', (error) => this.#fail(`the page crashed: ${error.message}`));
    page.on('pageerror', (error) => context.emit('page.error', { message: String(error) }));
    const interrupt = (): void => this.#watch.fail(context.signal.reason);
    context.signal.addEventListener('abort', interrupt);
    resources.defer(() => context.signal.removeEventListener('abort', interrupt));
  }

  /** Loads the page with our desk in it. @throws where its script is none, or the page does not come up */
  static async open(context: EndpointContext, spec: PageSpec): Promise<PageEndpoint> {
    const object = await loadPageObject(spec.script);
    await using opening = new AsyncDisposableStack();
    const server = opening.use(await PageServer.open());
    const chromium = opening.use(await Chromium.launch());
    const page = await firstPageOf(chromium.browser);
    const folder = spec.url.startsWith('file:') ? opening.use(await PageFolder.open(spec.url)) : undefined;
    const url = folder?.url ?? spec.url;
    // Who may use camera and microphone gathers candidates on all interfaces, the loopback among them.
    await chromium.browser.defaultBrowserContext().overridePermissions(new URL(url).origin, ['camera', 'microphone']);
    await page.setBypassCSP(true);
    const address = JSON.stringify(`${server.url.replace(/^http/, 'ws')}media`);
    await page.evaluateOnNewDocument(`globalThis.plugfestMediaLink = ${address};\n${await deskScript()}`);
    await page.goto(url);
    const socket = await withinMs(CONNECT_MS, server.connected, `${spec.url} gives our camera no place`);
    context.signal.throwIfAborted();
    const endpoint = new PageEndpoint(context, object, page, socket, opening.move());
    void chromium.process.exited.then(() => endpoint.#fail('Chromium ended'));
    await endpoint.#link.measureClock(CLOCK_ROUNDS);
    return endpoint;
  }

  async join(target: JoinTarget): Promise<JoinOutcome> {
    if (target.bridge.ws === undefined) throw new Error('a page needs a bridge that listens on WebSocket');
    const { plan, openWire, signal } = this.#context;
    signal.throwIfAborted();
    const relay = this.#resources.use(await WebSocketSipRelay.open(target.bridge.ws, await openWire(2)));
    relay.onMessage = (message, from) => this.#watch.take(message, from);
    const visit = {
      conferenceUri: target.conferenceUri,
      webSocketUrl: relay.url,
      uri: plan.uri,
      displayName: plan.name,
    };
    await this.#object.join(this.#page, visit);
    return this.#watch.outcome;
  }

  hold(): Promise<void> {
    return this.#does('hold', this.#object.hold?.(this.#page));
  }

  resume(): Promise<void> {
    return this.#does('resume', this.#object.resume?.(this.#page));
  }

  renegotiate(): Promise<void> {
    return this.#does('renegotiate', this.#object.renegotiate?.(this.#page));
  }

  pressKeys(keys: string): Promise<void> {
    return this.#does('pressKeys', this.#object.pressKeys?.(this.#page, keys));
  }

  async hangUp(): Promise<void> {
    if (this.#isEnding) return;
    this.#isEnding = true;
    const leaving = this.#object.leave(this.#page).then(() => this.#watch.over);
    await withinMs(LEAVE_MS, leaving, 'the page did not leave').catch((error: Error) =>
      this.#context.emit('page.error', { message: error.message }),
    );
    await this.#endMedia();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isEnding = true;
    try {
      await this.#endMedia();
    } finally {
      await this.#resources.disposeAsync();
    }
  }

  async #does(what: string, done: Promise<void> | undefined): Promise<void> {
    if (!done) throw new NotSupported(`the page object has no “${what}”`);
    await withinMs(LEAVE_MS, done, `the page object did not ${what}`);
  }

  async #endMedia(): Promise<void> {
    this.#live?.stop();
    const written = await this.#capture.close();
    if (written) this.#context.emit('capture.closed', { ...written });
  }

  #startSource(): void {
    const { source, clock, sabotage, emit } = this.#context;
    emit('clock.mapped', this.#link.clock);
    this.#live = LiveSource.start({
      source,
      clock,
      sabotage,
      onVideo: ({ width, height, data, ptsUs }) =>
        this.#link.feed({ kind: MEDIA_KIND.video, width, height, timeUs: ptsUs, data }),
      onAudio: ({ samples: { buffer, byteOffset, byteLength }, ptsUs }) =>
        this.#link.feed({
          kind: MEDIA_KIND.audio,
          width: 0,
          height: 0,
          timeUs: ptsUs,
          data: new Uint8Array(buffer, byteOffset, byteLength),
        }),
    });
    emit('source.started', { startedUs: this.#live.startedUs });
  }

  #fail(message: string): void {
    this.#watch.fail(new Error(message));
    if (this.#hasFault || this.#isEnding) return;
    this.#hasFault = true;
    this.#live?.stop();
    this.#context.emit('endpoint.fault', { message });
  }
}

async function loadPageObject(script: string): Promise<PageObject> {
  const { default: found } = (await import(pathToFileURL(join(script)).href)) as { default?: Partial<PageObject> };
  if (!found?.join || !found.leave)
    throw new Error(`${script} has no page object ({ join, leave }) as its default export`);
  return found as PageObject;
}

async function withinMs<T>(limitMs: number, promise: Promise<T>, otherwise: string): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`${otherwise} (${limitMs / 1000} s)`)), limitMs);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
