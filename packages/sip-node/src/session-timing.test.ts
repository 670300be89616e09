import {
  createResponse,
  header,
  type SessionTimerPolicy,
  type SipMessage,
  type SipRequest,
  type SipResponse,
} from '@plugfest/sip';
import { describe, expect, test } from 'vitest';
import { sdp } from './loopback-fixture.ts';
import { MemoryNetwork, memoryUri } from './memory-network-fixture.ts';
import type { IncomingSession, OutgoingSession, SessionEnd } from './session.ts';
import type { UserAgent } from './user-agent.ts';
import type { UserAgentOptions } from './user-agent-options.ts';

const POLICY: SessionTimerPolicy = { intervalS: 1800, leastS: 90 };
const WITH_UPDATE = ['INVITE', 'ACK', 'BYE', 'CANCEL', 'OPTIONS', 'UPDATE'];
const WITHOUT_UPDATE = WITH_UPDATE.filter((method) => method !== 'UPDATE');

interface Scene {
  readonly network: MemoryNetwork;
  readonly agents: readonly [UserAgent, UserAgent];
  readonly call: OutgoingSession;
  readonly theirs: IncomingSession;
  readonly ends: { alice?: SessionEnd['reason']; bob?: SessionEnd['reason'] };
}

/** Alice's call to Bob is up; what it took to get there is still in the log. */
async function established(alice: Partial<UserAgentOptions> = {}, bob: Partial<UserAgentOptions> = {}): Promise<Scene> {
  const network = new MemoryNetwork();
  const defaults = { sessionTimer: POLICY, allow: WITH_UPDATE };
  const agents = [
    await network.agent('alice', { ...defaults, ...alice }),
    await network.agent('bob', { ...defaults, ...bob }),
  ] as const;
  const incoming = Promise.withResolvers<IncomingSession>();
  agents[1].onInvite = (session) => {
    session.accept(sdp('bob 1'));
    incoming.resolve(session);
  };
  const call = agents[0].invite(memoryUri(agents[1]), { body: sdp('alice 1').body });
  await network.leap(200);
  const theirs = await incoming.promise;
  const ends: Scene['ends'] = {};
  void call.terminated.then(({ reason }) => Object.assign(ends, { alice: reason }));
  void theirs.terminated.then(({ reason }) => Object.assign(ends, { bob: reason }));
  for (const side of [call, theirs]) side.onReinvite = () => sdp('again');
  expect([call.state, theirs.state]).toEqual(['established', 'established']);
  return { network, agents, call, theirs, ends };
}

const timer = (message: SipMessage | undefined): string =>
  ['Session-Expires', 'Min-SE', 'Require']
    .map((name) => message && header(message, name))
    .filter((value) => value !== undefined)
    .join(' | ');

/** Seconds into the network's time at which messages of that name were sent, and by whom. */
function sentAt({ network }: Scene, name: string): string[] {
  return network.log
    .filter((packet) => packet.name === name)
    .map(({ atMs, from }) => `${Math.round(atMs / 1000) - 1} ${from}`);
}

const without = { sessionTimer: undefined };

describe('agreement', () => {
  test('the caller asks, the callee grants, and the caller refreshes by UPDATE at half of the interval', async () => {
    const scene = await established({ sessionTimer: { intervalS: 200, leastS: 90 } });
    expect(timer(scene.network.messages('INVITE')[0])).toBe('200');
    expect(timer(scene.network.messages('200 INVITE')[0])).toBe('200;refresher=uac | timer');
    await scene.network.leap(350_000);
    expect(sentAt(scene, 'UPDATE')).toEqual(['100 alice', '200 alice', '300 alice']);
    expect(timer(scene.network.messages('UPDATE')[0])).toBe('200;refresher=uac');
    expect(timer(scene.network.messages('200 UPDATE')[0])).toBe('200;refresher=uac | timer');
    expect(header(scene.network.messages('UPDATE')[0] as SipRequest, 'Supported')).toBe('timer');
    expect(scene.ends).toEqual({});
    expect(scene.network.messages('BYE')).toEqual([]);
  });

  test('the callee refreshes, and keeps doing so: the roles turn with who sends the request', async () => {
    const scene = await established({}, { sessionTimer: { intervalS: 120, leastS: 90, refresher: 'we' } });
    expect(timer(scene.network.messages('200 INVITE')[0])).toBe('120;refresher=uas');
    await scene.network.leap(130_000);
    expect(sentAt(scene, 'UPDATE')).toEqual(['60 bob', '120 bob']);
    expect(timer(scene.network.messages('UPDATE')[0])).toBe('120;refresher=uac');
  });

  test('a refresh of the other side, by a re-INVITE for its own reasons, counts, and the refresher stays', async () => {
    const scene = await established({ sessionTimer: { intervalS: 120, leastS: 90 } });
    await scene.network.leap(50_000);
    const changed = scene.theirs.reinvite(sdp('bob 2'));
    await scene.network.leap(1000);
    expect((await changed).statusCode).toBe(200);
    expect(timer(scene.network.messages('INVITE').at(-1))).toBe('120;refresher=uas');
    await scene.network.leap(64_000);
    expect(sentAt(scene, 'UPDATE')).toEqual(['110 alice']);
  });

  test.each([
    ['neither', without, without],
    ['only the callee', without, {}],
    ['only the caller', {}, without],
  ])('%s knows of timers: there is none', async (_, alice, bob) => {
    const scene = await established(alice, bob);
    expect(timer(scene.network.messages('200 INVITE')[0])).toBe('');
    await scene.network.pass(4_000_000, 20_000);
    expect([scene.network.messages('UPDATE').length, scene.ends]).toEqual([0, {}]);
  });

  test('a proxy asks for a caller without timers: the callee refreshes, by re-INVITE, and the caller sees nothing new', async () => {
    const network = new MemoryNetwork();
    const alice = await network.agent('alice', { allow: WITHOUT_UPDATE });
    const bob = await network.agent('bob', { sessionTimer: POLICY, allow: WITH_UPDATE });
    bob.onInvite = (session) => session.accept(sdp('bob 1'));
    const headers = [{ name: 'Session-Expires', value: '300' }];
    const call = alice.invite(memoryUri(bob), { body: sdp('alice 1').body, headers });
    const offers: string[] = [];
    call.onReinvite = (offer) => {
      offers.push(Buffer.from(offer?.body ?? []).toString());
      return sdp('alice 1');
    };
    await network.leap(200);
    expect(timer(network.messages('200 INVITE')[0])).toBe('300;refresher=uas');
    await network.leap(151_000);
    expect(offers).toEqual(['bob 1']);
    expect(network.trace().slice(-3)).toEqual(['bob→alice INVITE', 'alice→bob 200 INVITE', 'bob→alice ACK']);
  });
});

describe('422', () => {
  const high = { sessionTimer: { intervalS: 7200, leastS: 3600 } };

  test('the caller tries again with the interval that it was told, in the same call, and refreshes keep to it', async () => {
    const scene = await established({}, high);
    const [first, second] = scene.network.messages('INVITE') as SipRequest[];
    expect(timer(scene.network.messages('422 INVITE')[0])).toBe('3600');
    expect([timer(first), timer(second)]).toEqual(['1800', '3600 | 3600']);
    expect(header(second as SipRequest, 'CSeq')).toBe('2 INVITE');
    expect(header(second as SipRequest, 'Call-ID')).toBe(header(first as SipRequest, 'Call-ID'));
    expect(header(second as SipRequest, 'From')).toBe(header(first as SipRequest, 'From'));
    expect(timer(scene.network.messages('200 INVITE')[0])).toBe('3600;refresher=uac | timer');
    await scene.network.leap(1_801_000);
    expect(timer(scene.network.messages('UPDATE')[0])).toBe('3600;refresher=uac | 3600');
  });

  test('who raises its minimum without end is given up on', async () => {
    const network = new MemoryNetwork();
    const alice = await network.agent('alice', { sessionTimer: POLICY });
    const bob = network.transport('bob');
    let leastS = 2000;
    bob.onMessage = (message) => {
      if (message.kind !== 'request' || message.method !== 'INVITE') return;
      leastS += 100;
      bob.inject(tooSmall(createResponse(message, { statusCode: 422, toTag: 'b' }), String(leastS)), {
        host: '127.0.0.1',
        port: 5060,
      });
    };
    const call = alice.invite('sip:bob@127.0.0.2:5060', { body: sdp('alice').body });
    await network.leap(1000);
    expect((await call.answered).response.statusCode).toBe(422);
    expect(network.messages('INVITE')).toHaveLength(6);
  });

  test('within a call: a refresh that is refused with 422 is sent again with more, and so are those after it', async () => {
    const scene = await established({ sessionTimer: { intervalS: 100, leastS: 90 } });
    let refusals = 1;
    scene.network.rewrite = (message) => {
      const isAnswer = message.kind === 'response' && header(message, 'CSeq')?.endsWith('UPDATE');
      return isAnswer && refusals-- > 0 ? tooSmall(message, '300') : message;
    };
    await scene.network.leap(250_000);
    expect(scene.network.messages('UPDATE').map(timer)).toEqual([
      '100;refresher=uac',
      '300;refresher=uac | 300',
      '300;refresher=uac | 300',
    ]);
    expect(sentAt(scene, 'UPDATE')).toEqual(['50 alice', '50 alice', '200 alice']);
    expect(scene.ends).toEqual({});
  });
});

describe('nobody refreshes', () => {
  test('the refresher is dead: the other side says BYE 32 s before the end', async () => {
    const scene = await established({ sessionTimer: { intervalS: 600, leastS: 90 } });
    scene.network.fateOf = ({ from }) => (from === 'alice' ? 'lost' : undefined);
    await scene.network.leap(570_000);
    expect(sentAt(scene, 'BYE')[0]).toBe('332 alice');
    expect(sentAt(scene, 'BYE').filter((line) => line.endsWith('bob'))[0]).toBe('568 bob');
    await scene.network.leap(70_000);
    expect(scene.ends).toEqual({ alice: 'timeout', bob: 'timeout' });
  });

  test('a third of a short interval before the end', async () => {
    const scene = await established({ sessionTimer: { intervalS: 90, leastS: 90 } });
    scene.network.fateOf = ({ from, name }) => (from === 'alice' && name === 'UPDATE' ? 'lost' : undefined);
    await scene.network.leap(61_000);
    // Both sides know, and neither waits for the other.
    expect(sentAt(scene, 'BYE')).toEqual(['60 bob', '60 alice']);
    expect(scene.agents.map(({ sessions }) => sessions.size)).toEqual([0, 0]);
  });

  test.each([
    ['481', 481],
    ['408', 408],
  ])('%s to a refresh ends the call, with a BYE', async (_, statusCode) => {
    const scene = await established({ sessionTimer: { intervalS: 120, leastS: 90 } });
    answerInstead(scene, 'UPDATE', statusCode);
    await scene.network.leap(62_000);
    expect(scene.ends.alice).toBe('timeout');
    expect(sentAt(scene, 'BYE')).toEqual(['60 alice']);
  });

  test('500 to a refresh: it is tried again until the end is near', async () => {
    const scene = await established({ sessionTimer: { intervalS: 120, leastS: 90 } });
    answerInstead(scene, 'UPDATE', 500);
    await scene.network.leap(90_000);
    expect(sentAt(scene, 'UPDATE').slice(0, 3)).toEqual(['60 alice', '74 alice', '81 alice']);
    expect(sentAt(scene, 'BYE')[0]).toMatch(/^88 /);
  });

  test('405 to UPDATE, whatever Allow said: a re-INVITE takes its place', async () => {
    const scene = await established({ sessionTimer: { intervalS: 120, leastS: 90 } });
    const answers: string[] = [];
    scene.call.onRefresh = () => sdp('alice as she is');
    scene.call.onAnswer = (answer) => void answers.push(Buffer.from(answer?.body ?? []).toString());
    answerInstead(scene, 'UPDATE', 405);
    await scene.network.leap(130_000);
    expect(sentAt(scene, 'UPDATE')).toEqual(['60 alice']);
    expect(sentAt(scene, 'INVITE').slice(1)).toEqual(['60 alice', '120 alice']);
    expect(answers).toEqual(['again', 'again']);
    expect(scene.ends).toEqual({});
  });
});

test('glare: both re-INVITE at the moment of the refresh, and the session is refreshed all the same', async () => {
  const scene = await established(
    { sessionTimer: { intervalS: 120, leastS: 90 }, allow: WITHOUT_UPDATE },
    { allow: WITHOUT_UPDATE },
  );
  scene.network.clock.schedule(59_825, () => void scene.theirs.reinvite(sdp('bob 2')));
  await scene.network.leap(69_000);
  expect(scene.network.messages('491 INVITE').length).toBeGreaterThan(0);
  await scene.network.leap(300_000);
  expect([scene.ends, scene.network.messages('BYE').length]).toEqual([{}, 0]);
});

test('a call that ended leaves no timer behind', async () => {
  const scene = await established();
  void scene.call.bye();
  await scene.network.leap(40_000);
  expect([scene.ends, scene.network.clock.pending]).toEqual([{ alice: 'local-bye', bob: 'remote-bye' }, 0]);
});

test('an early UPDATE starts no timer', async () => {
  const network = new MemoryNetwork();
  const [alice, bob] = [
    await network.agent('alice', { sessionTimer: POLICY, supported: ['100rel'] }),
    await network.agent('bob', { sessionTimer: POLICY, supported: ['100rel'] }),
  ];
  bob.onInvite = (session) => void session.progressReliably({ statusCode: 183, body: sdp('answer') });
  const call = alice.invite(memoryUri(bob), { body: sdp('offer').body });
  await network.leap(100);
  const updated = call.update(null);
  await network.leap(100);
  expect((await updated).statusCode).toBe(200);
  expect([timer(network.messages('UPDATE')[0]), timer(network.messages('200 UPDATE')[0])]).toEqual(['', '']);
});

/** Whatever Bob answers to Alice's requests of this method, she gets this. */
function answerInstead({ network }: Scene, method: string, statusCode: number): void {
  network.rewrite = (message) =>
    message.kind === 'response' && header(message, 'CSeq')?.endsWith(` ${method}`)
      ? { ...message, statusCode }
      : message;
}

function tooSmall(response: SipResponse, minSe: string): SipResponse {
  return { ...response, statusCode: 422, headers: [...response.headers, { name: 'Min-SE', value: minSe }] };
}
