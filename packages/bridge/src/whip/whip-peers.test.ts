import { expect, test } from 'vitest';
import { type RunningBridge, startBridge } from '../start-bridge.ts';
import { hasWrtc, near, WrtcPeer } from '../wrtc-process-fixture.ts';

interface Told {
  readonly id: string;
  readonly uri: string;
  readonly signalling: string;
  readonly seats: readonly (string | null)[];
  readonly muted: boolean;
}

const timeout = 9000;

async function present({ controlUrl }: RunningBridge): Promise<Told[]> {
  return (await (await fetch(`${controlUrl}/conferences/meeting/participants`)).json()) as Told[];
}

function asked({ controlUrl }: RunningBridge, path: string): Promise<Response> {
  return fetch(`${controlUrl}/participants/${path}`, { method: 'POST' });
}

test.skipIf(!hasWrtc)('two by WHIP and WHEP see and hear each other, and nobody itself', async () => {
  await using bridge = await startBridge({ conference: { layout: 'equal-2x2' } });
  await using dark = new WrtcPeer(bridge.controlUrl, 'Dark', 60, 400);
  await using bright = new WrtcPeer(bridge.controlUrl, 'Bright', 200, 1000);
  await expect.poll(() => dark.seen.tones[1000], { timeout, message: dark.complaints }).toBeGreaterThan(3000);
  await expect.poll(() => bright.seen.tones[400], { timeout, message: bright.complaints }).toBeGreaterThan(3000);
  expect(dark.seen.tones[400]).toBeLessThan(300);
  expect(bright.seen.tones[1000]).toBeLessThan(300);

  const people = await present(bridge);
  const one = (name: string, signalling: string): Told | undefined =>
    people.find((told) => told.uri === `sip:${name}@web.example` && told.signalling === signalling);
  expect(people).toHaveLength(4);
  expect(one('dark', 'whep')?.seats).toEqual([one('bright', 'whip')?.id, null, null, null]);
  expect(one('bright', 'whep')?.seats).toEqual([one('dark', 'whip')?.id, null, null, null]);

  await asked(bridge, `${one('bright', 'whep')?.id}/mute`);
  await expect.poll(() => dark.seen.tones[1000], { timeout }).toBeLessThan(300);
  expect((await present(bridge)).filter(({ muted }) => muted).map(({ uri }) => uri)).toEqual([
    'sip:bright@web.example',
    'sip:bright@web.example',
  ]);

  await asked(bridge, `${one('bright', 'whip')?.id}/drop`);
  await expect
    .poll(async () => (await present(bridge)).map(({ uri }) => uri))
    .toEqual(['sip:dark@web.example', 'sip:dark@web.example']);
});

test.skipIf(!hasWrtc)('a caller by SIP and a person by WHIP and WHEP meet; ICE restarts by PATCH', async () => {
  await using bridge = await startBridge({ conference: { layout: 'single' } });
  const left: unknown[] = [];
  bridge.events.subscribe(({ type, data }) => type === 'participant.left' && left.push(data.reason), 0);
  await using dark = new WrtcPeer(bridge.controlUrl, 'Dark', 60, 400);
  await using bright = new WrtcPeer(bridge.addresses.ws, 'Bright', 200, 1000);
  await expect.poll(() => near(dark.seen.luma, 200), { timeout, message: dark.complaints }).toBe(true);
  await expect.poll(() => near(bright.seen.luma, 60), { timeout, message: bright.complaints }).toBe(true);
  await expect.poll(() => bright.seen.tones[400], { timeout }).toBeGreaterThan(3000);

  dark.restartIce();
  await expect.poll(() => dark.seen.restarts, { timeout, message: dark.complaints }).toBe(1);
  const before = dark.seen;
  await expect.poll(() => dark.seen !== before && dark.seen.tones[1000], { timeout }).toBeGreaterThan(3000);
  await expect.poll(() => bright.seen.tones[400], { timeout }).toBeGreaterThan(3000);
  expect(dark.seen.ice).toMatch(/connected|completed/);

  await dark.hangUp();
  await expect.poll(() => left, { timeout }).toEqual(['remote-bye', 'remote-bye']);
  expect((await present(bridge)).map(({ uri }) => uri)).toEqual(['sip:bright@web.example']);
});
