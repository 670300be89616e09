import { hostClock } from '@plugfest/host';
import { seededRandom } from '@plugfest/model';
import { UserAgent } from '@plugfest/sip-node';
import { expect, test } from 'vitest';
import { ScriptedPeer } from '../scripted-peer-fixture.ts';
import { startBridge } from '../start-bridge.ts';

function watcher(): Promise<UserAgent> {
  return UserAgent.open({
    clock: hostClock,
    random: seededRandom(7),
    listen: [{ transport: 'udp', host: '127.0.0.1', port: 0 }],
    aor: 'sip:watcher@test.example',
    userAgentHeader: 'watcher',
  });
}

const headOf = (xml: string): string => /state="(?:full|partial)" version="\d+"/.exec(xml)?.[0] ?? xml;

test('who is there, who comes, who is muted, who leaves, and the end of the room', async () => {
  await using bridge = await startBridge();
  await using anna = await ScriptedPeer.call({ name: 'Anna', target: bridge.addresses.udp });
  await using agent = await watcher();
  const subscription = await agent.subscribe(`sip:meeting@${bridge.addresses.udp}`, {
    event: 'conference',
    expiresS: 600,
  });
  const told: string[] = [];
  subscription.onNotify = ({ body }) => void told.push(Buffer.from(body).toString());
  await expect.poll(() => told.length).toBe(1);
  expect(headOf(told[0] ?? '')).toBe('state="full" version="1"');
  expect(told[0]).toMatch(/<user-count>1<.*entity="sip:anna@test.example" state="full"><display-text>Anna</s);
  expect(anna.statusCode).toBe(200);

  const ben = await ScriptedPeer.call({ name: 'Ben', target: bridge.addresses.udp });
  await expect.poll(() => told.length).toBe(2);
  expect(headOf(told[1] ?? '')).toBe('state="partial" version="2"');
  expect(told[1]).toContain('entity="sip:ben@test.example" state="full"');
  expect(told[1]).not.toContain('sip:anna@');

  const participants = await fetch(`${bridge.controlUrl}/conferences/meeting/participants`);
  const [{ id } = { id: '' }] = (await participants.json()) as { id: string }[];
  await fetch(`${bridge.controlUrl}/participants/${id}/mute`, { method: 'POST' });
  await expect.poll(() => told.length).toBe(3);
  expect(told[2]).toMatch(/sip:anna@.*<type>audio<\/type><status>sendonly</s);

  await ben[Symbol.asyncDispose]();
  await expect.poll(() => told.length).toBe(4);
  expect(headOf(told[3] ?? '')).toBe('state="partial" version="4"');
  expect(told[3]).toContain('<user entity="sip:ben@test.example" state="deleted"/>');

  await fetch(`${bridge.controlUrl}/conferences/meeting`, { method: 'DELETE' });
  expect((await subscription.terminated).reason).toBe('noresource');
});

test('a room that is not there, and a locked one to a stranger', async () => {
  await using bridge = await startBridge();
  await using agent = await watcher();
  const statusAt = async (room: string): Promise<number> => {
    const options = { event: 'conference', expiresS: 600 };
    const { answered } = await agent.subscribe(`sip:${room}@${bridge.addresses.udp}`, options);
    return (await answered).statusCode;
  };
  expect(await statusAt('nowhere')).toBe(404);
  await fetch(`${bridge.controlUrl}/conferences`, {
    method: 'POST',
    body: JSON.stringify({ id: 'board', access: 'locked' }),
  });
  expect(await statusAt('board')).toBe(403);
});
