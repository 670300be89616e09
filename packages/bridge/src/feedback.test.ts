import { expect, onTestFinished, test } from 'vitest';
import { ScriptedPeer } from './scripted-peer-fixture.ts';
import { type RunningBridge, startBridge } from './start-bridge.ts';

/** Two who see each other: Anna's every packet is in the test's hand. */
async function conference(): Promise<{ bridge: RunningBridge; anna: ScriptedPeer }> {
  const bridge = await startBridge({ conference: { layout: 'single', bitrateBps: 1_000_000 } });
  onTestFinished(() => bridge[Symbol.asyncDispose]());
  const [anna] = await Promise.all(
    ['Anna', 'Bert'].map(async (name, at) => {
      const { peer } = await ScriptedPeer.call({ name, target: bridge.addresses.udp });
      onTestFinished(() => peer[Symbol.asyncDispose]());
      peer.live(60 + 80 * at, 400 + 200 * at);
      return peer;
    }),
  );
  await expect.poll(() => anna?.packets.video.length, { timeout: 5000 }).toBeGreaterThan(5);
  return { bridge, anna: anna as ScriptedPeer };
}

async function targetBps(bridge: RunningBridge): Promise<unknown> {
  const response = await fetch(`${bridge.controlUrl}/conferences/meeting/participants`);
  const all = (await response.json()) as { id: string; displayName: string }[];
  const id = all.find(({ displayName }) => displayName === 'Anna')?.id;
  const one = await fetch(`${bridge.controlUrl}/participants/${id}`);
  return ((await one.json()) as { statistics: { video: { targetBps: number } } }).statistics.video.targetBps;
}

test('what a viewer asks by TMMBR is kept and confirmed by TMMBN; REMB lowers it further; the stream goes on', async () => {
  const { bridge, anna } = await conference();
  const asked = { bitrateBps: 384_000, overheadBytes: 28 };
  anna.feedback((ssrc) => ({ type: 'tmmbr', senderSsrc: 7, mediaSsrc: 0, entries: [{ ssrc, ...asked }] }));
  await expect
    .poll(() => anna.rtcp.find(({ type }) => type === 'tmmbn'))
    .toMatchObject({
      senderSsrc: anna.packets.video[0]?.ssrc,
      entries: [{ ssrc: 7, ...asked }],
    });
  await expect.poll(() => targetBps(bridge)).toBe(384_000);
  anna.feedback((ssrc) => ({ type: 'remb', senderSsrc: 7, bitrateBps: 200_000, ssrcs: [ssrc] }));
  await expect.poll(() => targetBps(bridge)).toBe(200_000);
  const before = anna.packets.video.length;
  await expect.poll(() => anna.packets.video.length).toBeGreaterThan(before + 10);
  expect(new Set(anna.packets.video.map(({ ssrc }) => ssrc)).size).toBe(1);
});

test('a limit on somebody else’s stream is nobody’s business', async () => {
  const { bridge, anna } = await conference();
  const before = await targetBps(bridge);
  anna.feedback((ssrc) => ({ type: 'remb', senderSsrc: 7, bitrateBps: 100_000, ssrcs: [ssrc ^ 1] }));
  const entries = [{ ssrc: 1, bitrateBps: 100_000, overheadBytes: 0 }];
  anna.feedback(() => ({ type: 'tmmbr', senderSsrc: 7, mediaSsrc: 0, entries }));
  // What follows on the same way has been taken when its answer is there.
  anna.feedback((ssrc) => ({
    type: 'tmmbr',
    senderSsrc: 8,
    mediaSsrc: 0,
    entries: [{ ...entries[0], ssrc } as never],
  }));
  await expect.poll(() => anna.rtcp.filter(({ type }) => type === 'tmmbn')).toHaveLength(1);
  expect(before).toBeGreaterThan(1_000_000);
  expect(await targetBps(bridge)).toBe(100_000);
});
