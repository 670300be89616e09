/** A wire in a process of its own, so that its CPU time is its own: asked by the parent over IPC. */
import { hostClock } from '@plugfest/host';
import { type Network, seededRandom } from '@plugfest/model';
import { MediaWire } from '@plugfest/wire';

export type WireRequest =
  | { readonly ask: 'local' | 'remote'; readonly sdp: string }
  | { readonly ask: 'network'; readonly network: Network }
  | { readonly ask: 'cpu' };
export type WireAnswer = { readonly sdp: string } | { readonly cpuMs: number } | { readonly done: true };

const wire = await MediaWire.open({ participant: 'bench', clock: hostClock, random: seededRandom(20), mLines: 1 });
process.on('message', (request: WireRequest) => process.send?.(answer(request)));
process.on('disconnect', () => wire.close());

function answer(request: WireRequest): WireAnswer {
  if (request.ask === 'local') return { sdp: wire.rewriteLocal(request.sdp) };
  if (request.ask === 'remote') return { sdp: wire.rewriteRemote(request.sdp) };
  if (request.ask === 'network') {
    wire.setNetwork(request.network);
    return { done: true };
  }
  const { user, system } = process.cpuUsage();
  return { cpuMs: (user + system) / 1000 };
}
