import { VideoDecoder } from '@plugfest/media';
import { H264Depacketizer } from '@plugfest/rtp';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { ScriptedPeer } from '../scripted-peer-fixture.ts';
import { type RunningBridge, startBridge } from '../start-bridge.ts';

let bridge: RunningBridge;

beforeEach(async () => {
  bridge = await startBridge({ conference: { layout: 'equal-2x2' } });
  return () => bridge[Symbol.asyncDispose]();
});

async function request(method: string, path: string, body?: unknown): Promise<Response> {
  const init = body === undefined ? {} : { body: JSON.stringify(body) };
  return fetch(`${bridge.controlUrl}${path}`, { method, ...init });
}

async function join(name: string, grey: number): Promise<{ peer: ScriptedPeer; id: string }> {
  const { peer } = await ScriptedPeer.call({ name, target: bridge.addresses.udp });
  onTestFinished(() => peer[Symbol.asyncDispose]());
  peer.live(grey, 0);
  const all = (await (await request('GET', '/conferences/meeting/participants')).json()) as {
    id: string;
    displayName: string;
  }[];
  return { peer, id: all.find(({ displayName }) => displayName === name)?.id ?? '' };
}

/** Reads luma out of the newest picture that a peer was sent. */
class Eye implements Disposable {
  readonly #peer: ScriptedPeer;
  readonly #decoder = VideoDecoder.open({ codec: 'h264' });
  readonly #depacketizer = new H264Depacketizer();
  #packets = 0;
  #at: (x: number, y: number) => number = () => -1;

  constructor(peer: ScriptedPeer) {
    this.#peer = peer;
  }

  /** At fractions of the picture. */
  look(...points: readonly (readonly [x: number, y: number])[]): number[] {
    for (const packet of this.#peer.packets.video.slice(this.#packets)) {
      this.#packets++;
      for (const { data } of this.#depacketizer.push(packet)) {
        for (const picture of this.#decoder.decode(data, 0)) {
          const { data: pixels, width, height } = picture.toFrame();
          picture.release();
          this.#at = (x, y) => pixels[Math.floor(y * height) * width + Math.floor(x * width)] as number;
        }
      }
    }
    return points.map(([x, y]) => this.#at(x, y));
  }

  [Symbol.dispose](): void {
    this.#decoder.close();
  }
}

const near = (expected: readonly number[]) => (found: readonly number[]) =>
  found.every((luma, at) => Math.abs(luma - (expected[at] ?? Number.NaN)) < 12);
const timeout = 5000;
/** Of 2×2: upper left, upper right, lower left. */
const QUARTERS = [
  [0.25, 0.25],
  [0.75, 0.25],
  [0.25, 0.75],
] as const;

test('one participant’s layout changes its own picture and nobody else’s; its self-view shows it to itself', async () => {
  const [anna, ben, cleo] = [await join('Anna', 100), await join('Ben', 60), await join('Cleo', 200)];
  using annas = new Eye(anna.peer);
  using bens = new Eye(ben.peer);
  await expect.poll(() => annas.look(...QUARTERS.slice(0, 2)), { timeout }).toSatisfy(near([60, 200]));
  await expect.poll(() => bens.look(...QUARTERS.slice(0, 2)), { timeout }).toSatisfy(near([100, 200]));

  const changed = await request('PATCH', `/participants/${anna.id}`, { layout: 'single', selfView: false });
  expect(await changed.json()).toMatchObject({ id: anna.id, layout: 'single', selfView: false });
  await expect.poll(() => annas.look([0.3, 0.5], [0.7, 0.5]), { timeout }).toSatisfy(near([60, 60]));
  expect(bens.look(...QUARTERS.slice(0, 2))).toSatisfy(near([100, 200]));

  await request('PATCH', `/participants/${anna.id}`, { layout: null, selfView: true });
  await expect.poll(() => annas.look(...QUARTERS), { timeout }).toSatisfy(near([60, 200, 100]));
  const views = (await (await request('GET', '/conferences/meeting/views')).json()) as Record<string, unknown>[];
  expect(views.map(({ layout, seats }) => [layout, seats])).toEqual([
    ['equal-2x2', [ben.id, cleo.id, anna.id, null]],
    ['equal-2x2', [anna.id, cleo.id, null, null]],
    ['equal-2x2', [anna.id, ben.id, null, null]],
  ]);
});

test('the spotlight puts somebody first for all, until it leaves', async () => {
  const [anna, , cleo] = [await join('Anna', 100), await join('Ben', 60), await join('Cleo', 200)];
  using annas = new Eye(anna.peer);
  await expect.poll(() => annas.look(...QUARTERS.slice(0, 2)), { timeout }).toSatisfy(near([60, 200]));
  expect((await request('PATCH', '/conferences/meeting', { spotlight: ['nobody'] })).status).toBe(422);
  const lit = await request('PATCH', '/conferences/meeting', { spotlight: [cleo.id] });
  expect(await lit.json()).toMatchObject({ spotlight: [cleo.id], layout: 'equal-2x2' });
  await expect.poll(() => annas.look(...QUARTERS.slice(0, 2)), { timeout }).toSatisfy(near([200, 60]));
  await cleo.peer.call.bye();
  const spotlight = async () =>
    ((await (await request('GET', '/conferences/meeting')).json()) as { spotlight: unknown }).spotlight;
  await expect.poll(spotlight).toEqual([]);
});
