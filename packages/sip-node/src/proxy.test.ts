import { hostClock } from '@plugfest/host';
import { seededRandom } from '@plugfest/model';
import { header, headers, type SipRequest } from '@plugfest/sip';
import { afterEach, describe, expect, test } from 'vitest';
import { makeCertificates, openUserAgent, sdp, uriOf } from './loopback-fixture.ts';
import { SipProxy } from './proxy.ts';
import type { ProxyOptions, ProxyRequestContext } from './proxy-options.ts';
import { Registrar } from './registrar.ts';
import type { IncomingSession } from './session.ts';

const { ca, identities } = makeCertificates('a.example', 'b.example', 'room.example');
const [edgeA, edgeB, room] = identities;
const host = '127.0.0.1';
const T1 = { t1Ms: 20, t2Ms: 160, t4Ms: 200 };

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const opened of open.splice(0).reverse()) await opened.close();
});

async function proxy(options: Omit<ProxyOptions, 'clock' | 'random'>): Promise<SipProxy> {
  const opened = await SipProxy.open({
    clock: hostClock,
    random: seededRandom(77),
    timerBase: T1,
    serverHeader: 'edge',
    ...options,
  });
  open.push(opened);
  return opened;
}

async function agent(options: Parameters<typeof openUserAgent>[0]) {
  const opened = await openUserAgent({ timerBase: T1, ...options });
  open.push(opened);
  return opened;
}

function answering(into: IncomingSession[]) {
  return (session: IncomingSession): void => {
    into.push(session);
    session.ring();
    session.onReinvite = () => sdp('again');
    session.accept(sdp('answer'));
  };
}

describe('SipProxy', () => {
  test('client → edge A → edge B → bridge over mutual TLS; requests within the call go both ways over the same connections', async () => {
    const calls: IncomingSession[] = [];
    const bridge = await agent({
      aor: 'sip:room@room.example',
      listen: [{ transport: 'tls', host, tls: room as object }],
      tls: room as object,
    });
    bridge.onInvite = answering(calls);
    const seen: ProxyRequestContext[] = [];
    const mutual = (identity: object) => [{ transport: 'tls', host, tls: { ...identity, requestCert: true } } as const];
    const b = await proxy({
      listen: mutual(edgeB as object),
      tls: edgeB as object,
      onRequest: (_request, context) => {
        seen.push(context);
        return {
          action: 'forward',
          nextHop: uriOf(bridge, 'tls'),
          serverName: 'room.example',
          headers: [{ name: 'ms-edge-proxy-message-trust', value: 'x=1' }],
        };
      },
    });
    const a = await proxy({
      listen: [{ transport: 'tls', host, tls: edgeA as object }],
      tls: edgeA as object,
      onRequest: () => ({ action: 'forward', nextHop: uriOf(b, 'tls'), serverName: 'b.example' }),
      onResponse: (response) => ({ ...response, headers: [...response.headers, { name: 'X-Edge', value: 'a' }] }),
    });
    const alice = await agent({
      listen: [],
      tls: { ca, serverName: 'a.example' },
      outboundProxy: `${uriOf(a, 'tls', 'edge')};lr`,
    });
    const call = alice.invite('sip:room@room.example', { body: sdp('offer').body });
    const answered = await call.answered;
    expect([answered.ok, header(answered.response, 'X-Edge')]).toEqual([true, 'a']);
    expect(seen[0]?.from.peerIdentity).toContain('a.example');
    const theirs = calls[0] as IncomingSession;
    expect(headers(theirs.request, 'Record-Route')).toHaveLength(4);
    expect(headers(theirs.request, 'Route')).toEqual([]);
    expect(header(theirs.request, 'ms-edge-proxy-message-trust')).toBe('x=1');
    await theirs.acked;
    expect((await call.reinvite(sdp('more'))).statusCode).toBe(200);
    call.onReinvite = () => sdp('mine');
    expect((await theirs.reinvite(sdp('theirs'))).statusCode).toBe(200);
    expect(alice.statistics.connections).toBe(1);
    expect(bridge.statistics.connections).toBe(1);
    await theirs.bye();
    expect((await call.terminated).reason).toBe('remote-bye');
  });

  test('clients registered over WebSocket and TCP are reached over their own connections', async () => {
    const registrar = new Registrar({ clock: hostClock, random: seededRandom(5), domains: ['a.example'] });
    const front = await proxy({
      listen: [
        { transport: 'ws', host },
        { transport: 'tcp', host },
      ],
      onRequest: (request, { from }) => {
        if (request.method === 'REGISTER') return { action: 'respond', ...registrar.handle(request, from) };
        const binding = registrar.lookup(request.uri)[0];
        if (binding === undefined) return { action: 'respond', statusCode: 480 };
        return { action: 'forward', target: binding.contactUri, flow: binding.flow };
      },
    });
    const calls: IncomingSession[] = [];
    const bob = await agent({ aor: 'sip:bob@a.example', listen: [], outboundProxy: `${uriOf(front, 'ws', 'p')};lr` });
    bob.onInvite = answering(calls);
    expect((await bob.register({ registrar: 'sip:a.example', expiresS: 60 })).statusCode).toBe(200);
    expect(registrar.lookup('sip:bob@a.example')[0]?.contactUri).toMatch(/\.invalid;transport=ws$/);
    const alice = await agent({ listen: [], outboundProxy: `${uriOf(front, 'tcp', 'p')};lr` });
    const call = alice.invite('sip:bob@a.example', { body: sdp('offer').body });
    expect((await call.answered).response.statusCode).toBe(200);
    await calls[0]?.acked;
    expect((await (calls[0] as IncomingSession).reinvite(sdp('x'))).statusCode).toBe(488);
    expect((await call.info('text/plain', Buffer.from('x'))).statusCode).toBe(200);
    await call.bye();
    expect((await calls[0]?.terminated)?.reason).toBe('remote-bye');
    expect((await alice.invite('sip:nobody@a.example', { body: sdp('x').body }).answered).response.statusCode).toBe(
      480,
    );
  });

  test('CANCEL is passed on, 487 comes back', async () => {
    const calls: IncomingSession[] = [];
    const bridge = await agent({ listen: [{ transport: 'udp', host }] });
    bridge.onInvite = (session) => {
      calls.push(session);
      session.ring();
    };
    const edge = await proxy({
      listen: [{ transport: 'udp', host }],
      onRequest: () => ({ action: 'forward', target: uriOf(bridge, 'udp') }),
    });
    const alice = await agent({});
    const call = alice.invite(uriOf(edge, 'udp'), { body: sdp('offer').body });
    call.onProgress = () => call.cancel();
    expect((await call.answered).response.statusCode).toBe(487);
    expect((await calls[0]?.terminated)?.reason).toBe('cancelled');
  });

  test('refusals: hops used up, a loop, an extension, an unreachable hop, the decision', async () => {
    const seen: SipRequest[] = [];
    const edge: SipProxy = await proxy({
      listen: [
        { transport: 'udp', host },
        { transport: 'tcp', host },
      ],
      onRequest: (request) => {
        seen.push(request);
        if (request.uri.includes('loop')) return { action: 'forward', nextHop: uriOf(edge, 'udp') };
        if (request.uri.includes('gone')) return { action: 'forward', nextHop: 'sip:127.0.0.1:9;transport=tcp' };
        return { action: 'respond', statusCode: 403, headers: [{ name: 'ms-diagnostics', value: '1012' }] };
      },
      onUnreachable: (_request, fault) => ({ statusCode: 504, headers: [{ name: 'X-Fault', value: fault.code }] }),
    });
    const alice = await agent({});
    const ask = (user: string, ...more: { name: string; value: string }[]) =>
      alice.request('OPTIONS', uriOf(edge, 'udp', user), { headers: more });
    const denied = await ask('x');
    expect([denied.statusCode, header(denied, 'ms-diagnostics')]).toEqual([403, '1012']);
    expect((await ask('x', { name: 'Proxy-Require', value: 'sec-agree' })).statusCode).toBe(420);
    const gone = await ask('gone');
    expect([gone.statusCode, header(gone, 'X-Fault')]).toEqual([504, 'connect-failed']);
    expect((await ask('loop')).statusCode).toBe(482);
    expect(seen.length).toBeLessThan(6);
  });

  test('Max-Breadth: 60 where there is none, what there is else, and 440 where it is used up', async () => {
    const seen: (string | undefined)[] = [];
    const server = await agent({});
    server.onRequest = (request) => {
      seen.push(header(request, 'Max-Breadth'));
      return { statusCode: 200 };
    };
    const edge = await proxy({
      listen: [{ transport: 'udp', host }],
      onRequest: () => ({ action: 'forward', nextHop: uriOf(server, 'udp') }),
    });
    const alice = await agent({});
    const statuses: number[] = [];
    for (const value of [undefined, '7', '0', 'many']) {
      const headers = value === undefined ? [] : [{ name: 'Max-Breadth', value }];
      const route = [`${uriOf(edge, 'udp')};lr`];
      statuses.push((await alice.request('OPTIONS', uriOf(server, 'udp'), { headers, route })).statusCode);
    }
    expect(statuses).toEqual([200, 200, 440, 200]);
    expect(seen).toEqual(['60', '7', '60']);
  });
});
