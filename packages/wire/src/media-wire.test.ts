import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { hostClock } from '@plugfest/host';
import { seededRandom } from '@plugfest/model';
import { afterEach, describe, expect, test } from 'vitest';
import { MediaWire, type MediaWireOptions } from './media-wire.ts';

/** A UDP socket that keeps what it hears. */
interface Peer {
  readonly port: number;
  readonly heard: string[];
  readonly sources: number[];
  send(text: string | Buffer, port: number): void;
}

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function openPeer(host = '127.0.0.1'): Promise<Peer> {
  const socket: Socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  socket.bind(0, host);
  await once(socket, 'listening');
  closing.push(() => socket.close());
  const peer = { port: socket.address().port, heard: [] as string[], sources: [] as number[] };
  socket.on('message', (bytes, source) => {
    peer.heard.push(bytes.toString('latin1'));
    peer.sources.push(source.port);
  });
  return { ...peer, send: (text, port) => socket.send(text, port, host) };
}

async function openWire(options: Partial<MediaWireOptions> = {}): Promise<MediaWire> {
  const wire = await MediaWire.open({
    participant: 'room',
    clock: hostClock,
    random: seededRandom(1),
    mLines: 1,
    ...options,
  });
  closing.push(() => wire.close());
  return wire;
}

const describeMedia = (port: number, rtcpPort: number, address = '127.0.0.1'): string =>
  `v=0\r\no=- 1 1 IN IP4 x\r\ns=-\r\nc=IN IP${address.includes(':') ? 6 : 4} ${address}\r\nt=0 0\r\nm=audio ${port} RTP/AVP 0\r\na=rtcp:${rtcpPort}\r\n`;
const portIn = (sdp: string): number => Number(/^m=\S+ (\d+)/m.exec(sdp)?.[1]);
const rtcpPortIn = (sdp: string): number => Number(/^a=rtcp:(\d+)/m.exec(sdp)?.[1]);

/** An endpoint and a far end with the wire between them; the ports are where each is told to send. */
async function connect(options: Partial<MediaWireOptions> = {}) {
  const host = options.host ?? '127.0.0.1';
  const [near, nearRtcp, far, farRtcp, stranger] = [
    await openPeer(host),
    await openPeer(host),
    await openPeer(host),
    await openPeer(host),
    await openPeer(host),
  ];
  const wire = await openWire(options);
  const local = wire.rewriteLocal(describeMedia(near.port, nearRtcp.port, host));
  const remote = wire.rewriteRemote(describeMedia(far.port, farRtcp.port, host));
  return { wire, near, nearRtcp, far, farRtcp, stranger, local, remote, toFar: portIn(remote), toNear: portIn(local) };
}

function rtp(sequenceNumber: number, ssrc = 7): Buffer {
  const packet = Buffer.alloc(172);
  packet[0] = 0x80;
  packet.writeUInt16BE(sequenceNumber & 0xffff, 2);
  packet.writeUInt32BE(sequenceNumber * 160, 4);
  packet.writeUInt32BE(ssrc, 8);
  return packet;
}

describe.each(['127.0.0.1', '::1'])('a wire on %s', (host) => {
  test('carries RTP and RTCP both ways, from the addresses that it told', async () => {
    const { near, nearRtcp, far, farRtcp, local, remote, toFar, toNear } = await connect({ host });
    near.send('to far', toFar);
    far.send('to near', toNear);
    nearRtcp.send('rtcp to far', rtcpPortIn(remote));
    farRtcp.send('rtcp to near', rtcpPortIn(local));
    await expect
      .poll(() => [far.heard, near.heard, farRtcp.heard, nearRtcp.heard])
      .toEqual([['to far'], ['to near'], ['rtcp to far'], ['rtcp to near']]);
    expect([far.sources[0], near.sources[0]]).toEqual([toNear, toFar]);
  });
});

describe('a wire', () => {
  test('takes media from another port of the endpoint until the declared one speaks, and from a third party never', async () => {
    const { wire, near, nearRtcp, far, stranger, toFar } = await connect();
    nearRtcp.send('from another port', toFar);
    await expect.poll(() => far.heard).toEqual(['from another port']);
    stranger.send('injected', toFar);
    near.send('declared', toFar);
    nearRtcp.send('late', toFar);
    stranger.send('injected', toFar);
    await expect.poll(() => wire.stats().sent.foreign).toBe(3);
    expect(far.heard).toEqual(['from another port', 'declared']);
  });

  test('sends nothing to who is on hold', async () => {
    const { wire, near, far, toFar, toNear } = await connect();
    near.send('1', toFar);
    await expect.poll(() => far.heard).toEqual(['1']);
    wire.rewriteRemote(describeMedia(far.port, far.port + 1, '0.0.0.0'));
    near.send('2', toFar);
    far.send('x', toNear);
    await expect.poll(() => near.heard).toEqual(['x']);
    expect(far.heard).toEqual(['1']);
  });

  test('follows a new description', async () => {
    const { wire, near, stranger, toFar } = await connect();
    wire.rewriteRemote(describeMedia(stranger.port, stranger.port + 1));
    near.send('moved', toFar);
    await expect.poll(() => stranger.heard).toEqual(['moved']);
  });

  test('counts loss by sequence numbers, with what it lost itself', async () => {
    const { wire, near, far, toFar } = await connect({ network: { sent: { lossRatio: 0.2 } } });
    for (let i = 0; i < 500; i++) near.send(rtp(65_300 + i), toFar);
    await expect.poll(() => wire.stats().sent.dropped + far.heard.length).toBe(500);
    const { sent, received } = wire.stats();
    expect(sent.mLines[0]).toMatchObject({ mLine: 0, rtpPackets: far.heard.length, bytes: far.heard.length * 172 });
    // What is lost before the first two that follow each other, and after the last, no receiver can know (RFC 3550 A.1).
    expect(Math.abs((sent.mLines[0]?.lossRatio ?? 0) - sent.dropped / 500)).toBeLessThan(8 / 500);
    expect(sent.dropped).toBeGreaterThan(60);
    expect(received).toMatchObject({ mLines: [], dropped: 0, foreign: 0, line: { offered: 0 } });
  });

  test('is impaired from the moment that it is told to be', async () => {
    const { wire, far, near, toNear } = await connect();
    far.send('before', toNear);
    await expect.poll(() => near.heard).toEqual(['before']);
    wire.setNetwork({ sent: { lossRatio: 1 }, received: { lossRatio: 1 } });
    far.send('after', toNear);
    await expect.poll(() => wire.stats().received.dropped).toBe(1);
    expect(near.heard).toEqual(['before']);
  });

  test('follows a script', async () => {
    const { wire, far, near, toNear } = await connect({
      network: { script: [{ atMs: 0, received: { lossRatio: 1 } }] },
    });
    await expect
      .poll(() => {
        far.send('one more', toNear);
        return wire.stats().received.dropped;
      })
      .toBeGreaterThan(3);
    wire.setNetwork({});
    far.send('at last', toNear);
    await expect.poll(() => near.heard.at(-1)).toBe('at last');
  });

  test('is rebound as by a NAT: the far end hears other ports, and the old ones are dead', async () => {
    const { wire, near, far, toFar, toNear } = await connect();
    near.send('before', toFar);
    await expect.poll(() => far.heard).toEqual(['before']);
    await wire.rebind();
    far.send('to the old port', toNear);
    near.send('after', toFar);
    await expect.poll(() => far.heard).toEqual(['before', 'after']);
    expect(far.sources[1]).not.toEqual(far.sources[0]);
    far.send('to the new port', far.sources[1] as number);
    await expect.poll(() => near.heard).toEqual(['to the new port']);
  });

  test('tells the m-lines of a bundle apart by payload type', async () => {
    const wire = await openWire({ mLines: 2 });
    const [near, far] = [await openPeer(), await openPeer()];
    const bundle = (port: number): string =>
      `v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio ${port} RTP/AVP 0\r\na=rtcp-mux\r\nm=video ${port} RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\na=rtcp-mux\r\n`;
    wire.rewriteLocal(bundle(near.port));
    const toFar = portIn(wire.rewriteRemote(bundle(far.port)));
    const video = rtp(1, 8);
    video[1] = 96;
    near.send(rtp(1), toFar);
    near.send(video, toFar);
    await expect.poll(() => far.heard.length).toBe(2);
    expect(wire.stats().sent.mLines.map(({ mLine, rtpPackets }) => [mLine, rtpPackets])).toEqual([
      [0, 1],
      [1, 1],
    ]);
  });

  test('gives its ports back', async () => {
    const wire = await openWire();
    const port = portIn(wire.rewriteLocal(describeMedia(5000, 5001)));
    wire.close();
    wire.close();
    await expect
      .poll(async () => {
        const probe = createSocket('udp4');
        const bound = await new Promise((resolve) => {
          probe.once('error', () => resolve(false));
          probe.bind({ port, address: '127.0.0.1', exclusive: true }, () => resolve(true));
        });
        probe.close();
        return bound;
      })
      .toBe(true);
  });
});
