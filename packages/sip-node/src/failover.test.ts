import { header, type SipRequest } from '@plugfest/sip';
import { describe, expect, test } from 'vitest';
import { sdp } from './loopback-fixture.ts';
import { MemoryNetwork } from './memory-network-fixture.ts';
import type { Target } from './target.ts';
import type { UserAgent } from './user-agent.ts';

const SERVERS: readonly Target[] = [2, 3, 4].map((n) => ({
  transport: 'udp',
  host: `127.0.0.${n}`,
  port: 5060,
  name: 'corp.example',
}));

/** Alice, and three servers of a domain; each does what it is told to. */
async function scene(...first: readonly ((server: UserAgent) => void)[]): Promise<{
  readonly network: MemoryNetwork;
  readonly alice: UserAgent;
}> {
  const network = new MemoryNetwork();
  const alice = await network.agent('alice', { locate: async () => SERVERS });
  for (const name of ['one', 'two', 'three']) {
    const server = await network.agent(name);
    server.onInvite = (session) => session.accept(sdp(name));
    first[['one', 'two', 'three'].indexOf(name)]?.(server);
  }
  return { network, alice };
}

const refusing =
  (statusCode: number) =>
  (server: UserAgent): void => {
    server.onInvite = (session) => session.reject(statusCode);
    server.onRequest = () => ({ statusCode });
  };
const mute =
  (...names: readonly string[]) =>
  ({ from }: { readonly from: string }) =>
    names.includes(from) ? ('lost' as const) : undefined;
const toWhom = (network: MemoryNetwork, method: string): string[] =>
  network.log.filter(({ name }) => name === method).map(({ to }) => to);

/** @see RFC 3263 §4.3 */
describe('a server that fails is passed over for the next', () => {
  test('503 to an INVITE: the same INVITE, in a transaction of its own', async () => {
    const { network, alice } = await scene(refusing(503), refusing(503));
    const call = alice.invite('sip:x@corp.example', { body: sdp('offer').body });
    await network.leap(1000);
    expect(Buffer.from((await call.answered).response.body).toString()).toBe('three');
    expect(toWhom(network, 'INVITE')).toEqual(['one', 'two', 'three']);
    const invites = network.messages('INVITE') as SipRequest[];
    for (const name of ['Call-ID', 'CSeq', 'From'])
      expect(new Set(invites.map((invite) => header(invite, name))).size).toBe(1);
    expect(new Set(invites.map((invite) => header(invite, 'Via'))).size).toBe(3);
    void call.bye();
    await network.leap(1000);
    expect(toWhom(network, 'BYE')).toEqual(['three']);
  });

  test('no answer over UDP: the next after 32 s', async () => {
    const { network, alice } = await scene();
    network.fateOf = mute('one');
    const call = alice.invite('sip:x@corp.example', { body: sdp('offer').body });
    await network.leap(31_900);
    expect(new Set(toWhom(network, 'INVITE'))).toEqual(new Set(['one']));
    await network.leap(1000);
    expect(Buffer.from((await call.answered).response.body).toString()).toBe('two');
  });

  test('a server that rang first and said 503 then: the next one’s dialog counts', async () => {
    const { network, alice } = await scene((server) => {
      server.onInvite = (session) => {
        session.ring();
        session.reject(503);
      };
    });
    const call = alice.invite('sip:x@corp.example', { body: sdp('offer').body });
    await network.leap(1000);
    expect((await call.answered).ok).toBe(true);
    const okay = network.messages('200 INVITE')[0];
    expect(call.dialog?.remoteTag).toBe(okay && /tag=(.*)/.exec(header(okay, 'To') ?? '')?.[1]);
  });

  test.each([486, 500, 408])('%i is an answer, not a failure', async (statusCode) => {
    const { network, alice } = await scene(refusing(statusCode));
    const call = alice.invite('sip:x@corp.example', { body: sdp('offer').body });
    const request = alice.request('OPTIONS', 'sip:x@corp.example');
    await network.leap(1000);
    expect([(await call.answered).response.statusCode, (await request).statusCode]).toEqual([statusCode, statusCode]);
    expect(toWhom(network, 'INVITE')).toEqual(['one']);
  });

  test('all of them fail: what the last one said', async () => {
    const { network, alice } = await scene(refusing(503), refusing(503), refusing(503));
    const call = alice.invite('sip:x@corp.example', { body: sdp('offer').body });
    const request = alice.request('OPTIONS', 'sip:x@corp.example');
    await network.leap(1000);
    expect([(await call.answered).response.statusCode, (await request).statusCode]).toEqual([503, 503]);
    expect(toWhom(network, 'OPTIONS')).toEqual(['one', 'two', 'three']);
  });

  test('requests outside a call, and REGISTER with the same Call-ID and CSeq', async () => {
    const { network, alice } = await scene(refusing(503));
    network.fateOf = mute('two');
    const registered = alice.register({ registrar: 'sip:corp.example', expiresS: 60 });
    await network.leap(40_000);
    expect((await registered).statusCode).toBe(405);
    expect([...new Set(toWhom(network, 'REGISTER'))]).toEqual(['one', 'two', 'three']);
    const registers = network.messages('REGISTER') as SipRequest[];
    expect(new Set(registers.map((each) => `${header(each, 'Call-ID')} ${header(each, 'CSeq')}`)).size).toBe(1);
  });

  test('who hangs up meanwhile calls nobody else', async () => {
    const { network, alice } = await scene();
    network.fateOf = mute('one', 'two', 'three');
    const call = alice.invite('sip:x@corp.example', { body: sdp('offer').body });
    await network.leap(1000);
    call.cancel();
    await network.leap(40_000);
    expect((await call.answered).response.statusCode).toBe(487);
    expect(new Set(toWhom(network, 'INVITE'))).toEqual(new Set(['one']));
  });
});
