import { findTool } from '@plugfest/host';
import { describe, expect, test } from 'vitest';
import { FfmpegPeer } from './ffmpeg-peer-fixture.ts';
import { answerTo, callWithSipp } from './sipp-caller-fixture.ts';
import { startBridge } from './start-bridge.ts';

const tools = await Promise.all([findTool('ffmpeg'), findTool('sipp')]);
const missing = tools.flatMap((tool) => (tool.found ? [] : [tool.reason]));
if (missing.length > 0) console.warn(`skipped, calls by SIPp with media of ffmpeg: ${missing.join('; ')}`);

describe.skipIf(missing.length > 0)('SIPp calls, ffmpeg sends and receives', () => {
  test.each([
    { transport: 'udp', isLate: false, isSecure: false },
    { transport: 'tcp', isLate: true, isSecure: false },
    { transport: 'udp', isLate: false, isSecure: true },
  ] as const)('$transport, late offer $isLate, SDES $isSecure: two callers see and hear each other', async (row) => {
    const { transport, isLate, isSecure } = row;
    await using bridge = await startBridge({ conference: { layout: 'single' } });
    await using red = await FfmpegPeer.open({ picture: 'color=red:size=320x180:rate=15', toneHz: 500, isSecure });
    await using blue = await FfmpegPeer.open({ picture: 'color=blue:size=640x360:rate=15', toneHz: 1000, isSecure });
    const calls = Object.entries({ Red: red, Blue: blue }).map(([name, peer]) => {
      void answerTo(bridge.events, name).then((answer) => peer.start(answer));
      const target = bridge.addresses[transport];
      return callWithSipp({ target, transport, room: 'meeting', name, sdp: peer.offer, isLate, holdMs: 4000 });
    });

    await expect.poll(() => red.pixelAt(0.5, 0.5), { timeout: 5000 }).toSatisfy(isBlue);
    await expect.poll(() => blue.pixelAt(0.5, 0.5), { timeout: 5000 }).toSatisfy(isRed);
    await expect.poll(() => blue.toneLevel(500), { timeout: 5000 }).toBeGreaterThan(0.08);
    await expect.poll(() => red.toneLevel(1000), { timeout: 5000 }).toBeGreaterThan(0.08);
    expect(blue.toneLevel(1000)).toBeLessThan(0.01);
    expect(red.toneLevel(500)).toBeLessThan(0.01);

    for (const { code, stderr } of await Promise.all(calls)) expect({ code, stderr }).toMatchObject({ code: 0 });
  });
});

type Pixel = readonly [number, number, number] | undefined;

function isRed(pixel: Pixel): boolean {
  return pixel !== undefined && pixel[0] > 180 && pixel[1] < 60 && pixel[2] < 60;
}

function isBlue(pixel: Pixel): boolean {
  return pixel !== undefined && pixel[2] > 180 && pixel[0] < 60 && pixel[1] < 60;
}
