import { PEER_TABLE } from '@plugfest/endpoints';
import { type Network, networkSchema, type Plan, type Random, type Sabotage } from '@plugfest/model';
import { NETWORK_PROFILES, networkProfile } from '@plugfest/wire';
import { JANUS } from './bridges/janus/janus-config.ts';
import { parseConferenceAddress } from './bridges/sip-uri-bridge.ts';
import type { ParticipantSpec, ScenarioDefinition } from './definition.ts';
import { parseSabotage } from './sabotage.ts';

/** Where a scenario came from and how it is to be run this time. */
export interface ExpandOptions {
  readonly runId: string;
  readonly scenarioId: string;
  readonly file: string;
  readonly seed: number;
  readonly random: Random;
  readonly createdAt: string;
  readonly command: string;
  readonly sabotage: readonly Sabotage[];
  /** By participant, instead of what the scenario says. */
  readonly networks?: Readonly<Record<string, Network>>;
  /** Where it is not our bridge's conference: `sip:room@host:port;transport=udp`, or `janus`. */
  readonly bridge?: string;
  /** Of a matrix: which of its rows this is. */
  readonly row?: Readonly<Record<string, string>>;
  /** Leave whole what a negative twin breaks. */
  readonly satisfied: boolean;
  readonly environment: Readonly<Record<string, string>>;
}

export const CONFERENCE_URI = 'sip:meeting@conference.corp.example';

/** Pictures that participants send. */
const SOURCE_VIDEO = { width: 640, height: 360, frameRate: 15 } as const;

/** The scenario as it will run: participants numbered, with their looks; what is broken, broken. */
export function expand(definition: ScenarioDefinition, options: ExpandOptions): Plan {
  refusePasswords(definition);
  const breaks = options.satisfied ? undefined : definition.twin?.breaks;
  const specs = Object.entries(definition.participants).map(([id, spec]): [string, ParticipantSpec] => [
    id,
    { ...spec, ...breaks?.participants?.[id] },
  ]);
  const { proxy, layout = 'equal-2x2', width = 640, height = 360, frameRate = 15 } = definition.conference ?? {};
  return {
    version: 1,
    runId: options.runId,
    scenario: {
      id: options.scenarioId,
      title: definition.title,
      file: options.file,
      story: definition.story ?? '',
      ...(options.row ? { row: { ...options.row } } : {}),
    },
    seed: options.seed,
    createdAt: options.createdAt,
    command: options.command,
    participants: specs.map(([id, spec], number) => ({
      id: kebab(id),
      number,
      name: spec.name,
      kind: spec.kind,
      profile: spec.profile,
      uri: spec.uri,
      ...(spec.clientVersion === undefined ? {} : { clientVersion: spec.clientVersion }),
      simulated: spec.simulated,
      look: spec.look ?? number,
      video: SOURCE_VIDEO,
      ...(spec.offers ? { offers: spec.offers } : {}),
      ...(spec.external === undefined ? {} : { external: spec.external }),
      ...networkOf(options.networks?.[kebab(id)] ?? spec.network),
      ...(spec.leavesOut ? { leavesOut: leftOutOf(spec.leavesOut) } : {}),
    })),
    ...(definition.lync && definition.lync.client !== 'phone' ? { tools: ['finch'] } : {}),
    peers: Object.entries(definition.peers ?? {}).map(([id, { profile }]) => ({
      id: kebab(id),
      name: PEER_TABLE[profile].title,
      profile,
      exchanges: [...PEER_TABLE[profile].exchanges],
    })),
    conference: {
      ...calledOf(options.bridge ?? definition.conference?.bridge),
      ...(proxy ? { proxy } : {}),
      layout,
      width,
      height,
      frameRate,
    },
    mediaMs: 0,
    expectations: definition.expects.map(({ participants, ...rest }) => ({
      ...rest,
      ...(participants ? { participants: participants.map(kebab) } : {}),
    })),
    variant: options.satisfied ? 'satisfied' : 'as-written',
    sabotage: sabotageOf(definition, options),
    ...(definition.federation
      ? { federation: { ...definition.federation, ...breaks?.federation, owner: definition.conference?.owner ?? '' } }
      : {}),
    environment: { ...options.environment },
  };
}

/** What the scenario itself breaks, and what is broken besides; each once. @throws RangeError */
function sabotageOf({ sabotage = [] }: ScenarioDefinition, options: ExpandOptions): Sabotage[] {
  const own = sabotage.map((text) => {
    const parsed = parseSabotage(text);
    if (!parsed.ok) throw new RangeError(parsed.error);
    return parsed.value;
  });
  return [...new Map([...own, ...options.sabotage].map((one) => [JSON.stringify(one), one])).values()];
}

function leftOutOf({ headers = [], sdpLines = [] }: NonNullable<ParticipantSpec['leavesOut']>) {
  return { headers: [...headers], sdpLines: [...sdpLines] };
}

/** An address stands in plan, report and bundle: one with a password would take it there. @throws RangeError */
function refusePasswords({ participants }: ScenarioDefinition): void {
  for (const [id, { uri, external }] of Object.entries(participants)) {
    const addresses = [uri, external?.form === 'device' ? external.uri : undefined];
    if (addresses.some((address) => /^sips?:[^@]*:[^@]*@/i.test(address ?? '')))
      throw new RangeError(`the address of ${id} has a password in it: it would stand in every output`);
  }
}

/** @throws RangeError for an address that cannot be called */
function calledOf(bridge: string | undefined): Pick<Plan['conference'], 'uri' | 'bridge'> {
  if (bridge === undefined) return { uri: CONFERENCE_URI };
  if (bridge === JANUS) return { uri: CONFERENCE_URI, bridge: { adapter: JANUS, address: JANUS } };
  const parsed = parseConferenceAddress(bridge);
  if (!parsed.ok) throw new RangeError(parsed.error);
  return { uri: parsed.value.uri, bridge: { adapter: 'sip-uri', address: bridge } };
}

function networkOf(network: string | Network | undefined): { readonly network?: Network } {
  return network === undefined ? {} : { network: resolveNetwork(network) };
}

/** A network by its profile's name, or as it is written. @throws RangeError where there is no such network. */
export function resolveNetwork(network: string | Network): Network {
  if (typeof network !== 'string') return networkSchema.parse(network);
  const found = networkProfile(network);
  if (found) return found;
  throw new RangeError(`no network “${network}”; there are: ${NETWORK_PROFILES.map(({ name }) => name).join(', ')}`);
}

/** `lyncMobile` → `lync-mobile`: identifiers in scenarios are names in TypeScript, in artefacts and files they are kebab-case. */
export function kebab(id: string): string {
  return id.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase();
}
