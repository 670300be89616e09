import { header, type SipBody, type SipRequest, type SipResponse } from '@plugfest/sip';
import { describe, expect, test } from 'vitest';
import { sdp } from './loopback-fixture.ts';
import { MemoryNetwork, memoryUri } from './memory-network-fixture.ts';
import type { IncomingSession, OutgoingSession } from './session.ts';
import type { InviteOptions } from './user-agent-options.ts';

const text = (body: SipBody | null | undefined): string => Buffer.from(body?.body ?? []).toString();
const REQUIRED = { headers: [{ name: 'Require', value: '100rel' }] };

interface Scene {
  readonly network: MemoryNetwork;
  readonly call: OutgoingSession;
  readonly theirs: IncomingSession;
}

/** Alice's call rings at Bob, who has not said anything yet. */
async function scene(options: InviteOptions = { body: sdp('offer').body }): Promise<Scene> {
  const network = new MemoryNetwork();
  const supported = { supported: ['100rel'] };
  const [alice, bob] = [await network.agent('alice', supported), await network.agent('bob', supported)];
  const incoming = Promise.withResolvers<IncomingSession>();
  bob.onInvite = incoming.resolve;
  const call = alice.invite(memoryUri(bob), options);
  await network.pass(30);
  return { network, call, theirs: await incoming.promise };
}

describe('reliable provisional responses', () => {
  test('the answer in a 183; the 2xx waits for the PRACK and brings none', async () => {
    const { network, call, theirs } = await scene();
    expect(theirs.reliability).toBe('supported');
    const prack = theirs.progressReliably({ statusCode: 183, body: sdp('answer') });
    theirs.accept();
    await network.pass(100);
    expect((await prack)?.method).toBe('PRACK');
    expect((await call.answered).ok).toBe(true);
    expect(network.trace()).toEqual([
      'alice→bob INVITE',
      'bob→alice 183 INVITE',
      'alice→bob PRACK',
      'bob→alice 200 PRACK',
      'bob→alice 200 INVITE',
      'alice→bob ACK',
    ]);
    const [progress] = network.messages('183 INVITE');
    expect(header(progress as SipResponse, 'Require')).toBe('100rel');
    const rack = header(network.messages('PRACK')[0] as SipRequest, 'RAck');
    expect(rack).toBe(`${header(progress as SipResponse, 'RSeq')} 1 INVITE`);
  });

  test('offer in the 183 to an INVITE without one: the answer comes in the PRACK, the ACK is empty', async () => {
    const { network, call, theirs } = await scene({});
    call.onReliableProgress = (response) => sdp(`answer to ${text({ contentType: '', body: response.body })}`);
    const answers: string[] = [];
    theirs.onAnswer = (answer) => void answers.push(text(answer));
    void theirs.progressReliably({ statusCode: 183, body: sdp('late offer') });
    theirs.accept();
    await network.pass(100);
    expect(answers).toEqual(['answer to late offer']);
    expect((await theirs.acked).body).toHaveLength(0);
  });

  test('an offer in the PRACK is answered in its 200', async () => {
    const { network, call, theirs } = await scene();
    theirs.onReinvite = (offer, request) => sdp(`${request.method} ${text(offer)}`);
    const answers: string[] = [];
    call.onReliableProgress = () => ({
      ...sdp('second'),
      onAnswered: ({ body }) => void answers.push(text({ contentType: '', body })),
    });
    void theirs.progressReliably({ statusCode: 183, body: sdp('answer') });
    await network.pass(100);
    expect(answers).toEqual(['PRACK second']);
  });

  test('a lost 183 is sent again at T1, 3 T1, 7 T1 … and reaches the caller once; a lost PRACK too', async () => {
    const { network, call, theirs } = await scene();
    const seen: number[] = [];
    call.onProgress = ({ statusCode }) => void seen.push(statusCode);
    theirs.ring();
    await network.pass(20);
    let losses = 3;
    network.fateOf = ({ name }) => (name === '183 INVITE' && losses-- > 0 ? 'lost' : undefined);
    void theirs.progressReliably({ statusCode: 183 });
    await network.pass(8000);
    const times = network.log.filter(({ name }) => name === '183 INVITE').map(({ atMs }) => atMs);
    expect(times.map((atMs) => atMs - (times[0] ?? 0))).toEqual([0, 500, 1500, 3500]);
    expect(seen).toEqual([180, 183]);
    losses = 0;
    let lostPracks = 1;
    network.fateOf = ({ name }) => (name === 'PRACK' && lostPracks-- > 0 ? 'lost' : undefined);
    void theirs.progressReliably({ statusCode: 180 });
    await network.pass(5000);
    expect(seen).toEqual([180, 183, 180]);
    expect(network.messages('200 PRACK')).toHaveLength(2);
  });

  test('the second waits for the PRACK of the first; numbers rise by one', async () => {
    const { network, theirs } = await scene();
    void theirs.progressReliably({ statusCode: 180 });
    void theirs.progressReliably({ statusCode: 183 });
    await network.pass(100);
    expect(network.trace().slice(1)).toEqual([
      'bob→alice 180 INVITE',
      'alice→bob PRACK',
      'bob→alice 200 PRACK',
      'bob→alice 183 INVITE',
      'alice→bob PRACK',
      'bob→alice 200 PRACK',
    ]);
    const numbers = ['180 INVITE', '183 INVITE'].map((name) =>
      Number(header(network.messages(name)[0] as SipResponse, 'RSeq')),
    );
    expect((numbers[1] ?? 0) - (numbers[0] ?? 0)).toBe(1);
  });

  test('no PRACK within 64 T1: the INVITE is refused with 504, and no timer is left', async () => {
    const { network, call, theirs } = await scene();
    network.fateOf = ({ name }) => (name === 'PRACK' ? 'lost' : undefined);
    const prack = theirs.progressReliably({ statusCode: 183 });
    await network.pass(33_000, 50);
    expect([await prack, (await call.answered).response.statusCode]).toEqual([undefined, 504]);
    await network.pass(70_000, 100);
    expect(network.clock.pending).toBe(0);
  });

  test('a PRACK for another response gets 481; where 100rel is required 180 is reliable by itself', async () => {
    const { network, call, theirs } = await scene({ body: sdp('offer').body, ...REQUIRED });
    theirs.ring();
    await network.pass(100);
    expect(network.trace()).toContain('alice→bob PRACK');
    const wrong = call.sendRequest('PRACK', { headers: [{ name: 'RAck', value: '1 1 INVITE' }] });
    await network.pass(100);
    expect((await wrong).statusCode).toBe(481);
    expect(call.state).toBe('early');
  });

  test('a callee without 100rel refuses what requires it: 420', async () => {
    const network = new MemoryNetwork();
    const [alice, bob] = [await network.agent('alice'), await network.agent('bob')];
    const call = alice.invite(memoryUri(bob), { body: sdp('offer').body, ...REQUIRED });
    await network.pass(100);
    const { response } = await call.answered;
    expect([response.statusCode, header(response, 'Unsupported')]).toEqual([420, '100rel']);
  });
});

describe('UPDATE', () => {
  test('in an early dialog, either way, once offer and answer are through', async () => {
    const { network, call, theirs } = await scene();
    call.onReinvite = (offer) => sdp(`alice: ${text(offer)}`);
    theirs.onReinvite = (offer) => sdp(`bob: ${text(offer)}`);
    void theirs.progressReliably({ statusCode: 183, body: sdp('answer') });
    await network.pass(100);
    const updates = [call.update(sdp('hold')), undefined];
    await network.pass(100);
    updates[1] = theirs.update(sdp('resume'));
    await network.pass(100);
    const bodies = (await Promise.all(updates)).map((response) =>
      text({ contentType: '', body: response?.body ?? new Uint8Array() }),
    );
    expect(bodies).toEqual(['bob: hold', 'alice: resume']);
    expect([call.state, theirs.dialog?.early]).toEqual(['early', true]);
    theirs.accept();
    await network.pass(100);
    expect(call.state).toBe('established');
  });

  test('before the first offer is answered: 491 here, 500 with Retry-After there; without an offer 200', async () => {
    const { network, call, theirs } = await scene();
    theirs.ring();
    await network.pass(50);
    expect((await call.update(sdp('too soon'))).statusCode).toBe(491);
    const raw = call.sendRequest('UPDATE', { body: sdp('too soon all the same') });
    await network.pass(50);
    const refused = await raw;
    expect(refused.statusCode).toBe(500);
    expect(Number(header(refused, 'Retry-After'))).toBeLessThanOrEqual(10);
    const plain = call.update(null);
    await network.pass(50);
    expect((await plain).statusCode).toBe(200);
  });

  test('two that cross get 491; after pauses of the two bands both get through', async () => {
    const { network, call, theirs } = await scene();
    call.onReinvite = () => sdp('fine');
    theirs.onReinvite = () => sdp('fine');
    theirs.accept(sdp('answer'));
    await network.pass(100);
    const sentAtMs = network.clock.nowUs() / 1000;
    const both = [call.update(sdp('a')), theirs.update(sdp('b'))];
    await network.pass(5000);
    expect((await Promise.all(both)).map(({ statusCode }) => statusCode)).toEqual([200, 200]);
    expect(network.messages('491 UPDATE')).toHaveLength(2);
    const again = (who: string): number =>
      (network.log.filter(({ name, from }) => name === 'UPDATE' && from === who)[1]?.atMs ?? 0) - sentAtMs;
    expect(again('alice')).toBeGreaterThanOrEqual(2100);
    expect(again('alice')).toBeLessThanOrEqual(4100);
    expect(again('bob')).toBeLessThanOrEqual(2100);
  });
});
