import { createSocket } from 'node:dgram';
import { EventEmitter } from 'node:events';
import { connect, type Socket } from 'node:net';
import { hostClock } from '@plugfest/host';
import { VirtualClock } from '@plugfest/model';
import { header, type SipRequest } from '@plugfest/sip';
import { describe, expect, test } from 'vitest';
import { InboundSockets } from './inbound-sockets.ts';
import { makeCertificates, openUserAgent, sdp, uriOf } from './loopback-fixture.ts';
import { MemoryNetwork, memoryUri } from './memory-network-fixture.ts';
import { TokenBuckets } from './token-buckets.ts';
import { newTransportCounters } from './transport-counters.ts';
import { SipTransportLayer } from './transport-layer.ts';
import { DEFAULT_TRANSPORT_LIMITS } from './transport-limits.ts';

const host = '127.0.0.1';

describe('token buckets', () => {
  test('a burst, then the rate, each key for itself', () => {
    const buckets = new TokenBuckets(10, 20);
    const taken = (key: string, atMs: number, tries: number): number =>
      Array.from({ length: tries }, () => buckets.take(key, atMs * 1000)).filter(Boolean).length;
    expect(taken('bad', 0, 1000)).toBe(20);
    expect(taken('good', 0, 5)).toBe(5);
    expect(taken('bad', 1000, 1000)).toBe(10);
    expect(taken('bad', 1050, 1000)).toBe(0);
    expect(taken('bad', 100_000, 1000)).toBe(20);
  });

  test('what was charged beyond has to be waited for', () => {
    const buckets = new TokenBuckets(10, 20);
    expect(buckets.charge('a', 20, 0)).toBe(0);
    expect(buckets.charge('a', 5, 0)).toBe(500);
    expect(buckets.charge('a', 0, 500_000)).toBe(0);
  });

  test('a million keys take the room of a thousand', () => {
    const buckets = new TokenBuckets(10, 20, 1000);
    for (let n = 0; n < 1_000_000; n++) buckets.take(`127.0.0.1 ${n}`, n);
    expect(buckets.size).toBeLessThanOrEqual(1000);
  });
});

class FakeSocket extends EventEmitter {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localPort = 5060;
  destroyed = false;

  constructor(remoteAddress: string, remotePort: number) {
    super();
    this.remoteAddress = remoteAddress;
    this.remotePort = remotePort;
  }

  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.emit('close');
  }
}

describe('accepted sockets', () => {
  const inbound = (limits: object) => {
    const clock = new VirtualClock();
    const counters = newTransportCounters();
    return {
      clock,
      counters,
      sockets: new InboundSockets(clock, { ...DEFAULT_TRANSPORT_LIMITS, ...limits }, counters),
    };
  };

  test('1,000 idle ones of an address never lock out who comes to speak, nor take what spoke', () => {
    const { sockets, counters } = inbound({ maxConnectionsPerAddress: 100 });
    const speaker = new FakeSocket('127.0.0.1', 1);
    sockets.admit(speaker, false);
    sockets.spoke(speaker);
    for (let port = 2; port < 1002; port++) expect(sockets.admit(new FakeSocket('127.0.0.1', port), false)).toBe(true);
    expect(sockets.size).toBe(100);
    expect(speaker.destroyed).toBe(false);
    expect(counters).toMatchObject({ connectionsDisplaced: 901, connectionsRefused: 0 });
  });

  test('where all spoke a newcomer is refused; when all together are too many, the address with most gives way', () => {
    const { sockets, counters } = inbound({ maxConnectionsPerAddress: 3, maxConnections: 4 });
    const of = (address: string, count: number): FakeSocket[] =>
      Array.from({ length: count }, (_, n) => new FakeSocket(address, n + 1));
    const many = of('127.0.0.1', 3);
    for (const socket of many) sockets.admit(socket, false);
    const [first, second] = of('127.0.0.2', 2) as [FakeSocket, FakeSocket];
    expect([sockets.admit(first, false), sockets.admit(second, false)]).toEqual([true, true]);
    expect(many.map(({ destroyed }) => destroyed)).toEqual([true, false, false]);
    for (const socket of [...many, first, second]) sockets.spoke(socket);
    const late = new FakeSocket('127.0.0.3', 1);
    expect([sockets.admit(late, false), late.destroyed]).toEqual([false, true]);
    expect(counters).toMatchObject({ connectionsDisplaced: 1, connectionsRefused: 1 });
  });

  test('a handshake has its time; nothing is left of what closed', () => {
    const { sockets, counters, clock } = inbound({ handshakeTimeoutMs: 10_000 });
    const [slow, fast] = [new FakeSocket('127.0.0.1', 1), new FakeSocket('127.0.0.1', 2)];
    sockets.admit(slow, true);
    sockets.admit(fast, true);
    sockets.completed(fast);
    clock.advanceMs(10_001);
    expect([slow.destroyed, fast.destroyed]).toEqual([true, false]);
    fast.destroy();
    expect([sockets.size, clock.pending, counters.handshakesFailed]).toEqual([0, 0, 1]);
  });
});

describe('calls and transactions of a peer', () => {
  test('beyond the rate: 503 with Retry-After, and then silence; the other peer notices nothing', async () => {
    const network = new MemoryNetwork();
    const limits = { callsPerSecondPerPeer: 5, refusalsPerSecondPerPeer: 10 };
    const bridge = await network.agent('bridge', { limits });
    bridge.onInvite = (session) => session.accept(sdp('answer'));
    const bad = await network.agent('bad');
    const good = await network.agent('good');
    const flood = Array.from({ length: 100 }, () => bad.invite(memoryUri(bridge)));
    const call = good.invite(memoryUri(bridge));
    await network.pass(100);
    expect((await call.answered).ok).toBe(true);
    const answers = network.log.filter(({ to, name }) => to === 'bad' && name.endsWith(' INVITE'));
    const count = (name: string): number => answers.filter((packet) => packet.name === name).length;
    expect([count('200 INVITE'), count('503 INVITE')]).toEqual([20, 10]);
    const refused = answers.find(({ name }) => name === '503 INVITE')?.message;
    expect(refused && header(refused, 'Retry-After')).toBe('5');
    expect(bridge.counters).toMatchObject({ requestsRefused: 10, requestsDropped: 70 });
    expect(flood).toHaveLength(100);
  });

  test('who never acknowledges holds only so many calls, and gets room again when they are over', async () => {
    const network = new MemoryNetwork();
    const bridge = await network.agent('bridge', { limits: { unacknowledgedCallsPerPeer: 3 } });
    bridge.onInvite = (session) => session.accept(sdp('answer'));
    const forger = network.transport('forger');
    const [address] = bridge.addresses;
    const invite = (n: number): SipRequest => ({
      kind: 'request',
      method: 'INVITE',
      version: 'SIP/2.0',
      uri: memoryUri(bridge),
      headers: [
        { name: 'Via', value: `SIP/2.0/UDP ${forger.address.host}:5060;branch=z9hG4bK${n}` },
        { name: 'Max-Forwards', value: '70' },
        { name: 'From', value: `<sip:f@f.example>;tag=${n}` },
        { name: 'To', value: `<${memoryUri(bridge)}>` },
        { name: 'Call-ID', value: `forged-${n}` },
        { name: 'CSeq', value: '1 INVITE' },
        { name: 'Contact', value: `<sip:f@${forger.address.host}:5060>` },
        { name: 'Content-Length', value: '0' },
      ],
      body: new Uint8Array(0),
    });
    const send = (n: number): void => forger.inject(invite(n), address as { host: string; port: number });
    for (let n = 0; n < 6; n++) send(n);
    await network.pass(50);
    const refused = (): number => network.trace().filter((line) => line === 'bridge→forger 503 INVITE').length;
    expect([bridge.sessions.size, refused()]).toEqual([3, 3]);
    // 64 × T1 without an ACK: BYE, and its own 32 s without an answer.
    await network.pass(70_000, 500);
    expect(bridge.sessions.size).toBe(0);
    send(7);
    await network.pass(50);
    expect(bridge.sessions.size).toBe(1);
  });

  test('unfinished transactions of a peer are bounded; another has room', async () => {
    const network = new MemoryNetwork();
    const server = await network.agent('server', { limits: { serverTransactionsPerPeer: 4 } });
    server.onRequest = () => new Promise(() => undefined);
    const bad = await network.agent('bad');
    const good = await network.agent('good');
    for (let n = 0; n < 10; n++) void bad.request('MESSAGE', memoryUri(server));
    await network.pass(50);
    expect(network.trace().filter((line) => line === 'server→bad 503 MESSAGE')).toHaveLength(6);
    const busy = bad.request('OPTIONS', memoryUri(server));
    void good.request('OPTIONS', memoryUri(server));
    await network.pass(50);
    expect((await busy).statusCode).toBe(503);
    expect(network.trace().filter((line) => line === 'server→good 503 OPTIONS')).toHaveLength(0);
    expect(server.statistics.transactions).toBe(5);
  });
});

/** Connects and holds still; resolves when it is closed from the other end. */
function client(
  port: number,
  talk: (socket: Socket) => void = () => undefined,
): { closed: Promise<void>; socket: Socket } {
  const socket = connect({ host, port }, () => talk(socket));
  socket.on('error', () => undefined);
  socket.resume();
  return { socket, closed: new Promise((resolve) => socket.once('close', () => resolve())) };
}

function options(n: number, transport = 'TCP'): string {
  return `OPTIONS sip:x@${host} SIP/2.0\r\nVia: SIP/2.0/${transport} ${host}:9;branch=z9hG4bK${n};rport\r\nMax-Forwards: 70\r\nFrom: <sip:a@a>;tag=1\r\nTo: <sip:b@b>\r\nCall-ID: o${n}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n`;
}

describe('sockets', () => {
  test('pings alone keep nobody; TLS garbage and half a handshake are cut; a listener survives them', async () => {
    const { identities, ca } = makeCertificates('bridge.example');
    await using layer = await SipTransportLayer.open({
      clock: hostClock,
      listen: [
        { transport: 'tcp', host },
        { transport: 'tls', host, tls: identities[0] ?? {} },
        { transport: 'ws', host },
      ],
      tls: { ca },
      limits: { idleBeforeFirstMessageMs: 150, handshakeTimeoutMs: 150 },
    });
    const [tcp = 0, tls = 0, ws = 0] = layer.addresses.map(({ port }) => port);
    // The first bytes of a ClientHello, and nothing more.
    const hello = Buffer.from('16030100c8010000c40303', 'hex');
    await Promise.all([
      client(tcp, (socket) => socket.write('\r\n\r\n')).closed,
      client(tls, (socket) => socket.write('INVITE sip:x SIP/2.0\r\n\r\n')).closed,
      client(tls, (socket) => socket.write(hello)).closed,
      client(tls).closed,
      client(ws, (socket) => socket.write('GET / HTTP/1.1\r\n')).closed,
    ]);
    await expect.poll(() => layer.counters).toMatchObject({ silentConnectionsCut: 1, handshakesFailed: 4 });
    const flow = await layer.flowTo({ transport: 'tls', host, port: tls, name: 'bridge.example' });
    expect(flow.ok).toBe(true);
  });

  test('a reader that does not read is cut, and what waits for it is let go', async () => {
    await using server = await openUserAgent({
      listen: [{ transport: 'tcp', host }],
      limits: { maxPendingWriteBytes: 20_000 },
    });
    const { socket, closed } = client(server.addresses[0]?.port ?? 0);
    socket.pause();
    let n = 0;
    const write = (): void => {
      while (!socket.destroyed && socket.write(options(n++)));
    };
    socket.on('drain', write);
    write();
    await closed;
    expect(server.counters.slowReadersCut).toBe(1);
    await expect.poll(() => server.statistics.connections).toBe(0);
  });

  test('a connection that sends too fast is read at the rate it may have; every message is answered in the end', async () => {
    await using server = await openUserAgent({
      listen: [{ transport: 'tcp', host }],
      limits: { messagesPerSecondPerPeer: 100 },
    });
    const { socket } = client(server.addresses[0]?.port ?? 0);
    let answers = 0;
    const { promise, resolve } = Promise.withResolvers<void>();
    socket.on('data', (data) => {
      answers += data.toString('latin1').match(/^SIP\/2\.0 200/gm)?.length ?? 0;
      if (answers === 250) resolve();
    });
    for (let n = 0; n < 250; n++) socket.write(options(n));
    await promise;
    expect(server.counters.connectionsOverRate).toBeGreaterThan(0);
    socket.destroy();
  });

  test('datagrams beyond the rate are dropped unread; another port of the address is answered', async () => {
    await using server = await openUserAgent({ limits: { messagesPerSecondPerPeer: 50 } });
    const port = server.addresses[0]?.port ?? 0;
    const [flooder, other] = [createSocket('udp4'), createSocket('udp4')];
    for (let n = 0; n < 500; n++) flooder.send(options(n, 'UDP'), port, host);
    await expect.poll(() => server.counters.datagramsOverRate).toBeGreaterThan(300);
    const answered = new Promise<string>((resolve) => other.once('message', (bytes) => resolve(bytes.toString())));
    other.send(options(9999, 'UDP'), port, host);
    expect(await answered).toMatch(/^SIP\/2\.0 200 /);
    flooder.close();
    other.close();
  });

  test('a peer is not cut for being long: a message of the greatest size passes, a larger one does not', async () => {
    await using server = await openUserAgent({
      listen: [{ transport: 'tcp', host }],
      limits: { maxMessageBytes: 4000 },
    });
    await using caller = await openUserAgent();
    const uri = uriOf(server, 'tcp');
    server.onRequest = () => ({ statusCode: 200 });
    const message = (length: number) =>
      caller.request('MESSAGE', uri, { body: { contentType: 'text/plain', body: Buffer.alloc(length, 'x') } });
    expect((await message(3000)).statusCode).toBe(200);
    expect((await message(5000)).statusCode).toBe(503);
    expect(server.counters.oversizedMessages).toBe(1);
  });
});
