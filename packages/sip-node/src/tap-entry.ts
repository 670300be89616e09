import type { Clock } from '@plugfest/model';
import { formatHostPort } from '@plugfest/sip';
import type { Flow, SipTapEntry } from './flow.ts';

/** What a tap is told of a message on a flow. */
export function tapEntry(clock: Clock, direction: 'sent' | 'received', flow: Flow, bytes: Uint8Array): SipTapEntry {
  const local = formatHostPort(flow.local.host, flow.local.port);
  const remote = formatHostPort(flow.remote.host, flow.remote.port);
  const [source, destination] = direction === 'sent' ? [local, remote] : [remote, local];
  return { atUs: clock.nowUs(), direction, transport: flow.transport, source, destination, bytes };
}
