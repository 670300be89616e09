import { findTool } from '@plugfest/host';
import { formatTelephoneEvent } from '@plugfest/rtp';
import { header } from '@plugfest/sip';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { BridgeEvent } from './bridge-events.ts';
import { mayBeCalled } from './dial-out.ts';
import { ScriptedPeer } from './scripted-peer-fixture.ts';
import { SippCallee } from './sipp-callee-fixture.ts';
import { type RunningBridge, startBridge } from './start-bridge.ts';

let bridge: RunningBridge;
let events: BridgeEvent[];

beforeEach(async () => {
  bridge = await startBridge({ conference: { layout: 'single', frameRate: 10 } });
  events = [];
  bridge.events.subscribe((event) => events.push(event), 0);
  return () => bridge[Symbol.asyncDispose]();
});

async function request(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
  const init = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await fetch(`${bridge.controlUrl}${path}`, { method, ...init });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}

async function dial(
  name: string,
  room = 'meeting',
): Promise<{ peer: ScriptedPeer; statusCode: number; bye: string[] }> {
  const { peer, statusCode } = await ScriptedPeer.call({ name, target: bridge.addresses.udp, room });
  onTestFinished(() => peer[Symbol.asyncDispose]());
  const bye: string[] = [];
  peer.call.onBye = (message) => bye.push(header(message, 'Reason') ?? 'none');
  if (statusCode === 200) await expect.poll(arrived).toContain(name);
  return { peer, statusCode, bye };
}

/** Names of those who came to a door or through it: with their ACK, a little after we sent it. */
function arrived(): unknown[] {
  return events.flatMap(({ type, data }) => {
    if (type === 'visitor.waiting') return [data.displayName];
    return type === 'participant.joined' ? [(data.participant as { displayName: string }).displayName] : [];
  });
}

const KEYS = '0123456789*#';
let pressedAtUs = 1_000_000;

/** As a phone does it: the same event three times, its end repeated. */
function pressAll(peer: ScriptedPeer, keys: string): void {
  for (const key of keys) {
    pressedAtUs += 200_000;
    for (const end of [false, true, true]) {
      const event = { event: KEYS.indexOf(key), end, volume: 10, durationTicks: 800 };
      peer.press(formatTelephoneEvent(event), pressedAtUs);
    }
  }
}

async function tellAll(peer: ScriptedPeer, keys: string, contentType: string): Promise<void> {
  for (const key of keys) {
    const body = contentType === 'application/dtmf' ? key : `Signal=${key}\r\nDuration=160\r\n`;
    const { statusCode } = await peer.call.info(contentType, Buffer.from(body));
    expect(statusCode).toBe(200);
  }
}

const types = (): string[] => events.map(({ type }) => type).filter((type) => type !== 'sip.message');
const joined = (): string[] =>
  events
    .filter(({ type }) => type === 'participant.joined')
    .map(({ data: { participant } }) => {
      const { displayName, role } = participant as { displayName: string; role: string };
      return `${displayName} ${role}`;
    });
const waiting = (): unknown[] =>
  events.filter(({ type }) => type === 'visitor.waiting').map(({ data }) => data.waitsFor);

/** PCMU: its silence is 0xff or 0x7f. */
function isLoud({ packets }: ScriptedPeer, from = 0): boolean {
  return packets.audio.slice(from).some(({ payload }) => payload.some((byte) => (byte & 0x7f) < 0x60));
}

describe('a room with a PIN', () => {
  beforeEach(() => request('POST', '/conferences', { id: 'board', hostPin: '1234', guestPin: '77' }));

  test.each([
    ['RFC 4733', pressAll],
    [
      'INFO application/dtmf-relay',
      (peer: ScriptedPeer, keys: string) => tellAll(peer, keys, 'application/dtmf-relay'),
    ],
    ['INFO application/dtmf', (peer: ScriptedPeer, keys: string) => tellAll(peer, keys, 'application/dtmf')],
  ])('asks for it and lets in who enters it by %s', async (_, enter) => {
    const { peer, statusCode } = await dial('Anna', 'board');
    expect(statusCode).toBe(200);
    expect(waiting()).toEqual(['pin']);
    // It is told by voice and by picture, and is nobody's company yet.
    await expect.poll(() => isLoud(peer), { timeout: 5000 }).toBe(true);
    await expect.poll(() => peer.packets.video.length, { timeout: 5000 }).toBeGreaterThan(0);
    expect(joined()).toEqual([]);
    await enter(peer, '1234');
    await expect.poll(joined).toEqual(['Anna host']);
  });

  test('hangs up after three that are wrong', async () => {
    const { peer, bye } = await dial('Mallory', 'board');
    const wrong = () => types().filter((type) => type === 'visitor.wrong-pin').length;
    for (const [tries, pin] of ['0000', '11#', '123#'].entries()) {
      await expect.poll(wrong).toBe(tries);
      expect(bye).toEqual([]);
      pressAll(peer, pin);
    }
    await expect.poll(() => bye).toEqual(['SIP;cause=403;text="Wrong PIN"']);
    await expect.poll(() => events.find(({ type }) => type === 'visitor.left')?.data.reason).toBe('local-bye');
    expect(joined()).toEqual([]);
  });

  test('lets guests wait until a host is there', async () => {
    const guest = await dial('Gil', 'board');
    pressAll(guest.peer, '77#');
    await expect.poll(waiting).toEqual(['pin', 'host']);
    expect((await request('GET', '/conferences/board/visitors')).body).toMatchObject([
      { displayName: 'Gil', waitsFor: 'host', role: 'guest' },
    ]);
    const host = await dial('Hanna', 'board');
    await tellAll(host.peer, '1234', 'application/dtmf-relay');
    await expect.poll(joined).toEqual(['Hanna host', 'Gil guest']);
    expect((await request('GET', '/conferences/board')).body).toMatchObject({ pins: { host: true, guest: true } });
    expect(JSON.stringify((await request('GET', '/conferences/board')).body)).not.toMatch(/"(1234|77)"/);
  });

  test('at the door one hears and sees nobody', async () => {
    const host = await dial('Hanna', 'board');
    await tellAll(host.peer, '1234', 'application/dtmf-relay');
    const mallory = await dial('Mallory', 'board');
    host.peer.live(200, 440);
    // The first key ends what is being said: from now on only somebody inside could be heard.
    pressAll(mallory.peer, '9');
    const digits = () => events.filter(({ type }) => type === 'participant.digit').length;
    await expect.poll(digits).toBe(5);
    const from = mallory.peer.packets.audio.length + 2;
    await expect.poll(() => mallory.peer.packets.audio.length).toBeGreaterThan(from + 20);
    expect(isLoud(mallory.peer, from)).toBe(false);
    expect(types()).not.toContain('bridge.fault');
  });
});

describe('a lobby', () => {
  test('keeps all until the host lets them in, or turns them away', async () => {
    await request('POST', '/conferences', { id: 'board', access: 'lobby' });
    const [anna, ben] = [await dial('Anna', 'board'), await dial('Ben', 'board')];
    const visitors = async () =>
      (await request('GET', '/conferences/board/visitors')).body as { id: string; displayName: string }[];
    expect((await visitors()).map(({ displayName }) => displayName)).toEqual(['Anna', 'Ben']);
    const [first, second] = await visitors();
    expect((await request('POST', `/conferences/board/visitors/${first?.id}/admit`)).status).toBe(204);
    expect(joined()).toEqual(['Anna guest']);
    expect((await request('POST', `/conferences/board/visitors/${first?.id}/admit`)).status).toBe(404);
    await request('POST', `/conferences/board/visitors/${second?.id}/refuse`);
    await expect.poll(() => ben.bye).toEqual(['SIP;cause=603;text="Not let in"']);
    expect(anna.bye).toEqual([]);
  });

  test('that is opened lets in who waits', async () => {
    await request('POST', '/conferences', { id: 'board', access: 'lobby' });
    await dial('Anna', 'board');
    await request('PATCH', '/conferences/board', { access: 'open' });
    expect(joined()).toEqual(['Anna guest']);
  });
});

describe('a locked room', () => {
  test('refuses calls with 486, and takes them again when it is open', async () => {
    expect((await dial('Anna')).statusCode).toBe(200);
    await request('PATCH', '/conferences/meeting', { access: 'locked' });
    expect((await dial('Ben')).statusCode).toBe(486);
    await request('PATCH', '/conferences/meeting', { access: 'open' });
    expect((await dial('Cleo')).statusCode).toBe(200);
    expect(joined()).toEqual(['Anna host', 'Cleo host']);
  });

  test('is open to a host by PIN, and to no guest', async () => {
    await request('POST', '/conferences', { id: 'board', access: 'locked', hostPin: '1234' });
    const [guest, host] = [await dial('Gil', 'board'), await dial('Hanna', 'board')];
    pressAll(guest.peer, '#');
    await expect.poll(() => guest.bye).toEqual(['SIP;cause=603;text="Not let in"']);
    pressAll(host.peer, '1234');
    await expect.poll(joined).toEqual(['Hanna host']);
  });

  test('that is only locked by default leaves no empty rooms behind', async () => {
    await using strict = await startBridge({ conference: { access: 'locked' } });
    await using refused = await ScriptedPeer.call({ name: 'Anna', target: strict.addresses.udp });
    expect(refused.statusCode).toBe(486);
    expect(await (await fetch(`${strict.controlUrl}/conferences`)).json()).toEqual([]);
  });
});

describe('a transfer', () => {
  test('moves a call with its media into another room, which it then hears and sees', async () => {
    const [anna, ben] = [await dial('Anna', 'here'), await dial('Ben', 'there')];
    ben.peer.live(200, 440);
    const people = async (room: string) =>
      (await request('GET', `/conferences/${room}/participants`)).body as { id: string; displayName: string }[];
    const id = (await people('here'))[0]?.id;
    await expect.poll(() => anna.peer.packets.audio.length).toBeGreaterThan(5);
    expect(isLoud(anna.peer)).toBe(false);
    const moved = await request('POST', `/participants/${id}/transfer`, { conference: 'there' });
    expect(moved).toMatchObject({ status: 200, body: { displayName: 'Anna' } });
    expect((await people('there')).map(({ displayName }) => displayName)).toEqual(['Ben', 'Anna']);
    await expect.poll(() => isLoud(anna.peer, -3)).toBe(true);
    // The room that nobody is in any more is gone; the call is the same.
    expect((await request('GET', '/conferences/here')).status).toBe(404);
    expect(new Set(anna.peer.packets.audio.map(({ ssrc }) => ssrc)).size).toBe(1);
    expect(anna.bye).toEqual([]);
    expect((await request('POST', `/participants/${id}/transfer`, { conference: 'there' })).status).toBe(409);
    await anna.peer.call.bye();
    await expect.poll(async () => (await people('there')).length).toBe(1);
  });
});

describe('tones', () => {
  test('tell those who are there that somebody comes and goes', async () => {
    await request('POST', '/conferences', { id: 'board', tones: true });
    const anna = await dial('Anna', 'board');
    await expect.poll(() => isLoud(anna.peer)).toBe(true);
    await expect.poll(() => isLoud(anna.peer, -5)).toBe(false);
    const ben = await dial('Ben', 'board');
    await expect.poll(() => isLoud(anna.peer, -5)).toBe(true);
    await expect.poll(() => isLoud(anna.peer, -5)).toBe(false);
    await ben.peer.call.bye();
    await expect.poll(() => isLoud(anna.peer, -5)).toBe(true);
  });
});

describe('dial-out', () => {
  test.each<[uri: string, boolean]>([
    ['sip:desk@127.0.0.1:5070', true],
    ['sip:desk@[::1]:5070;transport=tcp', true],
    ['sips:desk@LOCALHOST', true],
    ['sip:desk@192.0.2.7', false],
    ['sip:desk@127.0.0.1.evil.example', false],
    ['sip:127.0.0.1@evil.example', false],
    ['sip:desk@127.0.0.1;maddr=192.0.2.7', false],
    ['sip:desk@127.0.0.1?Route=%3Csip:192.0.2.7%3E', false],
    ['sip:desk@127.0.0.1\r\nRoute: <sip:192.0.2.7>', false],
    ['tel:+4930', false],
    ['', false],
  ])('to %s is allowed by default: %s', (uri, allowed) => {
    expect(mayBeCalled(uri, ['127.0.0.1', '::1', 'localhost'])).toBe(allowed);
  });

  test('to a domain on the list and what is below it', () => {
    expect(mayBeCalled('sip:desk@rooms.corp.example', ['*.corp.example'])).toBe(true);
    expect(mayBeCalled('sip:desk@corp.example', ['*.corp.example'])).toBe(false);
    expect(mayBeCalled('sip:desk@evilcorp.example', ['*.corp.example'])).toBe(false);
  });

  test('brings a SIPp that answers into the conference, and kick ends its call', async (context) => {
    if (!(await findTool('sipp')).found) return context.skip('no sipp');
    await using callee = await SippCallee.open();
    await request('POST', '/conferences', { id: 'board' });
    const called = await request('POST', '/conferences/board/dial-out', { uri: callee.uri, displayName: 'Desk' });
    const { participant } = called.body as { participant: string };
    await expect.poll(joined, { timeout: 5000 }).toEqual(['Desk guest']);
    expect(types()).toContain('dial-out.answered');
    await request('POST', `/participants/${participant}/drop`);
    expect(await callee.exitCode).toBe(0);
  });

  test('says what it was refused with', async (context) => {
    if (!(await findTool('sipp')).found) return context.skip('no sipp');
    await using callee = await SippCallee.open(486);
    await request('POST', '/conferences', { id: 'board' });
    await request('POST', '/conferences/board/dial-out', { uri: callee.uri });
    const failed = () => events.find(({ type }) => type === 'dial-out.failed')?.data;
    await expect.poll(failed, { timeout: 5000 }).toMatchObject({ conference: 'board', statusCode: 486 });
    expect(await callee.exitCode).toBe(0);
  });

  test('is refused for targets that are not on the list', async () => {
    await request('POST', '/conferences', { id: 'board' });
    const { status } = await request('POST', '/conferences/board/dial-out', { uri: 'sip:desk@192.0.2.7' });
    expect(status).toBe(403);
  });
});
