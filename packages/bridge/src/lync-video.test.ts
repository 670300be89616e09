import { NAL, nalType, parseScalabilityInfo, REQUESTED_SOURCES, type VideoSourceRequest } from '@plugfest/rtp';
import { expect, onTestFinished, test } from 'vitest';
import { ScriptedPeer } from './scripted-peer-fixture.ts';
import { type RunningBridge, startBridge } from './start-bridge.ts';

const LYNC = [
  'a=rtpmap:97 X-H264UC/90000',
  'a=fmtp:97 packetization-mode=1;mst-mode=NI-TC',
  'a=rtcp-fb:* x-message app send:src,x-pli recv:src,x-pli',
];

async function called(bridge: RunningBridge, name: string, videoLines?: readonly string[]): Promise<ScriptedPeer> {
  const { peer } = await ScriptedPeer.call({
    name,
    target: bridge.addresses.udp,
    ...(videoLines ? { videoLines } : {}),
  });
  onTestFinished(() => peer[Symbol.asyncDispose]());
  return peer;
}

const requestsTo = (peer: ScriptedPeer): VideoSourceRequest[] =>
  peer.rtcp.flatMap((packet) => (packet.type === 'video-source-request' ? [packet] : []));

test('a Lync caller is asked for its picture until it comes, told of each picture, and spared what it does not watch', async () => {
  const bridge = await startBridge({ conference: { layout: 'single' } });
  onTestFinished(() => bridge[Symbol.asyncDispose]());
  const [anna, bert] = [await called(bridge, 'Anna', LYNC), await called(bridge, 'Bert')];
  bert.live(60, 400);

  await expect.poll(() => requestsTo(anna).length, { timeout: 5000 }).toBeGreaterThan(1);
  const asked = requestsTo(anna);
  expect(new Set(asked.map(({ requestId }) => requestId)).size).toBe(1);
  expect(asked[0]).toMatchObject({ requestedSource: REQUESTED_SOURCES.any, keyFrame: true });
  expect(asked[0]?.entries).toMatchObject([{ payloadType: 97, maxWidth: 1280, maxHeight: 720 }]);
  expect(requestsTo(bert)).toEqual([]);

  await expect.poll(() => anna.packets.video.length, { timeout: 5000 }).toBeGreaterThan(5);
  const infos = anna.packets.video.filter(({ payload }) => nalType(payload) === NAL.pacsi);
  const first = parseScalabilityInfo(infos[0]?.payload ?? new Uint8Array());
  expect(first).toMatchObject({ ok: true, value: { isIdr: true, decodingOrder: 0 } });
  expect(first.ok && first.value.layers[0]).toMatchObject({ constrainedBaseline: true, frameRateIndex: 2 });
  const pictures = new Set(anna.packets.video.map(({ timestamp }) => timestamp)).size;
  expect(infos.length).toBeGreaterThanOrEqual(pictures - 1);

  const request = { type: 'video-source-request', senderSsrc: 7, keyFrame: false, entries: [] } as const;
  anna.feedback((mediaSsrc) => ({ ...request, mediaSsrc, requestId: 1, requestedSource: REQUESTED_SOURCES.none }));
  // What was on its way has arrived when nothing new comes for several pictures' time.
  await expect
    .poll(
      async () => {
        const before = anna.packets.video.length;
        await new Promise((resolve) => setTimeout(resolve, 300));
        return anna.packets.video.length - before;
      },
      { timeout: 5000 },
    )
    .toBe(0);
  const seen = anna.packets.video.length;
  anna.feedback((mediaSsrc) => ({ ...request, mediaSsrc, requestId: 2, requestedSource: REQUESTED_SOURCES.any }));
  await expect.poll(() => anna.packets.video.length, { timeout: 5000 }).toBeGreaterThan(seen + 3);
  const resumed = parseScalabilityInfo(anna.packets.video[seen]?.payload ?? new Uint8Array());
  expect(resumed).toMatchObject({ ok: true, value: { isIdr: true } });
}, 30_000);
