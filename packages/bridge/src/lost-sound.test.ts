import { expect, test } from 'vitest';
import { startBridge } from './start-bridge.ts';
import { hasWrtc, WrtcPeer } from './wrtc-process-fixture.ts';

interface Participant {
  readonly id: string;
  readonly displayName: string;
}
interface Sound {
  readonly restored: number;
  readonly received: { readonly lost: number } | null;
}

async function soundOf(controlUrl: string, name: string): Promise<Sound | undefined> {
  const all = (await (await fetch(`${controlUrl}/conferences/meeting/participants`)).json()) as Participant[];
  const one = await fetch(`${controlUrl}/participants/${all.find(({ displayName }) => displayName === name)?.id}`);
  return ((await one.json()) as { statistics?: { audio?: Sound } }).statistics?.audio;
}

test.skipIf(!hasWrtc)(
  'on a path with losses libwebrtc and the bridge tell one another of lost sound in the packets after it',
  async () => {
    await using bridge = await startBridge({ conference: { layout: 'single' } });
    await using lossy = new WrtcPeer(bridge.addresses.ws, 'Lossy', 60, 'voice', 'path');
    await using other = new WrtcPeer(bridge.addresses.ws, 'Other', 200, 1000);
    const timeout = 12_000;
    await expect.poll(() => lossy.seen.tones[1000], { timeout, message: lossy.complaints }).toBeGreaterThan(1000);
    await expect.poll(() => other.seen.luma, { timeout, message: other.complaints }).toBeLessThan(100);
    expect((await soundOf(bridge.controlUrl, 'Lossy'))?.restored).toBe(0);
    expect(lossy.seen.fecPackets).toBe(0);
    lossy.lose(0.1);
    await expect
      .poll(async () => (await soundOf(bridge.controlUrl, 'Lossy'))?.restored, { timeout })
      .toBeGreaterThan(5);
    await expect.poll(() => lossy.seen.fecPackets, { timeout }).toBeGreaterThan(5);
    expect((await soundOf(bridge.controlUrl, 'Other'))?.restored).toBe(0);
  },
  40_000,
);
