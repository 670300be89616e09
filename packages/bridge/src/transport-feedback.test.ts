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
  'a path that becomes narrow, without loss: we learn of it by libwebrtc, and libwebrtc by us',
  async () => {
    await using bridge = await startBridge({
      transportCc: 'all',
      conference: { layout: 'single', bitrateBps: 1_000_000 },
    });
    await using narrow = new WrtcPeer(bridge.addresses.ws, 'Narrow', 'noise', 400, 'path');
    await using wide = new WrtcPeer(bridge.addresses.ws, 'Wide', 'noise', 1000);
    const timeout = 9000;
    await expect.poll(() => narrow.seen.outgoingBps, { timeout, message: narrow.complaints }).toBeGreaterThan(500_000);
    await expect.poll(() => narrow.seen.luma, { timeout, message: wide.complaints }).toBeGreaterThan(0);
    expect((await targetBps(bridge.controlUrl, 'Narrow')) ?? Infinity).toBeGreaterThan(500_000);
    narrow.bound(300_000);
    await expect.poll(() => targetBps(bridge.controlUrl, 'Narrow'), { timeout }).toBeLessThan(300_000);
    await expect.poll(() => narrow.seen.outgoingBps, { timeout }).toBeLessThan(300_000);
  },
  40_000,
);
