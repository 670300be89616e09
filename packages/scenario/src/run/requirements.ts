import { findTool, type ToolName } from '@plugfest/host';
import type { EndpointKind, Plan } from '@plugfest/model';

/** What a kind of endpoint cannot do without on this machine. */
const NEEDS: Record<EndpointKind, readonly ToolName[]> = {
  'sip-room': ['sipp', 'ffmpeg', 'espeak-ng'],
  browser: ['chromium', 'espeak-ng'],
  'webrtc-node': ['espeak-ng'],
  federated: ['espeak-ng'],
  external: [],
};

/** Why the plan cannot run here, and the command that mends it; empty where it can. */
export async function missingRequirements(plan: Plan): Promise<string[]> {
  const names = [...new Set(plan.participants.flatMap(({ kind }) => NEEDS[kind]))];
  const found = await Promise.all(names.map(async (name) => ({ name, status: await findTool(name) })));
  return found.flatMap(({ name, status }) =>
    status.found ? [] : [`${name} is missing (${status.reason}); mend it with: ${status.fix}`],
  );
}
