import { createServer } from 'node:net';
import { hostClock } from '@plugfest/host';
import { seededRandom, VirtualClock } from '@plugfest/model';
import { describe, expect, test } from 'vitest';
import type { SipTapEntry } from './flow.ts';
import { KeepAlive, PONG_TIMEOUT_MS } from './keep-alive.ts';
import { openUserAgent, sdp } from './loopback-fixture.ts';
import { SipTransportLayer } from './transport-layer.ts';
import type { UserAgent } from './user-agent.ts';

const host = '127.0.0.1';
const LARGE = sdp(`v=0\r\n${'a=x\r\n'.repeat(300)}`);
const SMALL = sdp('v=0\r\n');

/** A callee, and a caller whose requests are written down as `tcp INVITE`. */
async function pair(
  listen: readonly ('udp' | 'tcp')[],
): Promise<{ callee: UserAgent; caller: UserAgent; sent: string[] }> {
  const sent: string[] = [];
  const tap = ({ direction, transport, bytes }: SipTapEntry): void => {
    const method = /^([A-Z]+) /.exec(Buffer.from(bytes).toString('latin1'))?.[1];
    if (direction === 'sent' && method) sent.push(`${transport} ${method}`);
  };
  const callee = await openUserAgent({ listen: listen.map((transport) => ({ transport, host })) });
  callee.onInvite = (session) => session.accept(SMALL);
  const caller = await openUserAgent({ tap });
  return { callee, caller, sent };
}

describe('requests that are too large for a datagram', () => {
  test('UDP and TCP listen at one port where it is ours to choose', async () => {
    const { callee, caller } = await pair(['udp', 'tcp']);
    expect(callee.addresses[0]?.port).toBe(callee.addresses[1]?.port);
    await Promise.all([callee.close(), caller.close()]);
  });

  test.each([
    ['a small INVITE goes by UDP', SMALL, '', ['udp', 'tcp'], 'udp'],
    ['a large one by TCP', LARGE, '', ['udp', 'tcp'], 'tcp'],
    ['a large one by UDP where nobody listens on TCP', LARGE, '', ['udp'], 'udp'],
    ['a large one by UDP where the URI says so', LARGE, ';transport=udp', ['udp', 'tcp'], 'udp'],
  ] as const)('%s', async (_, body, parameter, listen, expected) => {
    const { callee, caller, sent } = await pair(listen);
    const call = caller.invite(`sip:room@${host}:${callee.addresses[0]?.port}${parameter}`, body);
    expect((await call.answered).ok).toBe(true);
    expect(sent[0]).toBe(`${expected} INVITE`);
    await call.bye();
    await Promise.all([callee.close(), caller.close()]);
  });

  test('so with requests outside dialogs and within', async () => {
    const { callee, caller, sent } = await pair(['udp', 'tcp']);
    callee.onRequest = () => ({ statusCode: 200 });
    const uri = `sip:room@${host}:${callee.addresses[0]?.port}`;
    expect((await caller.request('MESSAGE', uri, { body: LARGE })).statusCode).toBe(200);
    const call = caller.invite(uri, SMALL);
    await call.answered;
    await call.reinvite(LARGE);
    expect(sent).toEqual(['tcp MESSAGE', 'udp INVITE', 'udp ACK', 'tcp INVITE', expect.stringMatching(/ ACK$/)]);
    await call.bye();
    await Promise.all([callee.close(), caller.close()]);
  });
});

describe('keep-alives', () => {
  test('a ping after four to five fifths of the interval; 10 s for anything to come back', () => {
    const clock = new VirtualClock();
    let [pings, ends] = [0, 0];
    const keepAlive = new KeepAlive(
      clock,
      { intervalMs: 40_000, random: seededRandom(1) },
      () => pings++,
      () => ends++,
    );
    clock.advanceMs(31_999);
    expect(pings).toBe(0);
    clock.advanceMs(8001);
    expect([pings, ends]).toEqual([1, 0]);
    keepAlive.heard();
    clock.advanceMs(40_000);
    expect([pings, ends]).toEqual([2, 0]);
    clock.advanceMs(PONG_TIMEOUT_MS);
    expect([pings, ends, clock.pending]).toEqual([2, 1, 0]);
  });

  test('a connection whose peer answers stays; one whose peer is mute is closed', async () => {
    await using answering = await SipTransportLayer.open({ clock: hostClock, listen: [{ transport: 'tcp', host }] });
    const mute = createServer((socket) => socket.resume());
    await new Promise<void>((resolve) => mute.listen(0, host, resolve));
    const clock = new VirtualClock();
    const keepAlive = { intervalMs: 50_000, random: seededRandom(2) };
    await using client = await SipTransportLayer.open({ clock, listen: [], keepAlive });
    const to = (port: number) => client.flowTo({ transport: 'tcp', host, port, name: host });
    const [live, dead] = [
      await to(answering.addresses[0]?.port ?? 0),
      await to((mute.address() as { port: number }).port),
    ];
    if (!live.ok || !dead.ok) throw new Error('not connected');
    const step = (): boolean => {
      clock.advanceMs(500);
      return dead.value.closed;
    };
    // Both ends are of this process: the twenty turns that 10 s are here carry a pong, however busy the machine is.
    await expect.poll(step, { interval: 5, timeout: 15_000 }).toBe(true);
    expect(live.value.closed).toBe(false);
    mute.close();
  });
});

describe('connection reuse', () => {
  test('requests within a dialog are taken over any connection; ours prefer the one that lives', async () => {
    await using callee = await openUserAgent({ listen: [{ transport: 'tcp', host }] });
    const incoming = Promise.withResolvers<Parameters<NonNullable<UserAgent['onInvite']>>[0]>();
    callee.onInvite = (session) => {
      session.accept(SMALL);
      session.onReinvite = () => SMALL;
      incoming.resolve(session);
    };
    // No listener: nobody can reach it but over a connection that it opened.
    await using caller = await openUserAgent({ listen: [] });
    const uri = `sip:room@${host}:${callee.addresses[0]?.port};transport=tcp`;
    const call = caller.invite(uri, SMALL);
    call.onReinvite = () => SMALL;
    await call.answered;
    const theirs = await incoming.promise;
    await theirs.acked;
    expect((await theirs.reinvite(SMALL)).statusCode).toBe(200);
    expect(callee.statistics.connections).toBe(1);
    // The first connection breaks: the caller's next request opens another, over which the callee's requests go from then on.
    theirs.flow?.close();
    await expect.poll(() => caller.statistics.connections).toBe(0);
    expect((await call.reinvite(SMALL)).statusCode).toBe(200);
    expect((await theirs.reinvite(SMALL)).statusCode).toBe(200);
    expect([callee.statistics.connections, caller.statistics.connections]).toEqual([1, 1]);
    await call.bye();
  });
});
