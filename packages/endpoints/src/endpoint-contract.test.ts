import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BridgeProcess } from '@plugfest/bridge';
import { CertificateAuthority, type FederationPolicy, HopNames, openFederation } from '@plugfest/federation';
import { cacheDirectory, hostClock } from '@plugfest/host';
import { ParticipantSource } from '@plugfest/media';
import { type ParticipantPlan, seededRandom } from '@plugfest/model';
import { MediaWire } from '@plugfest/wire';
import { afterAll, beforeAll } from 'vitest';
import { type ContractStage, describeEndpointContract } from './endpoint-contract.ts';
import { ENDPOINTS, type JoinTarget } from './index.ts';

const DOMAIN = 'conference.corp.example';
/** Small: what is tried here is the call, not the picture. */
const VIDEO = { width: 320, height: 180, frameRate: 15 };
const POLICY: FederationPolicy = {
  domainProvisioned: true,
  providerEnabled: true,
  publicAccessUsers: [],
  privacy: {},
  contacts: {},
  privacyStatusCode: 480,
  skypePath: 'trusted-application',
};
const PARTICIPANTS: readonly Pick<ParticipantPlan, 'id' | 'kind' | 'profile' | 'clientVersion'>[] = [
  { id: 'peer', kind: 'federated', profile: 'lync-2013-desktop', clientVersion: '15.0.4569.1503' },
  { id: 'client', kind: 'federated', profile: 'lync-2013-desktop', clientVersion: '15.0.4569.1503' },
  { id: 'room', kind: 'sip-room', profile: 'generic-sip-room' },
  { id: 'wrtc', kind: 'webrtc-node', profile: 'wrtc' },
  { id: 'chromium', kind: 'browser', profile: 'chromium' },
  { id: 'firefox', kind: 'firefox', profile: 'firefox' },
  { id: 'gstreamer', kind: 'gstreamer', profile: 'webrtcbin' },
  { id: 'baresip', kind: 'baresip', profile: 'baresip' },
];
const [PEER, ...TRIED] = PARTICIPANTS.map(
  (row, number): ParticipantPlan => ({
    ...row,
    number,
    name: row.id,
    uri: `sip:${row.id}@corp.example`,
    simulated: false,
    look: 0,
    video: VIDEO,
  }),
) as [ParticipantPlan, ...ParticipantPlan[]];

const resources = new AsyncDisposableStack();
let stage: ContractStage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => resources.disposeAsync());

for (const plan of TRIED) await describeEndpointContract(plan, ENDPOINTS[plan.kind], () => stage);

async function openStage(): Promise<ContractStage> {
  const directory = mkdtempSync(join(tmpdir(), 'plugfest-contract-'));
  resources.defer(() => rmSync(directory, { recursive: true, force: true }));
  const temporary = join(directory, 'tmp');
  mkdirSync(temporary);
  const authority = await CertificateAuthority.create();
  const bridge = resources.use(
    await BridgeProcess.start({
      domain: DOMAIN,
      tls: { ...(await authority.issue([DOMAIN])), ca: authority.certificate },
      conference: { layout: 'equal-2x2', width: 320, height: 180, frameRate: 15 },
    }),
  );
  const source = await ParticipantSource.prepare({ participant: PEER, cacheDir: cacheDirectory() });
  const outboundProxy = await openFrontEnd(bridge, authority);
  const targetOf = (conference: string): JoinTarget => ({
    conferenceUri: `sip:${conference}@${DOMAIN}`,
    bridge: bridge.addresses,
    caPem: authority.certificate,
    ...(outboundProxy === undefined ? {} : { outboundProxy }),
  });
  await joinPeer(source, targetOf('meeting'), directory);
  await fill(bridge.controlUrl);
  // From here on: what stands before the trials may have its files where it likes.
  process.env.TMPDIR = temporary;
  return {
    source,
    directory,
    temporary,
    target: targetOf('meeting'),
    refusing: targetOf('one-too-many'),
    roster: () => rosterOf(bridge.controlUrl),
    processes: () => processesOwnedLike(bridge.pid),
  };
}

async function openFrontEnd(bridge: BridgeProcess, authority: CertificateAuthority): Promise<string | undefined> {
  const federation = resources.use(
    await openFederation({
      clock: hostClock,
      random: seededRandom(1),
      authority,
      policy: POLICY,
      owner: `anna@corp.example`,
      domains: ['corp.example'],
      conferenceDomain: DOMAIN,
      bridgeTls: bridge.addresses.tls ?? '',
      names: new HopNames((address) => address),
      onSip: () => {},
      onDecision: () => {},
    }),
  );
  return federation.frontEndOf('corp.example');
}

/** Somebody to be seen and heard by everyone who is tried. */
async function joinPeer(source: ParticipantSource, target: JoinTarget, directory: string): Promise<void> {
  const wire = resources.use(
    await MediaWire.open({ participant: PEER.id, clock: hostClock, random: seededRandom(2), mLines: 2 }),
  );
  const peer = await ENDPOINTS[PEER.kind]({
    clock: hostClock,
    random: seededRandom(3),
    plan: PEER,
    source,
    captureFile: join(directory, 'peer.mkv'),
    workDir: directory,
    sabotage: [],
    openWire: async () => wire,
    emit: () => {},
    signal: new AbortController().signal,
  });
  resources.use(peer);
  const outcome = await peer.join(target);
  if (!outcome.joined) throw new Error(`the peer was refused: ${outcome.refusal.statusCode}`);
  await peer.mediaReady;
}

/** Makes conferences until the bridge has no room for another. */
async function fill(controlUrl: string): Promise<void> {
  for (let number = 1; ; number++) {
    const response = await fetch(new URL('/conferences', controlUrl), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ id: `full-${number}` }),
    });
    if (response.status === 503) return;
    if (!response.ok) throw new Error(`POST /conferences: ${response.status} ${await response.text()}`);
  }
}

async function rosterOf(controlUrl: string): Promise<string[]> {
  const response = await fetch(new URL('/conferences/meeting/participants', controlUrl));
  return ((await response.json()) as { uri: string }[]).map(({ uri }) => uri);
}

/** Processes with the same mark of ownership as that one, and all in their sessions, for Chromium's children overwrite their environment; none where there is no /proc. */
function processesOwnedLike(pid: number): number[] {
  const owner = markOf(pid);
  if (owner === undefined) return [];
  const all = readdirSync('/proc').map(Number).filter(Boolean);
  const marked = new Set(all.filter((other) => markOf(other) === owner));
  return all.filter((other) => marked.has(other) || marked.has(sessionOf(other)));
}

function markOf(pid: number): string | undefined {
  return /PLUGFEST_OWNER=([^\0]+)/.exec(told(pid, 'environ'))?.[1];
}

/** @see proc_pid_stat(5), field 6; the name in field 2 may contain anything */
function sessionOf(pid: number): number {
  return Number(
    told(pid, 'stat')
      .replace(/^.*\) /s, '')
      .split(' ')[3],
  );
}

/** Empty for a process that has gone meanwhile. */
function told(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}
