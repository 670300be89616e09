import { findSipePlugin, NO_PLUGIN, PEER_TABLE, type PeerProfile } from '@plugfest/endpoints';
import { cacheDirectory, findTool, type ToolName } from '@plugfest/host';
import { ParticipantSource } from '@plugfest/media';
import type { EndpointKind, ParticipantPlan, Plan } from '@plugfest/model';

/** What a kind of endpoint cannot do without on this machine. */
const NEEDS: Record<EndpointKind, readonly ToolName[]> = {
  'sip-room': ['sipp', 'ffmpeg'],
  browser: ['chromium'],
  firefox: ['firefox', 'pulseaudio', 'pacat'],
  'webrtc-node': [],
  federated: [],
  baresip: ['baresip', 'xvfb', 'pulseaudio', 'pacat', 'ffmpeg'],
  gstreamer: ['gstreamer'],
  external: [],
};

/** A page needs its browser; what else an external endpoint needs, it says itself. */
function needsOf({ kind, external }: ParticipantPlan): readonly ToolName[] {
  return external?.form === 'page' ? ['chromium'] : NEEDS[kind];
}

/** What a machine must have for the plan, speech aside: that is made once, then cached. */
export function neededTools(plan: Plan): ToolName[] {
  const tools = (plan.tools ?? []) as ToolName[];
  const programs = [
    ...tools,
    ...plan.peers.flatMap(({ profile }) => toolOf(profile) ?? []),
    ...proxiesOf(plan),
    ...bridgesOf(plan),
  ];
  return [...new Set([...plan.participants.flatMap(needsOf), ...programs])];
}

/** Why the plan cannot run here, and the command that mends it; empty where it can. */
export async function missingRequirements(plan: Plan): Promise<string[]> {
  // Speech is made once: afterwards nobody asks for espeak-ng.
  const speech: ToolName[] = uncachedSources(plan).length > 0 ? ['espeak-ng'] : [];
  const names = [...neededTools(plan), ...speech];
  const found = await Promise.all(names.map(async (name) => ({ name, status: await findTool(name) })));
  const plugin = plan.tools?.includes('finch') && findSipePlugin() === undefined ? [NO_PLUGIN] : [];
  const programsMissing = found.flatMap(({ name, status }) =>
    status.found
      ? []
      : [
          `${name} is missing (${status.reason}); ${neededBy(name, plan)} cannot do without. Mend it with: ${status.fix}`,
        ],
  );
  return [...programsMissing, ...plugin];
}

/** Participants whose picture and speech have still to be made: some seconds each, once. */
export function uncachedSources(plan: Plan): ParticipantPlan[] {
  const cacheDir = cacheDirectory();
  return plan.participants.filter((participant) => !ParticipantSource.isCached({ participant, cacheDir }));
}

function neededBy(name: ToolName, plan: Plan): string {
  if (name === 'espeak-ng') return 'speech that is not in the cache yet';
  const ids = plan.participants.filter((participant) => needsOf(participant).includes(name)).map(({ id }) => id);
  const peers = plan.peers.filter(({ profile }) => toolOf(profile) === name).map(({ id }) => id);
  if (plan.tools?.includes(name)) return 'the scenario';
  const calls = proxiesOf(plan).includes(name) ? ['calls through a proxy'] : [];
  const bridge = bridgesOf(plan).includes(name) ? ['the conference'] : [];
  return [...ids, ...peers, ...calls, ...bridge].join(', ');
}

function proxiesOf({ conference }: Plan): readonly ToolName[] {
  return conference.proxy === undefined ? [] : [conference.proxy];
}

function bridgesOf({ conference }: Plan): readonly ToolName[] {
  return conference.bridge?.adapter === 'janus' ? ['janus'] : [];
}

function toolOf(profile: string): ToolName | undefined {
  return profile in PEER_TABLE ? PEER_TABLE[profile as PeerProfile].tool : undefined;
}
