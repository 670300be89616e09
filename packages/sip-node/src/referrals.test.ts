import { header, type Referral, type SipRequest } from '@plugfest/sip';
import { describe, expect, test } from 'vitest';
import { sdp } from './loopback-fixture.ts';
import { memoryUri } from './memory-network-fixture.ts';
import { RaceScene } from './race-scene-fixture.ts';
import type { ReferralReport } from './referrals.ts';
import type { IncomingSession } from './session.ts';

const SUPPORTED = { agents: { supported: ['replaces', 'norefersub'] } };
const REFER_TO = { name: 'Refer-To', value: '<sip:carol@127.0.0.9>' };

/** State and first line of each NOTIFY. */
function told(scene: RaceScene): string[] {
  return (scene.network.messages('NOTIFY') as SipRequest[]).map(
    (notify) => `${header(notify, 'Subscription-State')} | ${Buffer.from(notify.body).toString().trim()}`,
  );
}

describe('REFER in a call', () => {
  async function referred(
    headers = [REFER_TO],
  ): Promise<{ scene: RaceScene; report: ReferralReport; seen: Referral[] }> {
    const scene = await RaceScene.established(SUPPORTED);
    const seen: Referral[] = [];
    let report: ReferralReport = () => undefined;
    scene.theirs.onRefer = (referral) => {
      seen.push(referral);
      return (told) => {
        report = told;
      };
    };
    scene.call.onRequest = () => ({ statusCode: 200 });
    const answer = scene.call.sendRequest('REFER', { headers });
    await scene.network.pass(100);
    expect((await answer).statusCode).toBe(202);
    return { scene, report, seen };
  }

  test('202, then NOTIFYs within the call: trying, ringing, and the last with how it ended', async () => {
    const { scene, report, seen } = await referred();
    report(180);
    await scene.network.pass(100);
    report(486);
    await scene.network.pass(100);
    expect(seen[0]?.targetUri).toBe('sip:carol@127.0.0.9');
    expect(told(scene)).toEqual([
      'active;expires=180 | SIP/2.0 100 Trying',
      'active;expires=180 | SIP/2.0 180 Ringing',
      'terminated;reason=noresource | SIP/2.0 486 Busy Here',
    ]);
    const [notify] = scene.network.messages('NOTIFY') as SipRequest[];
    expect([header(notify as SipRequest, 'Event'), header(notify as SipRequest, 'Content-Type')]).toEqual([
      'refer;id=2',
      'message/sipfrag;version=2.0',
    ]);
    expect([scene.call.state, scene.theirs.state]).toEqual(['established', 'established']);
  });

  test('Refer-Sub: false: no NOTIFY, and the 202 says so', async () => {
    const { scene, report } = await referred([REFER_TO, { name: 'Refer-Sub', value: 'false' }]);
    report(200);
    await scene.network.pass(1000);
    expect(told(scene)).toEqual([]);
    expect(header(scene.network.messages('202 REFER')[0] as SipRequest, 'Refer-Sub')).toBe('false');
  });

  test('the referrer ends the subscription early, and hears no more of it', async () => {
    const { scene, report } = await referred();
    const headers = [
      { name: 'Event', value: 'refer;id=2' },
      { name: 'Expires', value: '0' },
    ];
    const answer = scene.call.sendRequest('SUBSCRIBE', { headers });
    await scene.network.pass(200);
    expect((await answer).statusCode).toBe(200);
    report(200);
    const late = scene.call.sendRequest('SUBSCRIBE', { headers });
    await scene.network.pass(200);
    expect((await late).statusCode).toBe(481);
    expect(told(scene).at(-1)).toBe('terminated;reason=timeout | SIP/2.0 100 Trying');
  });

  test('481 to a NOTIFY ends the subscription, not the call; nothing is left when the call ends', async () => {
    const { scene, report } = await referred();
    scene.call.onRequest = () => ({ statusCode: 481 });
    report(180);
    await scene.network.pass(200);
    report(200);
    await scene.network.pass(200);
    expect(scene.network.messages('NOTIFY')).toHaveLength(2);
    expect([scene.call.state, scene.theirs.state]).toEqual(['established', 'established']);
    void scene.call.bye();
    await scene.settle();
    expect(scene.network.clock.pending).toBe(0);
  });

  test('a fifth at once is told to come later; what is malformed is refused before anybody is asked', async () => {
    const { scene, seen } = await referred();
    const statuses: number[] = [];
    for (const value of ['<sip:c@d>', '<sip:c@d>', '<sip:c@d>', '<sip:c@d>', '<http://c/>', 'x y z']) {
      const answer = scene.call.sendRequest('REFER', { headers: [{ name: 'Refer-To', value }] });
      await scene.network.pass(100);
      statuses.push((await answer).statusCode);
    }
    expect(statuses).toEqual([202, 202, 202, 503, 403, 400]);
    expect(seen).toHaveLength(4);
  });
});

/** @see RFC 3891 §3 */
describe('Replaces', () => {
  const of = (scene: RaceScene, end = '', tag = scene.theirs.dialog?.localTag): string =>
    `${scene.theirs.callId};to-tag=${tag};from-tag=${scene.theirs.dialog?.remoteTag}${end}`;

  /** Carol (another call of Alice's machine) calls Bob with that header; Bob accepts whatever comes. */
  async function call(scene: RaceScene, ...values: string[]) {
    const incoming: IncomingSession[] = [];
    scene.bob.onInvite = (session) => {
      incoming.push(session);
      session.accept(sdp('to carol'));
    };
    const headers = values.map((value) => ({ name: 'Replaces', value }));
    const carol = scene.alice.invite(memoryUri(scene.bob), { body: sdp('carol').body, headers });
    await scene.network.pass(200);
    return { statusCode: (await carol.answered).response.statusCode, carol, incoming };
  }

  test('a call that is up: the new one is accepted, the old one gets BYE', async () => {
    const scene = await RaceScene.established(SUPPORTED);
    const { statusCode, incoming, carol } = await call(scene, of(scene));
    expect([statusCode, incoming[0]?.replaces === scene.theirs, carol.state]).toEqual([200, true, 'established']);
    expect(scene.ends).toEqual({ alice: 'remote-bye', bob: 'local-bye' });
  });

  test('once only: a second that names the same call comes too late', async () => {
    const scene = await RaceScene.established(SUPPORTED);
    const held: IncomingSession[] = [];
    scene.bob.onInvite = (session) => void held.push(session);
    const headers = [{ name: 'Replaces', value: of(scene) }];
    const first = scene.alice.invite(memoryUri(scene.bob), { body: sdp('x').body, headers });
    await scene.network.pass(100);
    expect(held).toHaveLength(1);
    expect((await call(scene, of(scene))).statusCode).toBe(603);
    // Refused after all, the call is there for others again.
    held[0]?.reject(486);
    await scene.network.pass(100);
    expect((await first.answered).response.statusCode).toBe(486);
    expect((await call(scene, of(scene))).statusCode).toBe(200);
    expect((await call(scene, of(scene))).statusCode).toBe(481);
  });

  test.each<[string, (scene: RaceScene) => string[], number]>([
    ['no such call', () => ['nobody@nowhere;to-tag=1;from-tag=2'], 481],
    ['a wrong tag', (scene) => [of(scene, '', 'other')], 481],
    ['early-only, and it is up', (scene) => [of(scene, ';early-only')], 486],
    ['no tags', (scene) => [scene.theirs.callId], 400],
    ['two of them', (scene) => [of(scene), of(scene)], 400],
  ])('%s', async (_, values, expected) => {
    const scene = await RaceScene.established(SUPPORTED);
    expect((await call(scene, ...values(scene))).statusCode).toBe(expected);
    expect(scene.ends).toEqual({ alice: undefined, bob: undefined });
  });

  test('a call that rings here cannot be taken: 481; one that we made and that rings there can, and is cancelled', async () => {
    const scene = await RaceScene.ringing(SUPPORTED);
    expect((await call(scene, of(scene))).statusCode).toBe(481);
    const { call: ours } = scene;
    const mine = `${ours.callId};to-tag=${ours.dialog?.localTag};from-tag=${ours.dialog?.remoteTag};early-only`;
    scene.alice.onInvite = (session) => session.accept(sdp('instead'));
    const headers = [{ name: 'Replaces', value: mine }];
    const back = scene.bob.invite(memoryUri(scene.alice), { body: sdp('y').body, headers });
    await scene.network.pass(200);
    expect((await back.answered).response.statusCode).toBe(200);
    expect(scene.ends).toEqual({ alice: 'cancelled', bob: 'cancelled' });
  });

  test('who does not support it takes the call as any other', async () => {
    const scene = await RaceScene.established();
    const { statusCode, incoming } = await call(scene, of(scene));
    expect([statusCode, incoming[0]?.replaces, scene.ends.bob]).toEqual([200, undefined, undefined]);
  });
});
