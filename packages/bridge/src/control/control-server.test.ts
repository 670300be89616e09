import { VideoDecoder } from '@plugfest/media';
import { H264Depacketizer } from '@plugfest/rtp';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { ScriptedPeer } from '../scripted-peer-fixture.ts';
import { type RunningBridge, startBridge } from '../start-bridge.ts';

let bridge: RunningBridge;

beforeEach(async () => {
  bridge = await startBridge({ conference: { layout: 'equal-2x2' }, sabotage: true });
  return () => bridge[Symbol.asyncDispose]();
});

interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly body: Record<string, unknown>;
}

async function request(method: string, path: string, body?: unknown, url = bridge.controlUrl): Promise<Answer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(`${url}${path}`, { method, ...(body === undefined ? {} : { body: text }) });
  const answer = await response.text();
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    body: answer === '' ? {} : JSON.parse(answer),
  };
}

async function join(name: string): Promise<{ peer: ScriptedPeer; id: string }> {
  const { peer } = await ScriptedPeer.call({ name, target: bridge.addresses.udp });
  onTestFinished(() => peer[Symbol.asyncDispose]());
  const { body } = await request('GET', '/conferences/meeting/participants');
  const participants = body as unknown as { id: string; displayName: string; callId: string }[];
  const own = participants.find(({ displayName }) => displayName === name);
  expect(own).toMatchObject({ uri: `sip:${name.toLowerCase()}@test.example`, callId: peer.call.callId });
  return { peer, id: own?.id ?? '' };
}

describe('conferences', () => {
  test('are made, listed, changed and ended', async () => {
    const made = await request('POST', '/conferences', { id: 'board', layout: 'single', width: 1280, height: 720 });
    expect(made).toMatchObject({ status: 200, body: { id: 'board', layout: 'single', width: 1280, frameRate: 15 } });
    expect((await request('PATCH', '/conferences/board', { layout: 'one-plus-five' })).body.layout).toBe(
      'one-plus-five',
    );
    expect((await request('GET', '/conferences')).body).toHaveLength(1);
    expect((await request('DELETE', '/conferences/board')).status).toBe(204);
    expect((await request('GET', '/conferences')).body).toEqual([]);
  });

  test.each([
    ['GET', '/conferences/none', undefined, 404],
    ['GET', '/nothing', undefined, 404],
    ['GET', '/%zz', undefined, 400],
    ['PUT', '/conferences', undefined, 405],
    ['POST', '/conferences', '{', 400],
    ['POST', '/conferences', {}, 422],
    ['POST', '/conferences', { id: '../x' }, 422],
    ['POST', '/conferences', { id: 'x', width: 641 }, 422],
    ['POST', '/conferences', `"${'x'.repeat(70_000)}"`, 413],
    ['POST', '/participants/none/mute', undefined, 404],
    ['PATCH', '/participants/none', {}, 404],
  ])('%s %s with %j is a problem: %i', async (method, path, body, status) => {
    expect(await request(method, path, body)).toMatchObject({
      status,
      type: 'application/problem+json',
      body: { status },
    });
  });
});

describe('participants', () => {
  test('are muted, described with their view and statistics, and dropped', async () => {
    const [anna, ben] = [await join('Anna'), await join('Ben')];
    expect((await request('POST', `/participants/${anna.id}/mute`)).body.muted).toBe(true);
    expect((await request('POST', `/conferences/meeting/participants/${anna.id}/unmute`)).body.muted).toBe(false);
    const { body } = await request('GET', `/participants/${anna.id}`);
    expect(body).toMatchObject({ displayName: 'Anna', security: 'none', codecs: { audio: 'PCMU', video: 'H264' } });
    expect(body.seats).toEqual([ben.id, null, null, null]);
    expect((await request('GET', '/conferences/meeting/views')).body).toEqual([
      { viewer: anna.id, layout: 'equal-2x2', width: 640, height: 360, seats: [ben.id, null, null, null] },
      { viewer: ben.id, layout: 'equal-2x2', width: 640, height: 360, seats: [anna.id, null, null, null] },
    ]);
    const statistics = (await request('GET', '/statistics')).body;
    expect(statistics).toMatchObject({ signalling: { sessions: 2 }, stagesMs: { encode: expect.any(Number) } });
    expect(statistics.participants).toHaveLength(2);
    expect((await request('POST', `/participants/${anna.id}/drop`)).status).toBe(204);
    await expect.poll(() => anna.peer.requests).toEqual(['BYE']);
  });
});

describe('events', () => {
  /** Reads events until one of that type; returns all so far. */
  async function read(lastId: number | undefined, until: string): Promise<{ id: number; event: string }[]> {
    const abort = new AbortController();
    const headers = lastId === undefined ? {} : { 'last-event-id': String(lastId) };
    const response = await fetch(`${bridge.controlUrl}/events`, { headers, signal: abort.signal });
    let text = '';
    for await (const piece of response.body ?? []) {
      text += Buffer.from(piece).toString();
      if (text.includes(`event: ${until}\n`)) break;
    }
    abort.abort();
    return [...text.matchAll(/id: (\d+)\nevent: (\S+)\n/g)].map(([, id, event]) => ({
      id: Number(id),
      event: event ?? '',
    }));
  }

  test('tell of messages, conferences, participants and views in order, and again from where one was', async () => {
    await join('Anna');
    const all = await read(undefined, 'view.changed');
    expect(all.map(({ id }) => id)).toEqual(all.map((_, n) => n + 1));
    const types = all.map(({ event }) => event).filter((event) => event !== 'sip.message');
    expect(types.slice(0, 3)).toEqual(['conference.created', 'participant.joined', 'view.changed']);
    expect(all[0]?.event).toBe('sip.message');
    const rest = await read(3, 'view.changed');
    expect(rest).toEqual(all.slice(3));
  });
});

describe('sabotage', () => {
  test('is refused by a bridge that was not started for it', async () => {
    await using honest = await startBridge();
    await using caller = await ScriptedPeer.call({ name: 'Anna', target: honest.addresses.udp });
    expect(caller.statusCode).toBe(200);
    const { body } = await request('GET', '/conferences/meeting/participants', undefined, honest.controlUrl);
    const [{ id } = { id: '' }] = body as unknown as { id: string }[];
    expect((await request('POST', `/participants/${id}/sabotage`, { kind: 'one-way' }, honest.controlUrl)).status).toBe(
      403,
    );
  });

  /** Middles of the four tiles of the newest picture that a peer was sent. */
  function tilesOf(peer: ScriptedPeer): (number | undefined)[] {
    using decoder = VideoDecoder.open({ codec: 'h264' });
    const depacketizer = new H264Depacketizer();
    let tiles: (number | undefined)[] = [];
    for (const { data } of peer.packets.video.flatMap((packet) => depacketizer.push(packet))) {
      for (const picture of decoder.decode(data, 0)) {
        const { data: pixels, width } = picture.toFrame();
        tiles = [90, 270].flatMap((y) => [160, 480].map((x) => pixels[y * width + x]));
        picture.release();
      }
    }
    return tiles;
  }
  const near = (expected: readonly number[]) => (tiles: readonly (number | undefined)[]) =>
    expected.every((luma, seat) => Math.abs((tiles[seat] ?? -100) - luma) < 12);

  test('wrong-tile puts the picture on a neighbour’s seat, one-way takes it away, mending brings it back', async () => {
    const [anna, ben, cleo] = [await join('Anna'), await join('Ben'), await join('Cleo')];
    ben.peer.live(60, 300);
    cleo.peer.live(200, 600);
    const timeout = 4000;
    await expect.poll(() => tilesOf(anna.peer), { timeout }).toSatisfy(near([60, 200]));
    await request('POST', `/participants/${ben.id}/sabotage`, { kind: 'wrong-tile' });
    await expect.poll(() => tilesOf(anna.peer), { timeout }).toSatisfy(near([200, 60]));
    await request('DELETE', `/participants/${ben.id}/sabotage`);
    await request('POST', `/participants/${cleo.id}/sabotage`, { kind: 'one-way' });
    await expect.poll(() => tilesOf(anna.peer), { timeout }).not.toSatisfy(near([60, 200]));
    await request('DELETE', `/participants/${cleo.id}/sabotage`);
    await expect.poll(() => tilesOf(anna.peer), { timeout }).toSatisfy(near([60, 200]));
  });

  test('own-voice lets somebody hear itself', async () => {
    const { peer, id } = await join('Anna');
    peer.live(100, 500);
    /** PCMU: its silence is 0xff or 0x7f. */
    const isLoud = () =>
      peer.packets.audio.slice(-5).some(({ payload }) => payload.some((byte) => (byte & 0x7f) < 0x50));
    await expect.poll(() => peer.packets.audio.length).toBeGreaterThan(20);
    expect(isLoud()).toBe(false);
    await request('POST', `/participants/${id}/sabotage`, { kind: 'own-voice' });
    await expect.poll(isLoud).toBe(true);
  });
});
