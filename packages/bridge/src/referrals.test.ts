import { findTool } from '@plugfest/host';
import type { SipHeader, SipRequest } from '@plugfest/sip';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { BridgeEvent } from './bridge-events.ts';
import { referralTarget } from './referral-policy.ts';
import { ScriptedPeer } from './scripted-peer-fixture.ts';
import { SippCallee } from './sipp-callee-fixture.ts';
import { type RunningBridge, startBridge } from './start-bridge.ts';

let bridge: RunningBridge;
let events: BridgeEvent[];

async function open(options: Parameters<typeof startBridge>[0] = {}): Promise<void> {
  bridge = await startBridge({ conference: { layout: 'single', frameRate: 10 }, ...options });
  const opened = bridge;
  onTestFinished(() => opened[Symbol.asyncDispose]());
  events = [];
  bridge.events.subscribe((event) => events.push(event), 0);
}

beforeEach(() => open());

interface Caller {
  readonly peer: ScriptedPeer;
  readonly statusCode: number;
  /** What NOTIFYs told, last line first to last. */
  readonly told: string[];
}

async function dial(name: string, room: string, headers: readonly SipHeader[] = []): Promise<Caller> {
  const { peer, statusCode } = await ScriptedPeer.call({ name, target: bridge.addresses.udp, room, headers });
  onTestFinished(() => peer[Symbol.asyncDispose]());
  const told: string[] = [];
  peer.call.onRequest = (request: SipRequest) => {
    if (request.method === 'NOTIFY') told.push(Buffer.from(request.body).toString().trim());
    return { statusCode: 200 };
  };
  return { peer, statusCode, told };
}

async function refer({ peer }: Caller, uri: string, ...headers: SipHeader[]): Promise<number> {
  const referTo = { name: 'Refer-To', value: `<${uri}>` };
  return (await peer.call.sendRequest('REFER', { headers: [referTo, ...headers] })).statusCode;
}

const isIn = (name: string, room: string) => (): boolean =>
  events
    .filter(({ type, data }) => type.startsWith('participant.') && data.conference === room)
    .map(({ type, data }) => [type, (data.participant as { displayName?: string })?.displayName])
    .findLast(([, who]) => who === name)?.[0] === 'participant.joined';

describe('REFER from a participant', () => {
  test('to another room moves it there', async () => {
    const anna = await dial('Anna', 'here');
    await expect.poll(isIn('Anna', 'here')).toBe(true);
    expect(await refer(anna, 'sip:there@bridge.example')).toBe(202);
    await expect.poll(isIn('Anna', 'there')).toBe(true);
    await expect.poll(() => anna.told).toEqual(['SIP/2.0 100 Trying', 'SIP/2.0 200 OK']);
    expect(isIn('Anna', 'here')()).toBe(false);
  });

  test('to a room with a PIN brings it to the door, to a locked one nowhere', async () => {
    for (const [id, settings] of [
      ['board', { hostPin: '1234' }],
      ['closed', { access: 'locked' }],
    ] as const)
      await fetch(`${bridge.controlUrl}/conferences`, { method: 'POST', body: JSON.stringify({ id, ...settings }) });
    const anna = await dial('Anna', 'here');
    await expect.poll(isIn('Anna', 'here')).toBe(true);
    expect(await refer(anna, `sip:closed@${bridge.addresses.udp}`)).toBe(202);
    await expect.poll(() => anna.told.at(-1)).toBe('SIP/2.0 486 Busy Here');
    expect(isIn('Anna', 'here')()).toBe(true);
    await refer(anna, `sip:board@${bridge.addresses.udp}`);
    await expect.poll(() => events.some(({ type }) => type === 'visitor.waiting')).toBe(true);
    // Who stands at a door has no say.
    expect(await refer(anna, 'sip:here@bridge.example')).toBe(403);
    expect(isIn('Anna', 'board')()).toBe(false);
  });

  test.each([
    'sip:desk@127.0.0.1:9',
    'sip:desk@192.0.2.7',
    'sip:desk@evil.example',
    'sips:desk@localhost',
    'sip:desk@127.0.0.1:9;maddr=192.0.2.7',
    'http://127.0.0.1:8080/conferences',
    'file:///etc/passwd',
    'tel:+4930',
  ])('to %s is refused, and nobody is called', async (uri) => {
    const anna = await dial('Anna', 'here');
    await expect.poll(isIn('Anna', 'here')).toBe(true);
    expect(await refer(anna, uri)).toBe(403);
    expect(events.filter(({ type }) => type.startsWith('dial-out.'))).toEqual([]);
    const invites = events.filter(({ data }) => String(data.message).startsWith('INVITE') && data.direction === 'sent');
    expect(invites).toEqual([]);
  });

  test('to a host on the list calls it into the conference, and says on whose behalf', async (context) => {
    if (!(await findTool('sipp')).found) return context.skip('no sipp');
    await open({ referrals: { hosts: ['127.0.0.1'] } });
    await using callee = await SippCallee.open();
    const anna = await dial('Anna', 'here');
    await expect.poll(isIn('Anna', 'here')).toBe(true);
    expect(await refer(anna, callee.uri, { name: 'Referred-By', value: '<sip:anna@test.example>' })).toBe(202);
    await expect.poll(isIn('desk', 'here'), { timeout: 5000 }).toBe(true);
    await expect.poll(() => anna.told.at(-1)).toBe('SIP/2.0 200 OK');
    const invite = events
      .map(({ data }) => String(data.message))
      .find((message) => message.startsWith('INVITE sip:desk'));
    expect(invite).toContain('Referred-By: <sip:anna@test.example>');
    const [desk] = (
      (await (await fetch(`${bridge.controlUrl}/conferences/here/participants`)).json()) as {
        id: string;
        displayName: string;
      }[]
    ).filter(({ displayName }) => displayName === 'desk');
    await fetch(`${bridge.controlUrl}/participants/${desk?.id}/drop`, { method: 'POST' });
    expect(await callee.exitCode).toBe(0);
  });
});

test('Replaces: another phone takes the place of a call, past the door, and the old one is hung up', async () => {
  const body = JSON.stringify({ id: 'board', hostPin: '1234' });
  await fetch(`${bridge.controlUrl}/conferences`, { method: 'POST', body });
  const anna = await dial('Anna', 'board');
  await expect.poll(() => events.some(({ type }) => type === 'visitor.waiting')).toBe(true);
  for (const key of '1234#') await anna.peer.call.info('application/dtmf', Buffer.from(key));
  await expect.poll(isIn('Anna', 'board')).toBe(true);
  const { callId, dialog } = anna.peer.call;
  const value = `${callId};to-tag=${dialog?.remoteTag};from-tag=${dialog?.localTag}`;
  const mobile = await dial('Mobile', 'elsewhere', [
    { name: 'Replaces', value },
    { name: 'Require', value: 'replaces' },
  ]);
  expect(mobile.statusCode).toBe(200);
  await expect.poll(isIn('Mobile', 'board')).toBe(true);
  await expect.poll(isIn('Anna', 'board')).toBe(false);
  expect((await anna.peer.call.terminated).reason).toBe('remote-bye');
  const forged = [{ name: 'Replaces', value: `${mobile.peer.call.callId};to-tag=x;from-tag=y` }];
  expect((await dial('Mallory', 'board', forged)).statusCode).toBe(481);
});

test('the bridge knows itself by its domain and its listeners only', () => {
  const own = { domain: 'bridge.example', addresses: ['127.0.0.1:5070', '[::1]:5070'] };
  const kind = (uri: string): string => referralTarget(uri, own, []).kind;
  expect(
    ['sip:r@bridge.example', 'sip:r@BRIDGE.example:5090', 'sip:r@127.0.0.1:5070', 'sip:r@[::1]:5070'].map(kind),
  ).toEqual(['room', 'room', 'room', 'room']);
  expect(
    ['sip:bridge.example', 'sip:r@127.0.0.1', 'sip:r@x.bridge.example', 'mailto:r@bridge.example'].map(kind),
  ).toEqual(['forbidden', 'forbidden', 'forbidden', 'forbidden']);
});
