import { mkdirSync } from 'node:fs';
import { ENDPOINTS, type Endpoint, type JoinTarget } from '@plugfest/endpoints';
import {
  CertificateAuthority,
  type Federation,
  type FederationPolicy,
  HopNames,
  openFederation,
} from '@plugfest/federation';
import { cacheDirectory } from '@plugfest/host';
import { ParticipantSource } from '@plugfest/media';
import type { Network, ParticipantPlan, Plan, Sabotage, StreamImpairment } from '@plugfest/model';
import { MediaWire, PacketRecorder, type StreamRelay } from '@plugfest/wire';
import type { ConferenceBridge } from '../bridges/conference-bridge.ts';
import { openBridge } from '../bridges/open-bridge.ts';
import type { LyncActor, PeerActor, ScenarioDefinition, ViewSwitch } from '../definition.ts';
import type { EventLog } from '../event-log.ts';
import type { RunDirectory } from '../run-directory.ts';
import { SABOTAGES } from '../sabotage.ts';
import type { AskingContext } from './ask-everything.ts';
import { byeIsAnswered, reached } from './barrier.ts';
import type { ConversationContext } from './conversation.ts';
import { openFront } from './front.ts';
import { type LyncSurroundings, openLync } from './lync-actor.ts';
import { keepMediaKeys, MEDIA_KEYS } from './media-keys.ts';
import { ParticipantActor } from './participant-actor.ts';
import { openPeers } from './peer-actors.ts';
import type { RunContext } from './run-context.ts';
import { throughRelays } from './signalling-wire.ts';
import { SipTrace } from './sip-trace.ts';
import { addressOf, viewFits } from './view-watch.ts';

/** All that stands before the story begins: bridge, federation, endpoints. */
export interface OpenSet {
  readonly actors: readonly ParticipantActor[];
  readonly bridge: ConferenceBridge;
  readonly peers: Readonly<Record<string, PeerActor>>;
  readonly conversation: ConversationContext;
  readonly asking: AskingContext;
  readonly lync: LyncActor | undefined;
  recordWireStatistics(): void;
}

/** @throws where a part cannot be opened; what was opened is owned by `resources`. */
export async function openSet(
  definition: ScenarioDefinition,
  plan: Plan,
  directory: RunDirectory,
  context: RunContext,
  log: EventLog,
  resources: AsyncDisposableStack,
): Promise<OpenSet> {
  const { clock, random } = context;
  const recorder = resources.use(
    await PacketRecorder.open(directory.file('captures/run.pcapng'), {
      clock,
      secretsFile: directory.file('captures/secrets.json'),
    }),
  );
  const trace = new SipTrace(plan, log, recorder);
  const authority = await CertificateAuthority.create();
  const host = conferenceHost(plan);
  const wires = new Map<string, MediaWire>();
  const mediaKeysFile = directory.file(MEDIA_KEYS);
  resources.defer(() => keepMediaKeys(mediaKeysFile, recorder, wires));
  const openWire = async (participant: ParticipantPlan, mLines: number, host?: string): Promise<MediaWire> => {
    const wire = await MediaWire.open({
      participant: participant.id,
      clock,
      random: random.fork(`wire:${participant.id}`),
      recorder,
      mLines,
      network: networkOf(plan.sabotage, participant),
      ...(host === undefined ? {} : { host }),
    });
    resources.use(wire);
    wires.set(participant.id, wire);
    return wire;
  };
  const names = new HopNames(
    (address) => plan.participants.find(({ uri }) => addressOf(uri) === address)?.id ?? address,
  );
  const [bridge, ...endpoints] = await owned(resources, [
    openBridge(plan, host, authority, { log, trace, names }, directory.file('work'), mediaKeysFile),
    ...plan.participants.map((participant) => openEndpoint(plan, participant, directory, context, log, openWire)),
  ]);
  const password = random.fork('passwords').token(12);
  const phones = { password, people: phonesOf(plan) };
  const federation = await openFederationOf(plan, bridge.addresses.tls, authority, context, trace, log, names, phones);
  if (federation) resources.use(federation);
  const called = { bridge: bridge.addresses, authority, directory, names, log, clock };
  const front = await openFront(plan, called, resources);
  const streams = new Map<string, readonly StreamRelay[]>();
  const targets = await Promise.all(
    plan.participants.map(async (participant) => {
      const direct = targetOf(plan, participant, front, authority, federation, password);
      const { target, relays } = await throughRelays(direct, participant, clock, resources);
      streams.set(participant.id, relays);
      return target;
    }),
  );
  const surroundings = {
    remove: async (participant: string): Promise<void> => {
      await bridge.remove(participant);
      await reached(log, `${participant} answers the BYE`, byeIsAnswered(participant), context.signal);
    },
    switchView: viewSwitcher(bridge, context, log),
    wait: (seconds: number): Promise<void> => new Promise((resolve) => clock.schedule(seconds * 1000, resolve)),
    setSignalling: (participant: string, impairment: StreamImpairment): void => {
      for (const relay of streams.get(participant) ?? []) relay.set(impairment);
    },
    wireOf: (participant: string): MediaWire | undefined => wires.get(participant),
  };
  const actors = plan.participants.map((participant, index) => {
    const callOut = (uri: string): Promise<void> => bridge.dialOut(uri);
    const target = { ...(targets[index] as JoinTarget), callOut };
    return new ParticipantActor(participant, endpoints[index] as Endpoint, target, log, surroundings);
  });
  const target = { conferenceUri: plan.conference.uri, bridge: front, caPem: authority.certificate };
  const peers = await openPeers(plan, { target, bridge, directory, log, clock, signal: context.signal }, resources);
  const conversation = { clock, random, signal: context.signal, log, target, bridge };
  const asking = { clock, random, authority, log, trace };
  const about: LyncSurroundings = { ...asking, signal: context.signal, directory };
  const lync = definition.lync && (await openLync(definition.lync, about, resources));
  return {
    actors,
    bridge,
    peers,
    conversation,
    asking,
    lync,
    recordWireStatistics: () => recordWireStatistics(wires, streams, log),
  };
}

/** Waits for all, so that what did open is owned when another did not. @throws the first fault */
async function owned<T extends readonly AsyncDisposable[]>(
  resources: AsyncDisposableStack,
  opening: { readonly [K in keyof T]: Promise<T[K]> },
): Promise<T> {
  const results = await Promise.allSettled(opening);
  for (const result of results) if (result.status === 'fulfilled') resources.use(result.value);
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  }) as unknown as T;
}

async function openEndpoint(
  plan: Plan,
  participant: ParticipantPlan,
  directory: RunDirectory,
  { clock, random, signal }: RunContext,
  log: EventLog,
  openWire: (participant: ParticipantPlan, mLines: number, host?: string) => Promise<MediaWire>,
): Promise<Endpoint> {
  const workDir = directory.file(`work/${participant.id}`);
  mkdirSync(workDir, { recursive: true });
  return ENDPOINTS[participant.kind]({
    clock,
    random: random.fork(`endpoint:${participant.id}`),
    plan: participant,
    source: await ParticipantSource.prepare({ participant, cacheDir: cacheDirectory() }),
    captureFile: directory.file(`captures/${participant.id}.mkv`),
    workDir,
    sabotage: plan.sabotage.filter(
      ({ participant: of, kind }) => of === participant.id && ['source', 'endpoint'].includes(SABOTAGES[kind].by),
    ),
    openWire: (mLines, host) => openWire(participant, mLines, host),
    scenario: plan.scenario.id,
    emit: (type, data) => log.emit(type, participant.id, data),
    signal,
  });
}

/** Asks for another view and waits until the bridge says that it shows it; that it does not is an outcome for the judge. */
function viewSwitcher(bridge: ConferenceBridge, { signal }: RunContext, log: EventLog) {
  return async (participant: string, wish: ViewSwitch): Promise<void> => {
    log.emit('view.asked', participant, { ...wish });
    await bridge.switchView(participant, wish);
    await reached(log, `${participant} is shown ${JSON.stringify(wish)}`, viewFits(participant, wish), signal);
  };
}

function conferenceHost(plan: Plan): string {
  return plan.conference.uri.split('@')[1] ?? 'localhost';
}

function targetOf(
  plan: Plan,
  participant: ParticipantPlan,
  bridge: JoinTarget['bridge'],
  authority: CertificateAuthority,
  federation: Federation | undefined,
  password: string,
): JoinTarget {
  const domain = participant.uri.split('@')[1] ?? '';
  // Without a federation, the proxy before the bridge is the front end of all.
  const frontEnd = federation ? federation.frontEndOf(domain) : plan.conference.proxy && bridge.tls;
  const outboundProxy = participant.kind === 'federated' ? frontEnd : undefined;
  const web = participant.kind === 'federated' ? federation?.webOf(domain) : undefined;
  return {
    conferenceUri: plan.conference.uri,
    bridge,
    caPem: authority.certificate,
    ...(outboundProxy === undefined ? {} : { outboundProxy }),
    ...(web ? { web: { ...web, password } } : {}),
  };
}

/** Who may sign in over HTTPS: whether a client does so is its profile's to say. */
function phonesOf({ participants }: Plan): { readonly address: string; readonly displayName: string }[] {
  const federated = participants.filter(({ kind }) => kind === 'federated');
  return federated.map(({ uri, name }) => ({ address: addressOf(uri), displayName: name }));
}

async function openFederationOf(
  plan: Plan,
  bridgeTls: string | undefined,
  authority: CertificateAuthority,
  { clock, random }: RunContext,
  trace: SipTrace,
  log: EventLog,
  names: HopNames,
  phones: { readonly password: string; readonly people: ReturnType<typeof phonesOf> },
): Promise<Federation | undefined> {
  if (!plan.federation) return undefined;
  if (bridgeTls === undefined) throw new Error('federation needs a bridge that listens on TLS');
  return openFederation({
    clock,
    random: random.fork('federation'),
    authority,
    policy: plan.federation as unknown as FederationPolicy,
    owner: String(plan.federation.owner),
    domains: [
      ...new Set(
        plan.participants.filter(({ kind }) => kind === 'federated').map(({ uri }) => uri.split('@')[1] ?? ''),
      ),
    ],
    phones: phones.people.map((person) => ({ ...person, password: phones.password })),
    conferenceDomain: conferenceHost(plan),
    bridgeTls,
    names,
    onSip: (message) => trace.record(message),
    onDecision: (decision) => log.emit('policy.decision', undefined, { ...decision }),
    onExchange: (exchange) => log.emit('ucwa.exchange', undefined, { ...exchange }),
  });
}

/** The sabotage `loss` comes on top of what the participant's own network does. */
function networkOf(sabotage: readonly Sabotage[], { id, network = {} }: ParticipantPlan): Network {
  const loss = sabotage.find((row) => row.participant === id && row.kind === 'loss');
  if (!loss) return network;
  const lossRatio = loss.amount ?? 0;
  return { ...network, sent: { ...network.sent, lossRatio }, received: { ...network.received, lossRatio } };
}

function recordWireStatistics(
  wires: ReadonlyMap<string, MediaWire>,
  streams: ReadonlyMap<string, readonly StreamRelay[]>,
  log: EventLog,
): void {
  for (const [participant, relays] of streams)
    for (const relay of relays)
      if (relay.counts.connections > 0) log.emit('signalling.stats', participant, { ...relay.counts });
  for (const [participant, wire] of wires) {
    const statistics = wire.stats();
    log.emit('wire.stats', participant, { sent: { ...statistics.sent }, received: { ...statistics.received } });
  }
}
