import { expect, test } from 'vitest';
import { startBridge } from './start-bridge.ts';
import { hasWrtc, WrtcPeer } from './wrtc-process-fixture.ts';

interface Participant {
  readonly id: string;
  readonly displayName: string;
}

async function targetBps(controlUrl: string, name: string): Promise<number | null | undefined> {
  const all = (await (await fetch(`${controlUrl}/conferences/meeting/participants`)).json()) as Participant[];
  const one = await fetch(`${controlUrl}/participants/${all.find(({ displayName }) => displayName === name)?.id}`);
  const described = (await one.json()) as { statistics?: { video: { targetBps: number | null } | null } };
  return described.statistics?.video?.targetBps;
}

test.skipIf(!hasWrtc)(
  'a path that becomes narrow, without loss: libwebrtc learns of it by our feedback, we by that of libwebrtc, and who gives none by nothing',
  async () => {
    await using bridge = await startBridge({ conference: { layout: 'single', bitrateBps: 1_000_000 } });
    await using told = new WrtcPeer(bridge.addresses.ws, 'Told', 'noise', 400, 'all', '^$', 'path');
    await using untold = new WrtcPeer(bridge.addresses.ws, 'Untold', 'noise', 1000, 'all', 'transport-cc', 'path');
    const timeout = 9000;
    for (const peer of [told, untold]) {
      await expect.poll(() => peer.seen.outgoingBps, { timeout, message: peer.complaints }).toBeGreaterThan(500_000);
      await expect.poll(() => peer.seen.luma, { timeout }).toBeGreaterThan(0);
    }
    expect((await targetBps(bridge.controlUrl, 'Told')) ?? Infinity).toBeGreaterThan(500_000);
    for (const peer of [told, untold]) peer.bound(300_000);
    await expect.poll(() => told.seen.outgoingBps, { timeout }).toBeLessThan(300_000);
    await expect.poll(() => targetBps(bridge.controlUrl, 'Told'), { timeout }).toBeLessThan(300_000);
    expect(untold.seen.outgoingBps).toBeGreaterThan(500_000);
  },
  40_000,
);
