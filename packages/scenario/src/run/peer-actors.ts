import { mkdirSync } from 'node:fs';
import { type JoinTarget, type PeerProfile, SignallingPeer } from '@plugfest/endpoints';
import type { Clock, PeerPlan, Plan } from '@plugfest/model';
import type { PeerActor } from '../definition.ts';
import type { EventLog } from '../event-log.ts';
import type { RunDirectory } from '../run-directory.ts';

/** What a peer may ask of the bridge. */
export interface DialOut {
  /** Calls that address into the conference. */
  dialOut(uri: string): Promise<void>;
}

export interface PeerSurroundings {
  readonly target: JoinTarget;
  readonly bridge: DialOut;
  readonly directory: RunDirectory;
  readonly log: EventLog;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** The signalling peers of a plan, ready to run. */
export async function openPeers(
  plan: Plan,
  surroundings: PeerSurroundings,
  resources: AsyncDisposableStack,
): Promise<Record<string, PeerActor>> {
  const opened = await Promise.all(
    plan.peers.map(async (peer) => [peer.id, await openPeer(peer, surroundings, resources)] as const),
  );
  return Object.fromEntries(opened);
}

async function openPeer(
  { id, profile }: PeerPlan,
  { target, bridge, directory, log, clock, signal }: PeerSurroundings,
  resources: AsyncDisposableStack,
): Promise<PeerActor> {
  const workDir = directory.file(`work/${id}`);
  mkdirSync(workDir, { recursive: true });
  const context = { clock, id, profile: profile as PeerProfile, target, workDir, signal };
  const peer = resources.use(await SignallingPeer.open(context));
  log.emit('peer.opened', undefined, { peer: id, addresses: peer.addresses });
  return {
    async runs() {
      const exits = await peer.run();
      log.emit('peer.ended', undefined, { peer: id, exits });
    },
    async isCalled() {
      await bridge.dialOut(`sip:service@${peer.addresses[0]}`);
    },
  };
}
