import { header, type SipRequest } from '@plugfest/sip';
import { expect, test } from 'vitest';
import type { EventPackage, NotifierSubscription } from './event-package.ts';
import { MemoryNetwork, memoryUri } from './memory-network-fixture.ts';
import type { UserAgent } from './user-agent.ts';

const MEDIA_TYPE = 'application/conference-info+xml';

interface Scene {
  readonly network: MemoryNetwork;
  readonly alice: UserAgent;
  readonly bridge: UserAgent;
  readonly served: NotifierSubscription[];
}

async function scene(more: Partial<EventPackage> = {}): Promise<Scene> {
  const network = new MemoryNetwork();
  const [alice, bridge] = [await network.agent('alice'), await network.agent('bridge')];
  const served: NotifierSubscription[] = [];
  let version = 0;
  bridge.serve({
    name: 'conference',
    mediaTypes: [MEDIA_TYPE],
    defaultExpiresS: 600,
    maxExpiresS: 3600,
    onSubscribe: (subscription) => void served.push(subscription),
    stateFor: () => ({ contentType: MEDIA_TYPE, body: Buffer.from(`full ${++version}`) }),
    ...more,
  });
  return { network, alice, bridge, served };
}

const bodyOf = (request: SipRequest): string => Buffer.from(request.body).toString();
const stateOf = (request: SipRequest): string => header(request, 'Subscription-State') ?? '';

test('full state, changes in order, refresh, the end asked for', async () => {
  const { network, alice, bridge, served } = await scene();
  const subscription = await alice.subscribe(memoryUri(bridge, 'room'), { event: 'conference', expiresS: 120 });
  const seen: string[] = [];
  subscription.onNotify = (request) => void seen.push(`${bodyOf(request)} ${stateOf(request)}`);
  await network.pass(100);
  const [mine] = served as [NotifierSubscription];
  expect([mine.resource, mine.subscriberUri, subscription.state]).toEqual([
    'room',
    'sip:alice@alice.example',
    'active',
  ]);
  const partial = (text: string) => ({ contentType: MEDIA_TYPE, body: Buffer.from(text) });
  void mine.notify(partial('a'));
  void mine.notify(partial('b'));
  const last = mine.notify(partial('c'));
  await network.pass(200);
  expect((await last)?.statusCode).toBe(200);
  expect(seen).toEqual([
    'full 1 active;expires=120',
    'a active;expires=120',
    'b active;expires=120',
    'c active;expires=120',
  ]);
  await network.pass(90_000, 100);
  expect(seen.slice(4)).toEqual(['full 2 active;expires=120']);
  expect(network.messages('SUBSCRIBE')).toHaveLength(2);
  subscription.unsubscribe();
  await network.pass(200);
  expect(seen.at(-1)).toBe('full 3 terminated;reason=timeout');
  expect((await subscription.terminated).reason).toBe('timeout');
  await mine.ended;
  expect(await mine.notify(partial('late'))).toBeUndefined();
  await network.pass(40_000, 100);
  expect(network.clock.pending).toBe(0);
});

test('a subscriber that goes away is forgotten: on expiry, and when it does not answer', async () => {
  const { network, alice, bridge, served } = await scene();
  await alice.subscribe(memoryUri(bridge), { event: 'conference', expiresS: 120 });
  await network.pass(100);
  network.fateOf = ({ from }) => (from === 'alice' ? 'lost' : undefined);
  void served[0]?.notify(undefined);
  await network.pass(33_000, 50);
  expect(served[0]?.active).toBe(false);
});

test.each([
  ['another event', { event: 'presence' }, 489, 'Allow-Events', 'conference'],
  ['a time too short', { expiresS: 10 }, 423, 'Min-Expires', '60'],
  ['a body that we cannot make', { accept: ['text/plain'] }, 406, 'Accept', MEDIA_TYPE],
])('%s is refused', async (_, options, statusCode, name, value) => {
  const { network, alice, bridge, served } = await scene();
  const subscription = await alice.subscribe(memoryUri(bridge), { event: 'conference', expiresS: 600, ...options });
  await network.pass(100);
  const response = await subscription.answered;
  expect([response.statusCode, header(response, name), subscription.state]).toEqual([statusCode, value, 'terminated']);
  expect(served).toEqual([]);
});

test('what the package refuses stays refused; a fetch gets one NOTIFY; the notifier may end it with a reason', async () => {
  const refusing = await scene({ onSubscribe: () => ({ statusCode: 403 }) });
  const refused = await refusing.alice.subscribe(memoryUri(refusing.bridge), { event: 'conference', expiresS: 60 });
  await refusing.network.pass(100);
  expect((await refused.answered).statusCode).toBe(403);
  const { network, alice, bridge, served } = await scene();
  const fetched = await alice.subscribe(memoryUri(bridge), { event: 'conference', expiresS: 0 });
  await network.pass(100);
  expect((await fetched.terminated).reason).toBe('timeout');
  const kept = await alice.subscribe(memoryUri(bridge), { event: 'conference', expiresS: 600 });
  await network.pass(100);
  served[1]?.terminate('probation', { retryAfterS: 7 });
  await network.pass(100);
  expect(await kept.terminated).toMatchObject({ reason: 'probation', retryAfterS: 7 });
});

test('a NOTIFY that overtakes the 200 begins the dialog', async () => {
  const { network, alice, bridge } = await scene();
  network.fateOf = ({ name }) => (name === '200 SUBSCRIBE' ? 300 : undefined);
  const subscription = await alice.subscribe(memoryUri(bridge), { event: 'conference', expiresS: 600 });
  await network.pass(100);
  expect(subscription.state).toBe('active');
  await network.pass(400);
  expect((await subscription.answered).statusCode).toBe(200);
  subscription.unsubscribe();
  await network.pass(100);
  expect(subscription.state).toBe('terminated');
});

test('without a NOTIFY the subscription is none: Timer N', async () => {
  const { network, alice, bridge } = await scene();
  network.fateOf = ({ name }) => (name === 'NOTIFY' ? 'lost' : undefined);
  const subscription = await alice.subscribe(memoryUri(bridge), { event: 'conference', expiresS: 600 });
  await network.pass(33_000, 50);
  expect(subscription.state).toBe('terminated');
});
