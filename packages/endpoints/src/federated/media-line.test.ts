import { randomBytes } from 'node:crypto';
import { hostClock } from '@plugfest/host';
import { seededRandom } from '@plugfest/model';
import type { RtpPacket } from '@plugfest/rtp';
import type { NegotiatedMedia, SdesKey } from '@plugfest/sdp';
import { afterEach, describe, expect, it } from 'vitest';
import { MediaLine } from './media-line.ts';
import { RtpSocket } from './rtp-socket.ts';

const HOST = '127.0.0.1';
const PAYLOADS = ['one', 'two', 'three'].map((text) => Buffer.from(text));

let resources = new AsyncDisposableStack();
afterEach(async () => {
  await resources.disposeAsync();
  resources = new AsyncDisposableStack();
});

const newKey = (): SdesKey => ({
  tag: 1,
  suite: 'AES_CM_128_HMAC_SHA1_80',
  key: randomBytes(16),
  salt: randomBytes(14),
  sessionParameters: [],
});

interface Side {
  readonly line: MediaLine;
  readonly packets: RtpPacket[];
  /** Resolves with the packets when there are so many. */
  readonly received: (count: number) => Promise<RtpPacket[]>;
  readonly keyFrameRequested: Promise<void>;
}

function open(socket: RtpSocket, remote: RtpSocket, ssrc: number, keys: [SdesKey, SdesKey], rtcpMux: boolean): Side {
  const packets: RtpPacket[] = [];
  const keyFrame = Promise.withResolvers<void>();
  let notice = (): void => {};
  const codec = { payloadType: 122, receivePayloadType: 122, clockRateHz: 90_000 };
  const line = new MediaLine({
    clock: hostClock,
    random: seededRandom(ssrc),
    socket,
    negotiated: {
      codec,
      rtcpMux,
      remote: { address: HOST, rtpPort: remote.rtpPort, rtcpPort: remote.rtcpPort },
      crypto: { local: keys[0], remote: keys[1] },
    } as NegotiatedMedia,
    ssrc,
    cname: `${ssrc}@plugfest.example`,
    onPacket: (packet) => {
      packets.push(packet);
      notice();
    },
    onKeyFrameRequest: keyFrame.resolve,
  });
  resources.defer(() => line.close());
  const received = async (count: number): Promise<RtpPacket[]> => {
    while (packets.length < count) await new Promise<void>((resolve) => (notice = resolve));
    return packets;
  };
  return { line, packets, received, keyFrameRequested: keyFrame.promise };
}

async function openPair(rtcpMux: boolean, theyKnowOurKey = true): Promise<[Side, Side]> {
  const sockets = [await RtpSocket.open(HOST), await RtpSocket.open(HOST)] as const;
  for (const socket of sockets) resources.use(socket);
  const [ours, theirs] = [newKey(), newKey()];
  return [
    open(sockets[0], sockets[1], 1111, [ours, theirs], rtcpMux),
    open(sockets[1], sockets[0], 2222, [theirs, theyKnowOurKey ? ours : newKey()], rtcpMux),
  ];
}

describe.each([
  ['with RTCP on its own port', false],
  ['with RTCP on the same port', true],
])('two lines, %s', (_, rtcpMux) => {
  it('understand each other, both ways at once', async () => {
    const [left, right] = await openPair(rtcpMux);
    for (const { line } of [left, right]) {
      for (const [i, payload] of PAYLOADS.entries()) line.send([{ payload, marker: true }], 1_000_000 + i * 40_000);
    }
    for (const [side, ssrc] of [
      [left, 2222],
      [right, 1111],
    ] as const) {
      const packets = await side.received(PAYLOADS.length);
      expect(packets.map(({ payload }) => Buffer.from(payload).toString())).toEqual(['one', 'two', 'three']);
      expect(packets.map((packet) => packet.ssrc)).toEqual([ssrc, ssrc, ssrc]);
      const steps = packets.slice(1).map(({ timestamp }, i) => (timestamp - (packets[i]?.timestamp ?? 0)) >>> 0);
      expect(steps).toEqual([3600, 3600]);
      expect(side.line.refused).toBe(0);
    }
  });

  it('hear the request for a key frame', async () => {
    const [left, right] = await openPair(rtcpMux);
    left.line.send([{ payload: Buffer.from('x'), marker: true }], 0);
    await right.received(1);
    right.line.requestKeyFrame();
    await left.keyFrameRequested;
    expect(left.line.refused).toBe(0);
  });
});

describe('a line', () => {
  it('takes nothing that another key protected', async () => {
    const [left, right] = await openPair(false, false);
    left.line.send([{ payload: Buffer.from('x'), marker: true }], 0);
    await expect.poll(() => right.line.refused).toBe(1);
    expect(right.packets).toEqual([]);
  });
});
