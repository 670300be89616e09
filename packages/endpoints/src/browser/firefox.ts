import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findTool, type OwnedProcess, openTemporaryDirectory, spawnOwned, type ToolName } from '@plugfest/host';
import type { Clock } from '@plugfest/model';
import puppeteer, { type Browser, type Page } from 'puppeteer';
import { SoundCard } from '../desk/sound-card.ts';
import { addressWrittenBy, type BrowserEngine, firstPageOf, headless } from './browser-engine.ts';

/** Quiet, alone, on loopback, with sound at the rate that WebRTC has, and with candidates that a relay can be put in front of. */
const PREFERENCES: Readonly<Record<string, boolean | number | string>> = {
  'media.peerconnection.ice.loopback': true,
  'media.peerconnection.ice.obfuscate_host_addresses': false,
  'media.peerconnection.ice.default_address_only': false,
  'media.autoplay.default': 0,
  'media.autoplay.blocking_policy': 0,
  'media.cubeb.force_sample_rate': 48_000,
  // Samples: a busy machine wakes the sound graph late, and what it missed then is gone.
  'media.cubeb_latency_mtg_frames': 2048,
  // Pictures a second that it draws, without a graphics card: twice as many as anybody sends.
  'layout.frame_rate': 30,
  'media.gmp-manager.updateEnabled': false,
  'media.gmp-manager.url': '',
  // It begins where Chromium is after a second: what is measured is the picture, not the ramp.
  'media.peerconnection.video.start_bitrate': 1500,
  'media.peerconnection.video.min_bitrate_estimate': 1_000_000,
  // One page needs one process.
  'dom.ipc.processCount': 1,
  'dom.ipc.processPrelaunch.enabled': false,
  'privacy.reduceTimerPrecision': false,
  'dom.min_background_timeout_value': 4,
  'app.update.enabled': false,
  'app.normandy.enabled': false,
  'browser.aboutwelcome.enabled': false,
  'browser.safebrowsing.downloads.enabled': false,
  'browser.safebrowsing.malware.enabled': false,
  'browser.safebrowsing.phishing.enabled': false,
  'browser.search.update': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.homepage_override.mstone': 'ignore',
  'browser.startup.page': 0,
  'browser.region.network.url': '',
  'datareporting.policy.dataSubmissionEnabled': false,
  'datareporting.healthreport.uploadEnabled': false,
  'toolkit.telemetry.server': '',
  'extensions.update.enabled': false,
  'extensions.getAddons.cache.enabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'network.dns.disablePrefetch': true,
  'network.prefetch-next': false,
  'remote.prefs.recommended': true,
  'services.settings.server': 'data:,',
};

/** It draws its window without a graphics card: a small one leaves the processor to the call. */
const VIEWPORT = { width: 640, height: 360 };
const ARGUMENTS = ['--no-remote', '--remote-debugging-port=0'];
const ENVIRONMENT = { MOZ_CRASHREPORTER_DISABLE: '1', DISPLAY: undefined, WAYLAND_DISPLAY: undefined };

/** A real Firefox, driven over WebDriver BiDi. */
export class Firefox implements BrowserEngine {
  readonly name = 'Firefox';
  readonly browser: Browser;
  readonly process: OwnedProcess;
  readonly #resources: AsyncDisposableStack;

  private constructor(browser: Browser, process: OwnedProcess, resources: AsyncDisposableStack) {
    this.browser = browser;
    this.process = process;
    this.#resources = resources;
  }

  /** @throws where a program is missing, or one does not come up */
  static async launch(clock: Clock): Promise<Firefox> {
    const [firefox, pulseaudio, pacat] = await Promise.all([pathOf('firefox'), pathOf('pulseaudio'), pathOf('pacat')]);
    await using opening = new AsyncDisposableStack();
    const directory = opening.use(await openTemporaryDirectory('firefox'));
    const profile = join(directory.path, 'profile');
    await mkdir(profile);
    await writeFile(join(profile, 'user.js'), formatPreferences());
    // Its sound graph stands still on a machine without a sound card.
    const soundCard = opening.use(await SoundCard.open({ pulseaudio, pacat, workDir: directory.path, clock }));
    const child = opening.use(
      spawnOwned(firefox, [...headless(), ...ARGUMENTS, '--profile', profile, 'about:blank'], {
        name: 'firefox',
        // Its home too: it leaves caches and crash reports where it finds one.
        env: { ...ENVIRONMENT, HOME: directory.path, TMPDIR: directory.path, PULSE_SERVER: soundCard.server },
      }),
    );
    child.stdout.resume();
    const url = await addressWrittenBy(child, 'Firefox', /WebDriver BiDi listening on (ws:\S+)/);
    const browser = await puppeteer.connect({
      browserWSEndpoint: `${url}/session`,
      protocol: 'webDriverBiDi',
      defaultViewport: VIEWPORT,
    });
    opening.defer(() => browser.disconnect());
    return new Firefox(browser, child, opening.move());
  }

  async openPage(url: string): Promise<Page> {
    const page = await firstPageOf(this.browser);
    await page.goto(url);
    return page;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }
}

function formatPreferences(): string {
  return Object.entries(PREFERENCES)
    .map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`)
    .join('');
}

async function pathOf(name: ToolName): Promise<string> {
  const tool = await findTool(name);
  if (!tool.found) throw new Error(`${name}: ${tool.reason}; mend it with: ${tool.fix}`);
  return tool.path;
}
