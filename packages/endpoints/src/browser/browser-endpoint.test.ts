import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as elapse } from 'node:timers/promises';
import { findTool, hostClock } from '@plugfest/host';
import { describe, expect, it } from 'vitest';
import { EchoCall, readEchoed, targetAt } from '../webrtc/echo-call.ts';
import { EchoConference } from '../webrtc/echo-conference.ts';
import { BrowserEndpoint } from './browser-endpoint.ts';
import { Chromium } from './chromium.ts';
import { PageLink } from './page-link.ts';
import { PageServer } from './page-server.ts';

const tools = await Promise.all([findTool('chromium'), findTool('espeak-ng')]);
const missing = tools.find((tool) => !tool.found);
if (missing?.found === false) console.warn(`Chromium is not tested: ${missing.reason}; mend it with: ${missing.fix}`);
const open = (): Promise<EchoCall> => EchoCall.open('browser', (context) => BrowserEndpoint.open(context));

describe.skipIf(missing)('Chromium', () => {
  it('gets its pictures back from another WebRTC, with their codes, in order of a second', async () => {
    await using conference = await EchoConference.open({ video: 'H264' });
    await using call = await open();
    const outcome = await call.endpoint.join(targetAt(conference.url));
    expect(outcome).toEqual({ joined: true, audioCodec: 'opus', videoCodec: 'H264' });
    await call.endpoint.mediaReady;
    await elapse(2000);
    await call.endpoint.hangUp();
    const echoed = await readEchoed(call.captureFile);
    expect(echoed.strange).toBe(0);
    expect(echoed.pictures).toBeGreaterThan(20);
    expect(echoed.ratio).toBeGreaterThan(0.8);
    expect(echoed.agesMs[0]).toBeGreaterThan(0);
    expect(echoed.agesMs[echoed.agesMs.length >> 1]).toBeLessThan(300);
    expect(call.event('clock.mapped')?.errorUs).toBeLessThan(5000);
    expect(call.event('capture.closed')).toMatchObject({ droppedFrames: 0, capturedFrames: echoed.pictures });
    expect(readFileSync(join(call.directory, 'page.png')).subarray(1, 4).toString()).toBe('PNG');
  }, 20_000);

  it('names the federation rule that a refusal names', async () => {
    const headers = [
      { name: 'ms-diagnostics', value: '1034;source="edge";reason="Previous hop";rule="provider-enabled"' },
    ];
    await using conference = await EchoConference.open({
      refusal: { statusCode: 403, reasonPhrase: 'Forbidden', headers },
    });
    await using call = await open();
    expect(await call.endpoint.join(targetAt(conference.url))).toMatchObject({
      joined: false,
      refusal: { statusCode: 403, reasonPhrase: 'Forbidden', rule: 'provider-enabled', diagnostics: headers[0]?.value },
    });
  }, 20_000);

  it('fails to join at once where there is no bridge', async () => {
    const conference = await EchoConference.open();
    await conference[Symbol.asyncDispose]();
    await using call = await open();
    await expect(call.endpoint.join(targetAt(conference.url))).rejects.toThrow(/no SIP over WebSocket/);
  }, 20_000);

  it('has its clock mapped as well as it says, by the word of its debugger', async () => {
    await using server = await PageServer.open();
    await using chromium = await Chromium.launch();
    const page = await chromium.openPage(server.url);
    const link = new PageLink(await server.connected, hostClock, {
      onEvent: () => {},
      onPresented: () => {},
      onClosed: () => {},
    });
    await link.measureClock(30);
    // Chromium's time ticks are CLOCK_MONOTONIC, as ours; a page's clock is zero where its navigation began.
    const debug = await page.createCDPSession();
    await debug.send('Performance.enable', { timeDomain: 'timeTicks' });
    const { metrics } = await debug.send('Performance.getMetrics');
    const originUs = 1e6 * (metrics.find(({ name }) => name === 'NavigationStart')?.value ?? 0);
    expect(originUs).toBeGreaterThan(0);
    expect(Math.abs(link.clock.offsetUs - originUs)).toBeLessThan(link.clock.errorUs + 100);
    expect(link.clock.errorUs).toBeLessThan(5000);
  }, 20_000);
});
