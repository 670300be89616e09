import type { Flow } from './flow.ts';

const keys = new WeakMap<Flow, string>();

/** Who counts as one peer for limits: a connection, or the address and port that datagrams come from. Asked several times a message. */
export function peerKey(flow: Flow): string {
  if (flow.reliable) return flow.id;
  let key = keys.get(flow);
  if (key === undefined) {
    key = `${flow.remote.host} ${flow.remote.port}`;
    keys.set(flow, key);
  }
  return key;
}
