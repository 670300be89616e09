import type { Flow } from './flow.ts';

/** Who counts as one peer for limits: a connection, or the address and port that datagrams come from. */
export function peerKey(flow: Flow): string {
  return flow.reliable ? flow.id : `${flow.remote.host} ${flow.remote.port}`;
}
