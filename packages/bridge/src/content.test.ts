import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findExecutable, findTool, openTemporaryDirectory } from '@plugfest/host';
import { VideoDecoder } from '@plugfest/media';
import { H264Depacketizer } from '@plugfest/rtp';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { BridgeEvent } from './bridge-events.ts';
import { ContentPeer, type ContentPeerOptions } from './content-peer-fixture.ts';
import { ScriptedPeer } from './scripted-peer-fixture.ts';
import { type RunningBridge, startBridge } from './start-bridge.ts';

let bridge: RunningBridge;
let events: BridgeEvent[];

beforeEach(async () => {
  bridge = await startBridge({ conference: { layout: 'equal-2x2', frameRate: 10 } });
  events = [];
  bridge.events.subscribe((event) => events.push(event), 0);
  return () => bridge[Symbol.asyncDispose]();
});

async function room(name: string, options: Partial<ContentPeerOptions> = {}): Promise<ContentPeer> {
  const peer = await ContentPeer.open({ name, target: bridge.addresses.udp, ...options });
  onTestFinished(() => peer[Symbol.asyncDispose]());
  await expect.poll(() => idOf(name)).toBeDefined();
  return peer;
}

async function plain(name: string): Promise<ScriptedPeer> {
  const { peer } = await ScriptedPeer.call({ name, target: bridge.addresses.udp });
  onTestFinished(() => peer[Symbol.asyncDispose]());
  await expect.poll(() => idOf(name)).toBeDefined();
  return peer;
}

function idOf(name: string): string | undefined {
  const people = events.flatMap(({ type, data }) => (type === 'participant.joined' ? [data.participant] : []));
  return (people as { id: string; displayName: string }[]).find(({ displayName }) => displayName === name)?.id;
}

const presenters = (): unknown[] =>
  events.filter(({ type }) => type === 'content.presenter').map(({ data }) => data.participant);
const timeout = 6000;
const near = (expected: number) => (luma: number) => Math.abs(luma - expected) < 12;

/** Luma of the newest picture of a peer's main stream. */
function mainLuma(peer: ScriptedPeer, x: number, y: number): number {
  using decoder = VideoDecoder.open({ codec: 'h264' });
  const depacketizer = new H264Depacketizer();
  let luma = -1;
  for (const { data } of peer.packets.video.flatMap((packet) => depacketizer.push(packet))) {
    for (const picture of decoder.decode(data, 0)) {
      const { data: pixels, width, height } = picture.toFrame();
      luma = pixels[Math.floor(y * height) * width + Math.floor(x * width)] as number;
      picture.release();
    }
  }
  return luma;
}

const WAYS: readonly Partial<ContentPeerOptions>[] = [
  { bfcp: 'UDP/BFCP' },
  { bfcp: 'TCP/BFCP', setup: 'active' },
  { bfcp: 'TCP/BFCP', setup: 'passive' },
];

describe.each(WAYS)('a room that asks for the floor: %j', (way) => {
  test('is told which floor, gets it, and what it shows reaches the second stream of others', async () => {
    const [anna, ben] = [await room('Anna', way), await room('Ben', way)];
    expect(anna.peer.answer).toMatch(/m=video [1-9]\d* RTP\/AVPF 98\r\n(?:.*\r\n)*a=label:3\r\na=content:slides\r\n/);
    expect(anna.peer.answer).toMatch(new RegExp(`m=application [1-9]\\d* ${way.bfcp} \\*\\r\\n`));
    expect(anna.peer.answer).toMatch(/a=floorctrl:s-only\r\na=confid:1\r\na=userid:\d+\r\na=floorid:1 mstrm:3\r\n/);
    expect(await anna.floor.hello()).toMatchObject({ attributes: expect.any(Array) });
    anna.present(180);
    await anna.floor.request(1);
    await expect.poll(presenters).toEqual([idOf('Anna')]);
    expect(anna.progress.at(-1)?.status).toBe('granted');
    // In its own shape: 4:3 in the middle of 16:9.
    await expect.poll(() => ben.lumaAt(0.5, 0.5), { timeout }).toSatisfy(near(180));
    expect(ben.lumaAt(0.05, 0.5)).toBeLessThan(60);
    expect(anna.packets).toEqual([]);
  });

  test('loses it to who asks next, and gives it back', async () => {
    const [anna, ben] = [await room('Anna', way), await room('Ben', way)];
    await anna.floor.request(1);
    await ben.floor.request(1);
    await expect.poll(() => anna.progress.at(-1)?.status).toBe('revoked');
    expect(ben.progress.at(-1)?.status).toBe('granted');
    await ben.floor.release(ben.progress.at(-1)?.requestId ?? 0);
    expect(presenters()).toEqual([idOf('Anna'), idOf('Ben'), null]);
  });
});

describe('content', () => {
  test('is mixed into the picture of who has no second stream, and gone when its presenter hangs up', async () => {
    const [anna, ben, cleo] = [await room('Anna', { bfcp: 'UDP/BFCP' }), await plain('Ben'), await plain('Cleo')];
    cleo.live(60, 0);
    await expect.poll(() => mainLuma(ben, 0.75, 0.25), { timeout }).toSatisfy(near(60));
    anna.present(180);
    await anna.floor.request(1);
    // 1+5: the slide on the large seat, then Anna and Cleo.
    await expect.poll(() => mainLuma(ben, 0.33, 0.33), { timeout }).toSatisfy(near(180));
    await expect.poll(() => mainLuma(ben, 0.83, 0.5), { timeout }).toSatisfy(near(60));
    const view = events.findLast(({ type, data }) => type === 'view.changed' && data.viewer === idOf('Ben'))?.data;
    expect(view).toMatchObject({
      layout: 'one-plus-five',
      seats: ['content', idOf('Anna'), idOf('Cleo'), null, null, null],
    });
    await anna.peer.call.bye();
    await expect.poll(presenters).toEqual([idOf('Anna'), null]);
    const last = () =>
      events.findLast(({ type, data }) => type === 'view.changed' && data.viewer === idOf('Ben'))?.data;
    await expect.poll(last).toMatchObject({ layout: 'equal-2x2', seats: [idOf('Cleo'), null, null, null] });
  });

  test('of who has no floor control begins with its pictures', async () => {
    const [anna, ben] = [await room('Anna'), await room('Ben', { bfcp: 'UDP/BFCP' })];
    await ben.floor.request(1);
    anna.present(200);
    await expect.poll(presenters, { timeout }).toEqual([idOf('Ben'), idOf('Anna')]);
    await expect.poll(() => ben.progress.at(-1)?.status).toBe('revoked');
    await expect.poll(() => ben.lumaAt(0.5, 0.5), { timeout }).toSatisfy(near(200));
    // The room with floor control takes over again.
    await ben.floor.request(1);
    await expect.poll(presenters).toEqual([idOf('Ben'), idOf('Anna'), idOf('Ben')]);
  });

  test('is given and taken by the host', async () => {
    const anna = await room('Anna', { bfcp: 'UDP/BFCP' });
    const ask = (method: string) => fetch(`${bridge.controlUrl}/participants/${idOf('Anna')}/present`, { method });
    expect((await ask('POST')).status).toBe(204);
    expect((await ask('DELETE')).status).toBe(204);
    await anna.floor.request(1);
    expect((await ask('DELETE')).status).toBe(204);
    await expect.poll(() => anna.progress.at(-1)?.status).toBe('revoked');
    expect(presenters()).toEqual([idOf('Anna'), null, idOf('Anna'), null]);
    const ben = await plain('Ben');
    const refused = await fetch(`${bridge.controlUrl}/participants/${idOf('Ben')}/present`, { method: 'POST' });
    expect([refused.status, ben.requests]).toEqual([409, []]);
  });

  test('moves with a call that is transferred', async () => {
    const anna = await room('Anna', { bfcp: 'UDP/BFCP' });
    await anna.floor.request(1);
    const init = { method: 'POST', body: JSON.stringify({ conference: 'there' }) };
    await fetch(`${bridge.controlUrl}/participants/${idOf('Anna')}/transfer`, init);
    await expect.poll(presenters).toEqual([idOf('Anna'), null]);
    await anna.floor.request(1);
    const told = events.filter(({ type }) => type === 'content.presenter').map(({ data }) => data.conference);
    expect(told).toEqual(['meeting', 'meeting', 'there']);
  });

  test('is still in its place when the call is asked for an offer', async () => {
    const anna = await room('Anna', { bfcp: 'UDP/BFCP' });
    let offer = '';
    await anna.peer.call.reinvite(null, {
      answer: ({ body }) => {
        offer = Buffer.from(body).toString();
        return { contentType: 'application/sdp', body: Buffer.from(anna.peer.offer()) };
      },
    });
    const lines = [...offer.matchAll(/^m=(\S+) ([1-9]\d*) (\S+)/gm)].map(([, kind, , protocol]) => [kind, protocol]);
    expect(lines).toEqual([
      ['audio', 'RTP/AVP'],
      ['video', 'RTP/AVPF'],
      ['video', 'RTP/AVPF'],
      ['application', 'UDP/BFCP'],
    ]);
  });
});

describe('a bad peer', () => {
  test('cannot ask for the floor from elsewhere, nor for others, and garbage ends nothing', async () => {
    const [anna, ben] = [await room('Anna', { bfcp: 'UDP/BFCP' }), await room('Ben', { bfcp: 'TCP/BFCP' })];
    /** FloorRequest of Anna for floor 1, version 2, as bytes of RFC 8855 §5. */
    const userId = Number(/a=userid:(\d+)/.exec(anna.peer.answer)?.[1]);
    const request = Buffer.from([0x40, 1, 0, 1, 0, 0, 0, 1, 0, 9, userId >> 8, userId & 255, 0x05, 4, 0, 1]);
    const stranger = createSocket('udp4');
    onTestFinished(() => void stranger.close());
    for (const bytes of [request, Buffer.alloc(40, 0xff)]) stranger.send(bytes, anna.farPorts[1], '127.0.0.1');
    const socket = connect({ host: '127.0.0.1', port: ben.farPorts[1] ?? 0 });
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => {});
    const closed = new Promise((resolve) => socket.once('close', resolve));
    // As Anna over Ben's link, then bytes that are no message at all.
    socket.write(Buffer.from([0x20, ...request.subarray(1)]));
    socket.write(Buffer.alloc(64, 0xff));
    await closed;
    await anna.floor.hello();
    expect(presenters()).toEqual([]);
    await anna.floor.request(1);
    await expect.poll(presenters).toEqual([idOf('Anna')]);
    expect(events.filter(({ type }) => type === 'bridge.fault')).toEqual([]);
  });
});

/** tshark 4 knows BFCP of version 1, that of streams. */
test('what the floor server says is what tshark reads', async (context) => {
  const [tshark, text2pcap] = [await findTool('tshark'), findExecutable('text2pcap')];
  if (!tshark.found || !text2pcap) return context.skip('no tshark');
  const anna = await room('Anna', { bfcp: 'TCP/BFCP' });
  await anna.floor.hello();
  await anna.floor.request(1);
  await using directory = await openTemporaryDirectory('bridge-bfcp-');
  const [dump, pcap] = [join(directory.path, 'dump.txt'), join(directory.path, 'bfcp.pcap')];
  const lines = anna.received.map((bytes) => `000000 ${bytes.toString('hex').replace(/../g, '$& ')}\n`);
  writeFileSync(dump, lines.join(''));
  await promisify(execFile)(text2pcap, ['-q', '-T', '5070,5070', dump, pcap]);
  const fields = ['primitive', 'conference_id', 'user_id', 'request_status'].flatMap((name) => ['-e', `bfcp.${name}`]);
  const args = ['-r', pcap, '--enable-heuristic', 'bfcp_tcp', '-T', 'fields', ...fields, '-e', '_ws.malformed'];
  const { stdout } = await promisify(execFile)(tshark.path, args);
  const userId = /a=userid:(\d+)/.exec(anna.peer.answer)?.[1];
  // HelloAck, then FloorRequestStatus: granted.
  const read = stdout.split('\n').filter((line) => line !== '');
  expect(read).toEqual([`12\t1\t${userId}\t\t`, `4\t1\t${userId}\t3\t`]);
});
