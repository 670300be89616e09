import { join } from 'node:path';
import { findTool, type OwnedProcess, openTemporaryDirectory, spawnOwned } from '@plugfest/host';
import puppeteer, { type Browser, type Page } from 'puppeteer';
import { addressWrittenBy, type BrowserEngine, firstPageOf, headless } from './browser-engine.ts';

const VIEWPORT = { width: 1280, height: 720 };
/** A socket's path has 107 bytes at most, and Chromium appends `/org.chromium.Chromium.XXXXXX/SingletonSocket`: it aborts where that does not fit. */
const MAX_TEMPORARY = 107 - 45;

/** Quiet, headless, on loopback, and with candidates that a relay can be put in front of. */
const ARGUMENTS = [
  '--remote-debugging-port=0',
  '--remote-debugging-address=127.0.0.1',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-extensions',
  '--disable-dev-shm-usage',
  '--mute-audio',
  '--autoplay-policy=no-user-gesture-required',
  '--allow-loopback-in-peer-connection',
  '--disable-features=WebRtcHideLocalIpsWithMdns,Translate,MediaRouter,OptimizationHints',
  '--disable-background-timer-throttling',
  '--disable-renderer-backgrounding',
  '--disable-backgrounding-occluded-windows',
];

/** A real Chromium under puppeteer, with a profile of its own that goes when it goes. */
export class Chromium implements BrowserEngine {
  readonly name = 'Chromium';
  readonly browser: Browser;
  readonly process: OwnedProcess;
  readonly #resources: AsyncDisposableStack;

  private constructor(browser: Browser, process: OwnedProcess, resources: AsyncDisposableStack) {
    this.browser = browser;
    this.process = process;
    this.#resources = resources;
  }

  /** @throws where there is no Chromium, or it does not come up */
  static async launch(): Promise<Chromium> {
    const tool = await findTool('chromium');
    if (!tool.found) throw new Error(`chromium: ${tool.reason}; mend it with: ${tool.fix}`);
    await using opening = new AsyncDisposableStack();
    const directory = opening.use(await openTemporaryDirectory('chromium'));
    const profile = join(directory.path, 'profile');
    // Chromium refuses its sandbox to root; everyone else keeps it.
    const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    const child = opening.use(
      spawnOwned(tool.path, [...headless(), ...ARGUMENTS, ...sandbox, `--user-data-dir=${profile}`, 'about:blank'], {
        name: 'chromium',
        // It leaves its own temporary files where it finds this.
        env: { TMPDIR: directory.path.length <= MAX_TEMPORARY ? directory.path : '/tmp' },
      }),
    );
    child.stdout.resume();
    const browser = await puppeteer.connect({
      browserWSEndpoint: await addressWrittenBy(child, 'Chromium', /DevTools listening on (ws:\S+)/),
      defaultViewport: VIEWPORT,
      // Else every picture that passes the page's WebSocket comes a second time over the debugger's, in base 64.
      networkEnabled: false,
    });
    opening.defer(() => browser.disconnect());
    return new Chromium(browser, child, opening.move());
  }

  async openPage(url: string): Promise<Page> {
    // Who may use camera and microphone gathers candidates on all interfaces, the loopback among them.
    await this.browser.defaultBrowserContext().overridePermissions(new URL(url).origin, ['camera', 'microphone']);
    const page = await firstPageOf(this.browser);
    await page.goto(url);
    return page;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }
}
