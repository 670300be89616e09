import { callsByWhip, type JoinTarget } from '@plugfest/endpoints';
import type { EndpointKind, ParticipantPlan, Plan } from '@plugfest/model';
import { SABOTAGES } from '../sabotage.ts';
import { type BridgeAbility, type ConferenceBridge, Unsupported } from './conference-bridge.ts';
import { JANUS } from './janus/janus-config.ts';
import { JANUS_ABILITIES, janusAddresses } from './janus-bridge.ts';
import { parseConferenceAddress, SipUriBridge } from './sip-uri-bridge.ts';

/** Rules that can only be judged by what the bridge tells of itself. */
const NEEDS_OF_RULES: Readonly<Record<string, BridgeAbility>> = {
  'right-tile': 'views',
  'peer-is-answered': 'trace',
  'comes-through-proxy': 'trace',
};

/** Over which transport each kind calls. */
const TRANSPORT_OF_KIND: Record<EndpointKind, keyof JoinTarget['bridge']> = {
  'sip-room': 'udp',
  baresip: 'udp',
  browser: 'ws',
  firefox: 'ws',
  'webrtc-node': 'ws',
  gstreamer: 'ws',
  federated: 'tls',
  external: 'udp',
};

/** Who lays out what Janus passes on. */
const PAGES: readonly EndpointKind[] = ['browser', 'firefox'];

/** Why that bridge cannot hold what is planned, known before anybody calls; empty where it can. */
export function unmetNeeds(
  plan: Plan,
  { adapter, abilities, addresses }: Pick<ConferenceBridge, 'adapter' | 'abilities' | 'addresses'>,
): string[] {
  const needed = [
    ...plan.expectations.flatMap(({ rule }) => NEEDS_OF_RULES[rule] ?? []),
    ...(plan.sabotage.some(({ kind }) => SABOTAGES[kind].by === 'bridge') ? ['sabotage' as const] : []),
    ...(plan.federation ? ['trust' as const] : []),
  ];
  const missing = [...new Set(needed)].filter((ability) => !abilities.has(ability));
  const unreachable = plan.participants.flatMap((participant) => {
    const transport = transportOf(participant);
    const isPage = PAGES.includes(participant.kind) && addresses.janus !== undefined;
    return addresses[transport] === undefined && !isPage
      ? [`${participant.id} calls over ${transport}; “${adapter}” is not called so`]
      : [];
  });
  return [...missing.map((ability) => Unsupported.bridge(adapter, ability).message), ...unreachable];
}

/** The same, of the bridge that the plan names; ours can hold everything. And mistakes in calls are made by SIP rooms alone. */
export function unsupportedNeeds(plan: Plan): string[] {
  const { bridge } = plan.conference;
  const unable = unableToErr(plan);
  if (bridge === undefined) return unable;
  if (bridge.adapter === JANUS)
    return [
      ...unable,
      ...unmetNeeds(plan, {
        adapter: JANUS,
        abilities: JANUS_ABILITIES,
        addresses: janusAddresses('', plan.conference),
      }),
    ];
  const address = parseConferenceAddress(bridge.address);
  return [...unable, ...(address.ok ? unmetNeeds(plan, new SipUriBridge(address.value)) : [address.error])];
}

function unableToErr({ sabotage, participants }: Plan): string[] {
  return sabotage.flatMap(({ participant, kind }) => {
    const who = participants.find(({ id }) => id === participant);
    return SABOTAGES[kind].by === 'endpoint' && who && who.kind !== 'sip-room'
      ? [`sabotage ${kind} needs a SIP room; ${participant} is ${who.kind}`]
      : [];
  });
}

function transportOf({ kind, profile }: ParticipantPlan): keyof JoinTarget['bridge'] {
  if (callsByWhip(profile)) return 'http';
  return profile === 'tcp-sip-room' ? 'tcp' : TRANSPORT_OF_KIND[kind];
}
