import { formatRtp, originalOf, type RtpPacket, RtxSender, TelephoneEventReceiver } from '@plugfest/rtp';
import { expect, onTestFinished, test } from 'vitest';
import { ScriptedPeer } from './scripted-peer-fixture.ts';
import { type RunningBridge, startBridge } from './start-bridge.ts';

/** Two who see each other: Anna's every packet is in the test's hand. */
async function conference(videoLines?: readonly string[]): Promise<{ bridge: RunningBridge; anna: ScriptedPeer }> {
  const bridge = await startBridge({ conference: { layout: 'single', bitrateBps: 1_000_000 } });
  onTestFinished(() => bridge[Symbol.asyncDispose]());
  const [anna] = await Promise.all(
    ['Anna', 'Bert'].map(async (name, at) => {
      const { peer } = await ScriptedPeer.call({
        name,
        target: bridge.addresses.udp,
        ...(videoLines ? { videoLines } : {}),
      });
      onTestFinished(() => peer[Symbol.asyncDispose]());
      peer.live(60 + 80 * at, 400 + 200 * at);
      return peer;
    }),
  );
  await expect.poll(() => anna?.packets.video.length, { timeout: 5000 }).toBeGreaterThan(5);
  return { bridge, anna: anna as ScriptedPeer };
}

async function idOfAnna(bridge: RunningBridge): Promise<string | undefined> {
  const response = await fetch(`${bridge.controlUrl}/conferences/meeting/participants`);
  const all = (await response.json()) as { id: string; displayName: string }[];
  return all.find(({ displayName }) => displayName === 'Anna')?.id;
}

interface VideoStatistics {
  readonly targetBps: number;
  readonly restored: number;
  readonly framesDecoded: number;
}

async function videoOf(bridge: RunningBridge): Promise<VideoStatistics> {
  const one = await fetch(`${bridge.controlUrl}/participants/${await idOfAnna(bridge)}`);
  return ((await one.json()) as { statistics: { video: VideoStatistics } }).statistics.video;
}

async function targetBps(bridge: RunningBridge): Promise<number> {
  return (await videoOf(bridge)).targetBps;
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

test('with RFC 4588 agreed, what was lost comes again in a stream of its own, both ways', async () => {
  const { bridge, anna } = await conference([
    ...['a=rtpmap:97 H264/90000', 'a=fmtp:97 packetization-mode=1;profile-level-id=42e01f', 'a=rtcp-fb:97 nack'],
    ...['a=rtpmap:99 rtx/90000', 'a=fmtp:99 apt=97'],
  ]);
  const group = /^a=ssrc-group:FID (\d+) (\d+)\r$/m.exec(anna.answer)?.slice(1).map(Number);
  const lost = anna.packets.video[2] as RtpPacket;
  anna.feedback((mediaSsrc) => ({
    ...{ type: 'nack', senderSsrc: 1, mediaSsrc },
    lostSequenceNumbers: [lost.sequenceNumber],
  }));
  await expect.poll(() => anna.packets.video.find(({ payloadType }) => payloadType === 99)).toBeDefined();
  const again = anna.packets.video.find(({ payloadType }) => payloadType === 99) as RtpPacket;
  expect([lost.ssrc, again.ssrc]).toEqual(group);
  expect(originalOf(again, lost)).toEqual(lost);

  // Two packets of Anna's that never came, until the bridge asks for them.
  const missing = anna.withhold(2);
  anna.show(100);
  const asked = () => anna.rtcp.flatMap((packet) => (packet.type === 'nack' ? packet.lostSequenceNumbers : []));
  await expect.poll(asked).toEqual(expect.arrayContaining(missing.map(({ sequenceNumber }) => sequenceNumber)));
  const repair = new RtxSender({ ssrc: 4711, payloadType: 99, firstSequenceNumber: 1 });
  for (const packet of missing) anna.send('video', formatRtp(repair.packet(packet)));
  await expect.poll(async () => (await videoOf(bridge)).restored).toBe(2);
  const { framesDecoded } = await videoOf(bridge);
  await expect.poll(async () => (await videoOf(bridge)).framesDecoded).toBeGreaterThan(framesDecoded + 5);
});

test('whom nobody sees is not decoded; with the first viewer it goes on from a key frame that is asked for', async () => {
  const bridge = await startBridge({ conference: { layout: 'single' } });
  onTestFinished(() => bridge[Symbol.asyncDispose]());
  const { peer: anna } = await ScriptedPeer.call({ name: 'Anna', target: bridge.addresses.udp });
  onTestFinished(() => anna[Symbol.asyncDispose]());
  anna.live(60, 400);
  const decoded = async (): Promise<number> => (await videoOf(bridge)).framesDecoded;
  await expect.poll(decoded).toBeGreaterThan(0);
  let before = -1;
  const hasStopped = async (): Promise<boolean> => {
    const [last, now] = [before, await decoded()];
    before = now;
    return last === now;
  };
  await expect.poll(hasStopped, { interval: 300, timeout: 6000 }).toBe(true);

  const asked = (): number => anna.rtcp.filter(({ type }) => type === 'picture-loss-indication').length;
  const askedBefore = asked();
  const { peer: bert } = await ScriptedPeer.call({ name: 'Bert', target: bridge.addresses.udp });
  onTestFinished(() => bert[Symbol.asyncDispose]());
  await expect.poll(asked).toBeGreaterThan(askedBefore);
  expect(await decoded()).toBe(before);
  anna.show(60, true);
  await expect.poll(decoded).toBeGreaterThan(before + 3);
}, 15_000);

test('keys that the bridge presses for a peer come as telephone-events, one after the other, in place of its sound', async () => {
  const { bridge, anna } = await conference();
  const press = async (digits: string): Promise<number> => {
    const url = `${bridge.controlUrl}/participants/${await idOfAnna(bridge)}/dtmf`;
    return (await fetch(url, { method: 'POST', body: JSON.stringify({ digits }) })).status;
  };
  expect(await press('5x')).toBe(422);
  expect(await press('55#')).toBeLessThan(300);
  const heard = (): string => {
    const receiver = new TelephoneEventReceiver();
    const events = anna.packets.audio.filter(({ payloadType }) => payloadType === 101);
    return events.map((packet) => receiver.push(packet)?.digit ?? '').join('');
  };
  await expect.poll(heard, { timeout: 3000 }).toBe('55#');
  const numbers = anna.packets.audio.map(({ sequenceNumber }) => sequenceNumber);
  expect(numbers).toEqual(numbers.map((_, at) => ((numbers[0] ?? 0) + at) & 0xffff));
});
