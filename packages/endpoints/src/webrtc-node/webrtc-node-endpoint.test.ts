import { setTimeout as elapse } from 'node:timers/promises';
import { findTool } from '@plugfest/host';
import { describe, expect, it } from 'vitest';
import { EchoCall, readEchoed, targetAt } from '../webrtc/echo-call.ts';
import { EchoConference } from '../webrtc/echo-conference.ts';
import { WebRtcNodeEndpoint } from './webrtc-node-endpoint.ts';

const espeak = await findTool('espeak-ng');
if (!espeak.found) console.warn(`wrtc is not tested: ${espeak.reason}; mend it with: ${espeak.fix}`);
const open = (): Promise<EchoCall> => EchoCall.open('webrtc-node', (context) => WebRtcNodeEndpoint.open(context));

describe.skipIf(!espeak.found)('wrtc', () => {
  it('gets its pictures back from another WebRTC, with their codes, in order of a second', async () => {
    await using conference = await EchoConference.open({ video: 'VP8' });
    await using call = await open();
    const outcome = await call.endpoint.join(targetAt(conference.url));
    expect(outcome).toEqual({ joined: true, audioCodec: 'opus', videoCodec: 'VP8' });
    expect(conference.sessions[0]?.remoteDisplayName).toBe('Écho');
    await call.endpoint.mediaReady;
    await elapse(2000);
    await call.endpoint.hangUp();
    const echoed = await readEchoed(call.captureFile);
    expect(echoed.strange).toBe(0);
    expect(echoed.pictures).toBeGreaterThan(20);
    expect(echoed.ratio).toBeGreaterThan(0.8);
    expect(echoed.agesMs[0]).toBeGreaterThan(0);
    expect(echoed.agesMs[echoed.agesMs.length >> 1]).toBeLessThan(300);
    const { reports } = call.event('webrtc.stats') as { reports: { type: string; kind?: string }[] };
    for (const type of ['inbound-rtp', 'outbound-rtp'])
      for (const kind of ['audio', 'video']) expect(reports).toContainEqual(expect.objectContaining({ type, kind }));
  }, 15_000);

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
  }, 15_000);

  it('fails to join at once where there is no bridge', async () => {
    const conference = await EchoConference.open();
    await conference[Symbol.asyncDispose]();
    await using call = await open();
    await expect(call.endpoint.join(targetAt(conference.url))).rejects.toThrow(/no SIP over WebSocket/);
  }, 15_000);
});
