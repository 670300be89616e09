import { createSocket } from 'node:dgram';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BridgeProcess } from '@plugfest/bridge';
import { JanusSession } from '@plugfest/endpoints';
import { CertificateAuthority, HopNames } from '@plugfest/federation';
import { findTool, hostClock } from '@plugfest/host';
import type { Plan } from '@plugfest/model';
import { parseMessage } from '@plugfest/sip';
import { PacketRecorder } from '@plugfest/wire';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventLog } from '../event-log.ts';
import { goodTrace } from '../judge/trace-fixture.ts';
import { SipTrace } from '../run/sip-trace.ts';
import { unmetNeeds, unsupportedNeeds } from './bridge-needs.ts';
import { BRIDGE_ABILITIES, type BridgeAbility, type ConferenceBridge, Unsupported } from './conference-bridge.ts';
import { JANUS } from './janus/janus-config.ts';
import { openBridge } from './open-bridge.ts';
import { parseConferenceAddress, SipUriBridge } from './sip-uri-bridge.ts';

const HOST = 'conference.corp.example';
const janus = await findTool('janus');
if (!janus.found) console.warn(`Janus is not tested: ${janus.reason}; mend it with: ${janus.fix}`);

/** What is asked of a bridge for each ability that has a method. */
const METHODS: Partial<Record<BridgeAbility, (bridge: ConferenceBridge) => Promise<unknown>>> = {
  views: (bridge) => bridge.tellsViews(),
  layouts: (bridge) => bridge.switchLayout('single'),
  sabotage: (bridge) => bridge.sabotage({ participant: 'nobody', kind: 'one-way' }),
  removal: (bridge) => bridge.remove('nobody'),
  'dial-out': (bridge) => bridge.dialOut('sip:nobody@127.0.0.1:9'),
};

const resources = new AsyncDisposableStack();
/** Somebody else's bridge, `host:port`. */
let foreign: string;

beforeAll(async () => {
  foreign = resources.use(await BridgeProcess.start({ domain: HOST })).addresses.udp;
});
afterAll(() => resources.disposeAsync());

describe.each([
  { adapter: 'reference', address: () => undefined, abilities: Object.keys(BRIDGE_ABILITIES), stays: false },
  { adapter: 'sip-uri', address: () => `sip:meeting@${foreign}`, abilities: [], stays: true },
  ...(janus.found ? [{ adapter: 'janus', address: () => JANUS, abilities: ['views'], stays: false }] : []),
])('the contract of the bridge adapter $adapter', ({ adapter, address, abilities, stays }) => {
  const own = new AsyncDisposableStack();
  let bridge: ConferenceBridge;

  beforeAll(async () => {
    const directory = mkdtempSync(join(tmpdir(), 'plugfest-bridges-'));
    own.defer(() => rmSync(directory, { recursive: true, force: true }));
    const log = own.adopt(new EventLog(join(directory, 'events.jsonl'), hostClock), (open) => open.close());
    const recorder = own.use(await PacketRecorder.open(join(directory, 'run.pcapng'), { clock: hostClock }));
    const plan = planFor(address());
    const names = new HopNames((name) => name);
    const trace = new SipTrace(plan, log, recorder);
    bridge = own.use(
      await openBridge(plan, HOST, await CertificateAuthority.create(), { log, trace, names }, directory),
    );
  });
  afterAll(() => own.disposeAsync());

  it('says who it is, what it can do and where it is called', async () => {
    expect(bridge.adapter).toBe(adapter);
    expect([...bridge.abilities].sort()).toEqual([...abilities].sort());
    expect(await isThere(bridge.addresses)).toBe(true);
  });

  it.each(Object.entries(METHODS))('does %s, or refuses it as unsupported', async (ability, ask) => {
    const outcome = await ask(bridge).then(
      () => 'done',
      (fault: unknown) => (fault instanceof Unsupported ? 'unsupported' : 'tried'),
    );
    if (bridge.abilities.has(ability as BridgeAbility)) expect(outcome).not.toBe('unsupported');
    else expect(outcome).toBe('unsupported');
  });

  it(stays ? 'leaves the bridge as it is' : 'takes its bridge with it', async () => {
    await bridge[Symbol.asyncDispose]();
    expect(await isThere(bridge.addresses)).toBe(stays);
  });
});

describe('what a plan needs of a bridge', () => {
  const foreigner = (address: string): SipUriBridge => {
    const parsed = parseConferenceAddress(address);
    if (!parsed.ok) throw new Error(parsed.error);
    return new SipUriBridge(parsed.value);
  };
  const planOf = (kind: Plan['participants'][number]['kind'], ...rules: string[]): Plan => {
    const { plan } = goodTrace();
    const expectations = rules.map((rule) => ({ rule, level: 'must' as const }));
    return { ...plan, participants: plan.participants.map((one) => ({ ...one, kind })), expectations };
  };

  it('is nothing where rooms call, and are judged by what they saw and heard', () => {
    expect(unmetNeeds(planOf('sip-room', 'sees', 'hears'), foreigner('sip:a@127.0.0.1'))).toEqual([]);
  });

  it.each([
    ['sip:a@127.0.0.1', planOf('sip-room', 'right-tile'), /whom it shows to whom/],
    ['sip:a@127.0.0.1', planOf('sip-room', 'peer-is-answered'), /SIP messages/],
    ['sip:a@127.0.0.1', planOf('browser'), /calls over ws/],
    ['sip:a@127.0.0.1;transport=tcp', planOf('sip-room'), /calls over udp/],
    [
      'sip:a@127.0.0.1',
      { ...planOf('sip-room'), sabotage: [{ participant: 'room', kind: 'wrong-tile' as const }] },
      /on purpose/,
    ],
    ['sip:a@127.0.0.1', { ...planOf('sip-room'), federation: {} }, /certificate/],
  ])('%s: is named where it cannot be had', (address, plan, text) => {
    expect(unmetNeeds(plan, foreigner(address)).join('\n')).toMatch(text);
  });

  it('is, of Janus, that pages call it', () => {
    const planOfJanus = (kind: Plan['participants'][number]['kind'], ...rules: string[]): Plan => {
      const { conference } = planFor(JANUS);
      return { ...planOf(kind, ...rules), conference };
    };
    expect(unsupportedNeeds(planOfJanus('browser', 'sees', 'right-tile'))).toEqual([]);
    expect(unsupportedNeeds(planOfJanus('sip-room')).join()).toMatch(/calls over udp; “janus” is not called so/);
    expect(unsupportedNeeds(planOfJanus('webrtc-node')).join()).toMatch(/calls over ws/);
    expect(unsupportedNeeds(planOfJanus('browser', 'peer-is-answered')).join()).toMatch(/SIP messages/);
  });

  it('is never unmet by our own bridge', () => {
    expect(unsupportedNeeds(goodTrace().plan)).toEqual([]);
    expect(unsupportedNeeds(planFor('sip:a@127.0.0.1'))).not.toEqual([]);
  });
});

describe('the address of a conference', () => {
  it.each([
    ['sip:room@127.0.0.1', { udp: '127.0.0.1:5060' }],
    ['sip:room@127.0.0.1:5070;transport=TCP', { tcp: '127.0.0.1:5070' }],
    ['sip:room@127.0.0.1;transport=tls', { tls: '127.0.0.1:5061' }],
    ['sip:room@127.0.0.2:8080;transport=ws', { ws: 'ws://127.0.0.2:8080' }],
  ])('%s is where it says', (text, addresses) => {
    expect(parseConferenceAddress(text)).toMatchObject({ ok: true, value: { addresses } });
  });

  it.each([
    '',
    'room',
    'sip:127.0.0.1',
    'sip:room@192.0.2.1',
    'sip:room@conference.example',
    'sip:a@127.0.0.1;transport=sctp',
  ])('“%s” is none', (text) => {
    expect(parseConferenceAddress(text).ok).toBe(false);
  });
});

function planFor(address: string | undefined): Plan {
  const { plan } = goodTrace();
  if (address === undefined) return plan;
  const adapter = address === JANUS ? JANUS : 'sip-uri';
  return { ...plan, conference: { ...plan.conference, bridge: { adapter, address } } };
}

/** Whether it takes calls: by SIP, or by Janus's API. */
async function isThere({ udp, janus }: ConferenceBridge['addresses']): Promise<boolean> {
  if (janus === undefined) return (await answerOf(udp ?? '')) === 200;
  const session = await JanusSession.open(janus.url, () => {}).catch(() => undefined);
  session?.close();
  return session !== undefined;
}

/** The status with which OPTIONS is answered there; undefined where nobody is. */
async function answerOf(address: string): Promise<number | undefined> {
  const [host = '', port = ''] = address.split(':');
  const socket = createSocket('udp4');
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  socket.on('message', (bytes) => {
    const parsed = parseMessage(bytes);
    resolve(parsed.ok && parsed.value.kind === 'response' ? parsed.value.statusCode : undefined);
  });
  // Connected, so that the system tells when nobody listens.
  socket.on('error', () => resolve(undefined));
  await new Promise<void>((connected) => socket.connect(Number(port), host, connected));
  const { port: own } = socket.address();
  socket.send(
    [
      `OPTIONS sip:meeting@${HOST} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${own};branch=z9hG4bK${own}x${port};rport`,
      'Max-Forwards: 70',
      `From: <sip:test@${HOST}>;tag=${own}`,
      `To: <sip:meeting@${HOST}>`,
      `Call-ID: ${own}-${port}`,
      'CSeq: 1 OPTIONS',
      'Content-Length: 0',
      '',
      '',
    ].join('\r\n'),
  );
  try {
    return await promise;
  } finally {
    socket.close();
  }
}
