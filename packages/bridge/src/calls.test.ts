import { createSocket } from 'node:dgram';
import { VideoDecoder } from '@plugfest/media';
import { formatTelephoneEvent, H264Depacketizer, nalType, RtpReceiverStats, splitAnnexB } from '@plugfest/rtp';
import { header } from '@plugfest/sip';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { BridgeEvent } from './bridge-events.ts';
import { ScriptedPeer, type ScriptedPeerOptions } from './scripted-peer-fixture.ts';
import { type RunningBridge, startBridge } from './start-bridge.ts';

let bridge: RunningBridge;
let events: BridgeEvent[];

beforeEach(async () => {
  bridge = await startBridge({ conference: { layout: 'single' }, sabotage: true, mediaTimeoutMs: 1000 });
  events = [];
  bridge.events.subscribe((event) => events.push(event), 0);
  return () => bridge[Symbol.asyncDispose]();
});

/** A call that was answered; it ends with the test. */
async function join(name: string, options: Partial<ScriptedPeerOptions> = {}): Promise<ScriptedPeer> {
  const { peer, statusCode } = await ScriptedPeer.call({ name, target: bridge.addresses.udp, ...options });
  onTestFinished(() => peer[Symbol.asyncDispose]());
  expect(statusCode).toBe(200);
  return peer;
}

async function request(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(`${bridge.controlUrl}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return (await response.json()) as Record<string, unknown>;
}

async function idOf(name: string): Promise<string> {
  const conference = await request('GET', '/conferences/meeting');
  const participants = conference.participants as { id: string; displayName: string }[];
  return participants.find(({ displayName }) => displayName === name)?.id ?? '';
}

/** Luma in the middle of the newest picture that a peer was sent. */
function lumaAt(peer: ScriptedPeer): number {
  using decoder = VideoDecoder.open({ codec: 'h264' });
  const depacketizer = new H264Depacketizer();
  let luma = -1;
  for (const packet of peer.packets.video) {
    for (const { data } of depacketizer.push(packet)) {
      for (const picture of decoder.decode(data, 0)) {
        const { data: pixels, width, height } = picture.toFrame();
        luma = pixels[(height / 2) * width + width / 2] ?? -1;
        picture.release();
      }
    }
  }
  return luma;
}

/** Wall-clock time of the newest packet of a stream, by the sender's reports. */
function newestUs(peer: ScriptedPeer, kind: 'audio' | 'video', clockRateHz: number): number {
  const packet = peer.packets[kind].at(-1);
  const stats = new RtpReceiverStats({ ssrc: packet?.ssrc ?? 0, clockRateHz });
  for (const report of peer.rtcp) if (report.type === 'sender-report') stats.onSenderReport(report, 0);
  return stats.ntpUsAt(packet?.timestamp ?? 0) ?? Number.NaN;
}

/** Access units of a peer's video that begin with an IDR picture. */
function keyFrames(peer: ScriptedPeer): number {
  const depacketizer = new H264Depacketizer();
  return peer.packets.video
    .flatMap((packet) => depacketizer.push(packet))
    .filter(({ data }) => splitAnnexB(data).some((nal) => nalType(nal) === 5)).length;
}

function sdpOf(...lines: readonly string[]): string {
  return ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0', ...lines, ''].join('\r\n');
}

const near = (expected: number) => (luma: number) => Math.abs(luma - expected) < 8;

describe('a call', () => {
  test('is alone with a picture that says so, then sees who joins, then is alone again', async () => {
    const anna = await join('Anna');
    await expect.poll(() => anna.packets.video.length).toBeGreaterThan(3);
    const ben = await join('Ben');
    ben.live(200, 440);
    await expect.poll(() => lumaAt(anna), { timeout: 3000 }).toSatisfy(near(200));
    await ben.call.bye();
    await expect.poll(() => lumaAt(anna), { timeout: 3000 }).not.toSatisfy(near(200));
    const ids = events.filter(({ type }) => type === 'participant.joined').map(({ data }) => data.participant);
    const [first, second] = (ids as { id: string }[]).map(({ id }) => id);
    const views = events.filter(({ type, data }) => type === 'view.changed' && data.viewer === first);
    expect(views.map(({ data }) => data.seats)).toEqual([[null], [second], [null]]);
  });

  test('gives reports with one clock for sound and picture, and says goodbye', async () => {
    const anna = await join('Anna');
    await expect.poll(() => anna.rtcp.filter(({ type }) => type === 'sender-report').length).toBeGreaterThan(1);
    const [sound, picture] = [newestUs(anna, 'audio', 8000), newestUs(anna, 'video', 90_000)];
    // Both were sent within the last tick.
    expect(Math.abs(sound - picture)).toBeLessThan(150_000);
    expect(Math.abs(Date.now() * 1000 - sound)).toBeLessThan(1_000_000);
    await request('POST', `/participants/${await idOf('Anna')}/drop`).catch(() => undefined);
    await expect.poll(() => anna.requests).toContain('BYE');
    await expect.poll(() => anna.rtcp.filter(({ type }) => type === 'goodbye').length).toBe(2);
  });

  test('that requires reliable provisional responses is taken, one that requires what nobody knows is not', async () => {
    await join('Anna', { headers: [{ name: 'Require', value: '100rel' }] });
    const refused = await ScriptedPeer.call({
      name: 'Berta',
      target: bridge.addresses.udp,
      headers: [{ name: 'Require', value: 'levitation' }],
    });
    onTestFinished(() => refused.peer[Symbol.asyncDispose]());
    expect(refused.statusCode).toBe(420);
  });

  test('on hold is sent nothing, and goes on after', async () => {
    const anna = await join('Anna');
    await expect.poll(() => anna.packets.audio.length).toBeGreaterThan(5);
    const held = await anna.call.reinvite({
      contentType: 'application/sdp',
      body: Buffer.from(anna.offer('inactive')),
    });
    expect(
      Buffer.from(held.body)
        .toString()
        .match(/a=inactive/g),
    ).toHaveLength(2);
    const count = anna.packets.audio.length;
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect(anna.packets.audio.length - count).toBeLessThanOrEqual(1);
    await anna.call.reinvite({ contentType: 'application/sdp', body: Buffer.from(anna.offer()) });
    await expect.poll(() => anna.packets.audio.length - count).toBeGreaterThan(3);
    const ssrcs = new Set(anna.packets.audio.map(({ ssrc }) => ssrc));
    expect(ssrcs.size).toBe(1);
  });

  test('with a codec that we do not have is taken without that line', async () => {
    const anna = await join('Anna', { videoLines: ['a=rtpmap:97 H265/90000'] });
    expect(anna.answer).toMatch(/m=video 0 /);
    // Whoever has not acknowledged has not joined.
    const joined = (): unknown => events.find(({ type }) => type === 'participant.joined')?.data.participant;
    await expect.poll(joined).toMatchObject({ codecs: { audio: 'PCMU', video: null } });
  });

  test('with nothing in common is refused with 488 and a warning, and leaves nothing behind', async () => {
    const body = { contentType: 'application/sdp', text: sdpOf('m=audio 40000 RTP/AVP 98', 'a=rtpmap:98 speex/16000') };
    await using refused = await ScriptedPeer.call({ name: 'Anna', target: bridge.addresses.udp, body });
    expect(refused.statusCode).toBe(488);
    expect(header(refused.response, 'Warning')).toMatch(/^305 plugfest "/);
    await expect.poll(() => events.map(({ type }) => type)).toContain('conference.ended');
    expect(await request('GET', '/conferences')).toEqual([]);
  });

  test('of somebody who vanishes is ended', async () => {
    const anna = await join('Anna');
    anna.speak(440, 0);
    await expect.poll(() => anna.requests, { timeout: 4000 }).toContain('BYE');
    expect(events.find(({ type }) => type === 'participant.left')?.data.reason).toBe('media-timeout');
  });
});

describe('what Lync offers', () => {
  const audio = ['m=audio 40000 RTP/SAVP 117 9', 'a=rtpmap:117 G722/8000/2', 'a=rtpmap:9 G722/8000'];
  const video = ['m=video 40002 RTP/SAVP 122 121', 'a=rtpmap:122 X-H264UC/90000', 'a=rtpmap:121 x-rtvc1/90000'];
  const fmtp = 'a=fmtp:122 packetization-mode=1;mst-mode=NI-TC';
  const crypto = (tag: number) =>
    `a=crypto:${tag} AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz|2^31`;
  const part = (disposition: string, sdp: string): string =>
    `--x\r\nContent-Type: application/sdp\r\nContent-Disposition: session; handling=optional${disposition}\r\n\r\n${sdp}\r\n`;

  test('in two alternatives: the newer is answered, the video’s number mirrored, keys given', async () => {
    const meant = sdpOf(...audio, crypto(2), ...video, fmtp, crypto(2));
    const fallback = sdpOf('m=audio 50000 RTP/AVP 0');
    const text = `${part('; ms-proxy-2007fallback', fallback)}${part('', meant)}--x--\r\n`;
    const body = { contentType: 'multipart/alternative;boundary="x"', text };
    const anna = await join('Anna', { body });
    expect(anna.answer).toMatch(/m=audio \d+ RTP\/SAVP 9\r\n/);
    expect(anna.answer).toMatch(/m=video \d+ RTP\/SAVP 122\r\n/);
    expect(anna.answer).toContain('a=rtpmap:122 X-H264UC/90000');
    expect(anna.answer.match(/a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:/g)).toHaveLength(2);
  });
});

describe('feedback', () => {
  test('PLI, FIR and RFC 5168’s INFO each bring a key frame', async () => {
    const anna = await join('Anna');
    await expect.poll(() => keyFrames(anna)).toBe(1);
    const asks = [
      () => anna.feedback((mediaSsrc) => ({ type: 'picture-loss-indication', senderSsrc: 1, mediaSsrc })),
      () =>
        anna.feedback((ssrc) => ({
          type: 'full-intra-request',
          senderSsrc: 1,
          mediaSsrc: 0,
          entries: [{ ssrc, sequenceNumber: 7 }],
        })),
      () => void anna.call.info('application/media_control+xml', Buffer.from('<picture_fast_update/>')),
    ];
    for (const [done, ask] of asks.entries()) {
      ask();
      await expect.poll(() => keyFrames(anna), { timeout: 2000 }).toBe(done + 2);
    }
  });

  test('NACK brings the very same packet again', async () => {
    const anna = await join('Anna');
    await expect.poll(() => anna.packets.video.length).toBeGreaterThan(4);
    const lost = anna.packets.video[2];
    anna.feedback((mediaSsrc) => ({
      type: 'nack',
      senderSsrc: 1,
      mediaSsrc,
      lostSequenceNumbers: [lost?.sequenceNumber ?? 0],
    }));
    const again = () => anna.packets.video.filter(({ sequenceNumber }) => sequenceNumber === lost?.sequenceNumber);
    await expect.poll(() => again().length).toBe(2);
    expect(again()[1]).toEqual(lost);
  });

  test('a lost picture is asked for: PLI from who speaks it, INFO from who does not', async () => {
    const anna = await join('Anna');
    const plain = ['a=rtpmap:97 H264/90000', 'a=fmtp:97 packetization-mode=1;profile-level-id=42e01f'];
    const ben = await join('Ben', { videoLines: plain });
    for (const peer of [anna, ben]) {
      peer.show(100, true);
      peer.show(100).length = 0;
      // Two numbers are never sent.
      peer.skip(2);
      peer.show(100);
    }
    await expect.poll(() => anna.rtcp.map(({ type }) => type), { timeout: 2000 }).toContain('picture-loss-indication');
    await expect.poll(() => ben.requests, { timeout: 2000 }).toContain('INFO');
  });

  test('a pressed key is told once, by RFC 4733 and by INFO', async () => {
    const anna = await join('Anna');
    for (const end of [false, true, true]) {
      anna.press(formatTelephoneEvent({ event: 11, end, volume: 10, durationTicks: 800 }), 1_000_000);
    }
    await anna.call.info('application/dtmf-relay', Buffer.from('Signal=5\r\nDuration=100\r\n'));
    const digits = () => events.filter(({ type }) => type === 'participant.digit').map(({ data }) => data.digit);
    await expect.poll(digits).toHaveLength(2);
    expect(digits().sort()).toEqual(['#', '5']);
  });
});

describe('a bad peer', () => {
  test('cannot put media into somebody else’s call', async () => {
    const anna = await join('Anna');
    const stranger = createSocket('udp4');
    onTestFinished(() => void stranger.close());
    for (let n = 0; n < 20; n++) stranger.send(Buffer.alloc(172, 0x80), anna.farPorts[0], '127.0.0.1');
    const id = await idOf('Anna');
    const statistics = async () => (await request('GET', `/participants/${id}`)).statistics as Record<string, unknown>;
    await expect.poll(async () => (await statistics()).refusedPackets).toBe(20);
    expect((await statistics()).audio).toMatchObject({ received: null });
  });

  test('of garbage in every form does not stop the others', async () => {
    const [anna, ben, mallory] = [await join('Anna'), await join('Ben'), await join('Mallory')];
    ben.live(200, 440);
    for (let n = 0; n < 300; n++) {
      const bytes = Uint8Array.from({ length: (n * 7) % 200 }, (_, at) => (n * 31 + at * 17) & 0xff);
      if (bytes.length > 1) bytes.set([0x80, n % 3 === 0 ? 200 + (n % 8) : 97]);
      mallory.send('video', bytes);
      mallory.send('audio', bytes);
    }
    await expect.poll(() => lumaAt(anna), { timeout: 3000 }).toSatisfy(near(200));
    expect(events.filter(({ type }) => type === 'bridge.fault')).toEqual([]);
  });
});
