import { hostClock } from '@plugfest/host';
import { seededRandom } from '@plugfest/model';
import { header, type SipRequest } from '@plugfest/sip';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SipTransport } from './flow.ts';
import { makeCertificates, openUserAgent, sdp, uriOf } from './loopback-fixture.ts';
import { Registrar } from './registrar.ts';
import type { IncomingSession, SessionEnd } from './session.ts';
import type { UserAgent } from './user-agent.ts';

const { ca, identities } = makeCertificates('bridge.example', 'alice.example');
const [bridgeIdentity, aliceIdentity] = identities;
const T1 = { t1Ms: 20, t2Ms: 160, t4Ms: 200 };
const TRANSPORTS: readonly SipTransport[] = ['udp', 'tcp', 'tls', 'ws', 'wss'];
const host = '127.0.0.1';

let bridge: UserAgent;
const incoming: IncomingSession[] = [];
const ends: SessionEnd[] = [];

beforeAll(async () => {
  const tls = { ...bridgeIdentity, requestCert: true, allowUnverified: true };
  bridge = await openUserAgent({
    aor: 'sip:room@bridge.example',
    timerBase: T1,
    listen: TRANSPORTS.map((transport) => ({ transport, host, tls })),
  });
});
afterAll(() => bridge.close());

function client(transport: SipTransport, more: object = {}): Promise<UserAgent> {
  const listen = transport === 'udp' ? [{ transport, host } as const] : [];
  return openUserAgent({ listen, tls: { ca }, displayName: 'Ålice', timerBase: T1, ...more });
}

function answering(session: IncomingSession): void {
  incoming.push(session);
  session.ring();
  session.onReinvite = (offer) => sdp(offer === null ? 'their late offer' : `answer to ${Buffer.from(offer.body)}`);
  session.accept(sdp('answer'));
  session.terminated.then((end) => ends.push(end));
}

describe.each(TRANSPORTS)('over %s', (transport) => {
  test('early offer, re-INVITE both ways, INFO, BYE', async () => {
    bridge.onInvite = answering;
    await using alice = await client(transport);
    const call = alice.invite(uriOf(bridge, transport), { body: sdp('offer').body });
    const progress: number[] = [];
    call.onProgress = (response) => progress.push(response.statusCode);
    const answered = await call.answered;
    expect(answered.response.reasonPhrase).toBe('OK');
    expect(Buffer.from(answered.response.body).toString()).toBe('answer');
    expect(progress).toEqual([180]);
    const theirs = incoming.at(-1) as IncomingSession;
    await theirs.acked;
    expect([theirs.remoteDisplayName, theirs.remoteUri, theirs.requestUser]).toEqual([
      'Ålice',
      'sip:alice@a.example',
      'room',
    ]);
    const again = await call.reinvite(sdp('second'));
    expect(Buffer.from(again.body).toString()).toBe('answer to second');
    call.onReinvite = (offer) => sdp(`alice: ${Buffer.from(offer?.body ?? [])}`);
    const back = await theirs.reinvite(sdp('third'));
    expect(Buffer.from(back.body).toString()).toBe('alice: third');
    const infos: SipRequest[] = [];
    theirs.onInfo = (request) => {
      infos.push(request);
      return undefined;
    };
    expect((await call.info('application/dtmf-relay', Buffer.from('Signal=5'))).statusCode).toBe(200);
    expect(Buffer.from(infos[0]?.body ?? []).toString()).toBe('Signal=5');
    await call.bye();
    expect([(await call.terminated).reason, (await theirs.terminated).reason]).toEqual(['local-bye', 'remote-bye']);
  });

  test('late offer: the answer comes in the ACK; the called side hangs up', async () => {
    bridge.onInvite = answering;
    await using alice = await client(transport);
    const call = alice.invite(uriOf(bridge, transport));
    expect((await call.answered).ok).toBe(true);
    call.ack(sdp('answer in ACK'));
    const theirs = incoming.at(-1) as IncomingSession;
    expect(Buffer.from((await theirs.acked).body).toString()).toBe('answer in ACK');
    const late = await call.reinvite(null, { answer: (response) => sdp(`to ${Buffer.from(response.body)}`) });
    expect(late.statusCode).toBe(200);
    await theirs.bye();
    expect((await call.terminated).reason).toBe('remote-bye');
  });

  test('CANCEL ends a ringing call with 487', async () => {
    bridge.onInvite = (session) => {
      incoming.push(session);
      session.ring();
    };
    await using alice = await client(transport);
    const call = alice.invite(uriOf(bridge, transport), { body: sdp('offer').body });
    call.onProgress = () => call.cancel();
    const answered = await call.answered;
    expect([answered.ok, answered.response.statusCode]).toEqual([false, 487]);
    expect((await incoming.at(-1)?.terminated)?.reason).toBe('cancelled');
    expect((await call.terminated).reason).toBe('cancelled');
  });

  test('a refusal carries its headers', async () => {
    bridge.onInvite = (session) =>
      session.reject(403, 'Forbidden', [{ name: 'ms-diagnostics', value: '1002;reason="no"' }]);
    await using alice = await client(transport);
    const { ok, response } = await alice.invite(uriOf(bridge, transport), { body: sdp('offer').body }).answered;
    expect([ok, response.statusCode, header(response, 'Ms-Diagnostics')]).toEqual([false, 403, '1002;reason="no"']);
  });
});

describe('identity', () => {
  test('mutual TLS shows each side the names of the other', async () => {
    bridge.onInvite = answering;
    await using alice = await client('tls', { tls: aliceIdentity });
    const call = alice.invite(uriOf(bridge, 'tls'), { body: sdp('offer').body });
    await call.answered;
    expect(call.flow?.peerIdentity).toContain('bridge.example');
    expect(incoming.at(-1)?.flow?.peerIdentity).toEqual(expect.arrayContaining(['alice.example', 'sip:alice.example']));
    await call.bye();
  });

  test('a certificate of another name is not accepted', async () => {
    await using alice = await client('tls', { tls: { ca, serverName: 'other.example' } });
    const { response } = await alice.invite(uriOf(bridge, 'tls'), { body: sdp('offer').body }).answered;
    expect(response.statusCode).toBe(503);
  });
});

describe('out of dialog', () => {
  test('OPTIONS by default, MESSAGE by the application, others 405 and 501', async () => {
    await using alice = await client('udp');
    expect((await alice.request('OPTIONS', uriOf(bridge, 'tcp'))).statusCode).toBe(200);
    bridge.onRequest = (request) => (request.method === 'MESSAGE' ? { statusCode: 202 } : undefined);
    expect((await alice.request('MESSAGE', uriOf(bridge, 'udp'), { body: sdp('hello') })).statusCode).toBe(202);
    expect((await alice.request('PUBLISH', uriOf(bridge, 'udp'))).statusCode).toBe(405);
    expect((await alice.request('NEWMETHOD', uriOf(bridge, 'udp'))).statusCode).toBe(501);
    expect((await alice.request('OPTIONS', 'sip:x@nowhere.example')).statusCode).toBe(503);
  });

  test('registration with digest: SHA-256 is chosen, a wrong password is refused, the realm must be ours', async () => {
    const registrar = new Registrar({
      clock: hostClock,
      random: seededRandom(9),
      domains: ['a.example'],
      passwordOf: (user) => (user === 'alice' ? 'secret' : undefined),
    });
    const seen: string[] = [];
    bridge.onRequest = (request, flow) => {
      seen.push(header(request, 'Authorization') ?? '');
      return registrar.handle(request, flow);
    };
    const credentials = { username: 'alice', password: 'secret', realm: 'a.example' };
    await using alice = await client('tcp', { credentials });
    const options = { registrar: uriOf(bridge, 'tcp'), expiresS: 60 };
    expect((await alice.register(options)).statusCode).toBe(200);
    expect(seen[1]).toContain('algorithm=SHA-256');
    expect(registrar.lookup('sip:alice@a.example')).toHaveLength(1);
    expect((await alice.register({ ...options, expiresS: 0 })).statusCode).toBe(200);
    expect(registrar.lookup('sip:alice@a.example')).toHaveLength(0);
    await using wrong = await client('tcp', { credentials: { ...credentials, password: 'guess' } });
    expect((await wrong.register(options)).statusCode).toBe(401);
    await using rogue = await client('tcp', { credentials: { ...credentials, realm: 'elsewhere' } });
    seen.length = 0;
    expect((await rogue.register(options)).statusCode).toBe(401);
    expect(seen).toEqual(['']);
  });
});

describe('failing well', () => {
  test('nobody there: 503 over TCP at once, 408 over UDP', async () => {
    await using gone = await openUserAgent({
      listen: [
        { transport: 'tcp', host },
        { transport: 'udp', host },
      ],
    });
    const [tcp, udp] = [uriOf(gone, 'tcp'), uriOf(gone, 'udp')];
    await gone.close();
    await using alice = await client('udp');
    expect((await alice.invite(tcp, { body: sdp('x').body }).answered).response.statusCode).toBe(503);
    expect((await alice.invite(udp, { body: sdp('x').body }).answered).response.statusCode).toBe(408);
  });

  test('a 2xx without ACK is repeated and then the call is hung up', async () => {
    const sent: string[] = [];
    await using callee = await openUserAgent({
      timerBase: T1,
      tap: (entry) =>
        void (entry.direction === 'sent' && sent.push(Buffer.from(entry.bytes).toString('latin1').slice(0, 15))),
    });
    const theirs: IncomingSession[] = [];
    callee.onInvite = (session) => {
      theirs.push(session);
      session.accept(sdp('offer'));
    };
    await using alice = await client('udp');
    const call = alice.invite(uriOf(callee, 'udp'));
    expect((await call.answered).ok).toBe(true);
    const end = await call.terminated;
    expect(end.reason).toBe('remote-bye');
    expect(sent.filter((line) => line === 'SIP/2.0 200 OK\r').length).toBeGreaterThan(5);
    await theirs[0]?.terminated;
    expect(callee.sessions.size).toBe(0);
  });

  test('both sides re-INVITE at once: 491, then one of them gets through', async () => {
    bridge.onInvite = answering;
    await using alice = await client('udp');
    const call = alice.invite(uriOf(bridge, 'udp'), { body: sdp('offer').body });
    await call.answered;
    const theirs = incoming.at(-1) as IncomingSession;
    await theirs.acked;
    call.onReinvite = () => sdp('fine');
    const outcomes = await Promise.all([call.reinvite(sdp('a')), theirs.reinvite(sdp('b'))]);
    expect(outcomes.map(({ statusCode }) => statusCode)).toEqual([200, 200]);
    await call.bye();
  });

  test('a WebSocket client that vanishes takes its call with it; an aborted call is cancelled', async () => {
    bridge.onInvite = answering;
    const alice = await client('ws');
    const call = alice.invite(uriOf(bridge, 'ws'), { body: sdp('offer').body });
    await call.answered;
    const theirs = incoming.at(-1) as IncomingSession;
    await alice.close(0);
    expect((await theirs.terminated).reason).toBe('transport-failed');
    bridge.onInvite = (session) => session.ring();
    await using bob = await client('tcp');
    const abort = new AbortController();
    const aborted = bob.invite(uriOf(bridge, 'tcp'), { body: sdp('x').body, signal: abort.signal });
    aborted.onProgress = () => abort.abort();
    expect((await aborted.answered).response.statusCode).toBe(487);
  });

  test('a BYE for no call gets 481; closing hangs up and leaves nothing', async () => {
    bridge.onInvite = answering;
    const alice = await client('tcp');
    const call = alice.invite(uriOf(bridge, 'tcp'), { body: sdp('offer').body });
    await call.answered;
    const theirs = incoming.at(-1) as IncomingSession;
    await alice.close();
    expect((await theirs.terminated).reason).toBe('remote-bye');
    expect(alice.statistics).toEqual({ sessions: 0, transactions: 0, connections: 0 });
    await using bob = await client('udp');
    const bye = await bob.request('BYE', uriOf(bridge, 'udp'), { headers: [] });
    expect(bye.statusCode).toBe(481);
  });
});
