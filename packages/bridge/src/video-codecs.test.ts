import { hostClock } from '@plugfest/host';
import { type DecodedPicture, VideoDecoder, VideoEncoder } from '@plugfest/media';
import { seededRandom } from '@plugfest/model';
import { formatRtp, RtpSenderStream } from '@plugfest/rtp';
import type { NegotiatedCodec } from '@plugfest/sdp';
import { expect, onTestFinished, test } from 'vitest';
import { videoFormatOf } from './leg/video-formats.ts';
import { ScriptedPeer } from './scripted-peer-fixture.ts';
import { startBridge } from './start-bridge.ts';

const SIZE = { width: 352, height: 288 } as const;

/** Luma in the middle of the last picture that a peer was sent. */
function shownTo(peer: ScriptedPeer, name: NegotiatedCodec['name']): { luma: number; width: number; height: number } {
  const format = videoFormatOf({ name });
  const depacketizer = format.openDepacketizer();
  using decoder = VideoDecoder.open({ codec: format.codec });
  let last = { luma: -1, width: 0, height: 0 };
  const look = (picture: DecodedPicture): void => {
    const { data, width, height } = picture.toFrame();
    last = { luma: data[(height / 2) * width + width / 2] ?? -1, width, height };
    picture.release();
  };
  for (const packet of peer.packets.video) {
    for (const { data } of depacketizer.push(packet)) decoder.decode(data, 0).forEach(look);
  }
  return last;
}

/** Shows a grey picture in any codec. */
function show(peer: ScriptedPeer, name: NegotiatedCodec['name'], grey: number): void {
  const format = videoFormatOf({ name });
  const encoder = VideoEncoder.open({ codec: format.codec, ...SIZE, frameRate: 15, bitrateBps: 300_000 });
  const packetize = format.openPacketizer({ name } as NegotiatedCodec);
  const random = seededRandom(7);
  const stream = new RtpSenderStream({ ssrc: 99, payloadType: 97, clockRateHz: 90_000, cname: 'x', random });
  const data = new Uint8Array((SIZE.width * SIZE.height * 3) / 2).fill(128).fill(grey, 0, SIZE.width * SIZE.height);
  const timer = setInterval(() => {
    const nowUs = hostClock.nowUs();
    for (const coded of encoder.encode({ ...SIZE, data, ptsUs: nowUs })) {
      for (const packet of stream.packets(packetize(coded.data), nowUs)) peer.send('video', formatRtp(packet));
    }
  }, 66);
  onTestFinished(() => {
    clearInterval(timer);
    encoder.close();
  });
}

test.each([
  ['vp8', 'VP8', [], 640, 360],
  ['vp9', 'VP9', ['a=fmtp:97 profile-id=0'], 640, 360],
  ['av1', 'AV1', [], 640, 360],
  ['h263', 'H263-1998', ['a=fmtp:97 CIF=1;QCIF=1'], 352, 288],
] as const)('a caller with %s alone sees one with H.264, and is seen', async (name, encoding, lines, width, height) => {
  const bridge = await startBridge({ conference: { layout: 'single' } });
  onTestFinished(() => bridge[Symbol.asyncDispose]());
  const call = async (caller: string, videoLines?: readonly string[]): Promise<ScriptedPeer> => {
    const options = { name: caller, target: bridge.addresses.udp, ...(videoLines ? { videoLines } : {}) };
    const { peer, statusCode } = await ScriptedPeer.call(options);
    onTestFinished(() => peer[Symbol.asyncDispose]());
    expect(statusCode).toBe(200);
    return peer;
  };
  const anna = await call('Anna', [`a=rtpmap:97 ${encoding}/90000`, ...lines, 'a=rtcp-fb:97 nack pli']);
  expect(anna.answer).toContain(`a=rtpmap:97 ${encoding}/90000`);
  const ben = await call('Ben');
  show(anna, name, 60);
  ben.live(180, 500);
  const near = (grey: number) => (value: number) => Math.abs(value - grey) < 8;
  await expect
    .poll(() => shownTo(anna, name), { timeout: 6000, interval: 200 })
    .toMatchObject({
      luma: expect.toSatisfy(near(180)),
      width,
      height,
    });
  await expect.poll(() => shownTo(ben, 'h264').luma, { timeout: 6000, interval: 200 }).toSatisfy(near(60));
});

test('VP9 of another profile than 0 is not agreed on', async () => {
  const bridge = await startBridge({});
  onTestFinished(() => bridge[Symbol.asyncDispose]());
  const videoLines = ['a=rtpmap:97 VP9/90000', 'a=fmtp:97 profile-id=2'];
  const { peer } = await ScriptedPeer.call({ name: 'Anna', target: bridge.addresses.udp, videoLines });
  onTestFinished(() => peer[Symbol.asyncDispose]());
  expect(peer.answer).toMatch(/^m=video 0 /m);
});
