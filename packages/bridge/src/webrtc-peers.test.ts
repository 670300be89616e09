import { expect, test } from 'vitest';
import { ContentPeer } from './content-peer-fixture.ts';
import { startBridge } from './start-bridge.ts';
import { hasWrtc, near, WrtcPeer } from './wrtc-process-fixture.ts';

test.skipIf(!hasWrtc)('libwebrtc over WebSocket, ICE and DTLS-SRTP: two callers see and hear each other', async () => {
  await using bridge = await startBridge({ conference: { layout: 'single' } });
  const joined: Record<string, unknown>[] = [];
  bridge.events.subscribe(({ type, data }) => {
    if (type === 'participant.joined') joined.push(data.participant as Record<string, unknown>);
  }, 0);
  await using dark = new WrtcPeer(bridge.addresses.ws, 'Dark', 60, 400);
  await using bright = new WrtcPeer(bridge.addresses.ws, 'Bright', 200, 1000);

  const timeout = 9000;
  await expect.poll(() => near(dark.seen.luma, 200), { timeout, message: dark.complaints }).toBe(true);
  await expect.poll(() => near(bright.seen.luma, 60), { timeout }).toBe(true);
  await expect.poll(() => dark.seen.tones[1000], { timeout }).toBeGreaterThan(3000);
  await expect.poll(() => bright.seen.tones[400], { timeout }).toBeGreaterThan(3000);
  expect(dark.seen.tones[400]).toBeLessThan(300);
  expect(bright.seen.tones[1000]).toBeLessThan(300);
  expect(joined).toMatchObject([{ security: 'dtls-srtp' }, { security: 'dtls-srtp' }]);

  const left = new Promise<unknown>((resolve) => {
    bridge.events.subscribe(({ type, data }) => type === 'participant.left' && resolve(data.reason), 0);
  });
  await bright.hangUp();
  expect(await left).toBe('remote-bye');
});

test.skipIf(!hasWrtc).each(['AV1', 'VP9'])(
  'libwebrtc that offers %s alone is seen, and sees one with VP8',
  async (codec) => {
    await using bridge = await startBridge({ conference: { layout: 'single' } });
    await using dark = new WrtcPeer(bridge.addresses.ws, 'Dark', 60, 400, codec);
    await using bright = new WrtcPeer(bridge.addresses.ws, 'Bright', 200, 1000, 'VP8');
    const timeout = 9000;
    await expect.poll(() => near(dark.seen.luma, 200), { timeout, message: dark.complaints }).toBe(true);
    await expect.poll(() => near(bright.seen.luma, 60), { timeout, message: dark.complaints }).toBe(true);
  },
);

test.skipIf(!hasWrtc)('libwebrtc restarts ICE: media go on over the new pair', async () => {
  await using bridge = await startBridge({ conference: { layout: 'single' } });
  await using dark = new WrtcPeer(bridge.addresses.ws, 'Dark', 60, 400);
  await using bright = new WrtcPeer(bridge.addresses.ws, 'Bright', 200, 1000);
  const timeout = 9000;
  await expect.poll(() => dark.seen.tones[1000], { timeout, message: dark.complaints }).toBeGreaterThan(3000);
  dark.restartIce();
  await expect.poll(() => dark.seen.restarts, { timeout, message: dark.complaints }).toBe(1);
  const before = dark.seen;
  await expect.poll(() => dark.seen !== before && dark.seen.tones[1000], { timeout }).toBeGreaterThan(3000);
  await expect.poll(() => bright.seen.tones[400], { timeout }).toBeGreaterThan(3000);
  expect(dark.seen.ice).toMatch(/connected|completed/);
});

test.skipIf(!hasWrtc)(
  'a browser’s second video is a screen that it shares: others see it, its camera stays',
  async () => {
    await using bridge = await startBridge({ conference: { layout: 'single', frameRate: 10 } });
    const seen: Record<string, unknown[]> = { 'participant.joined': [], 'content.presenter': [] };
    bridge.events.subscribe(({ type, data }) => seen[type]?.push(data.participant), 0);
    await using dark = new WrtcPeer(bridge.addresses.ws, 'Dark', 60, 400);
    const timeout = 9000;
    await expect.poll(() => seen['participant.joined'], { timeout, message: dark.complaints }).toHaveLength(1);
    await using room = await ContentPeer.open({ name: 'Room', target: bridge.addresses.udp, bfcp: 'UDP/BFCP' });
    dark.share(200);
    const [{ id } = { id: '' }] = seen['participant.joined'] as { id: string }[];
    await expect.poll(() => seen['content.presenter'], { timeout, message: dark.complaints }).toEqual([id]);
    await expect.poll(() => near(room.lumaAt(0.5, 0.5), 200), { timeout }).toBe(true);
    await expect.poll(() => near(room.mainLumaAt(0.5, 0.5), 60), { timeout }).toBe(true);
  },
);
