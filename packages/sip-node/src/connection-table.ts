import { err, type Result } from '@plugfest/model';
import type { Flow, SipTransport, SocketAddress } from './flow.ts';
import type { Target, TransportFault } from './target.ts';
import type { TransportLimits } from './transport-limits.ts';

type Opening = Promise<Result<Flow, TransportFault>>;

/** Open connections: by id, by remote address for reuse. @see RFC 3261 §18, RFC 5923 */
export class ConnectionTable {
  readonly #limits: TransportLimits;
  readonly #byId = new Map<string, Flow>();
  readonly #byRemote = new Map<string, Flow>();
  readonly #opening = new Map<string, Opening>();
  /** The certificate name that an outgoing TLS connection was checked against. */
  readonly #checkedName = new Map<Flow, string>();
  #outbound = 0;

  constructor(limits: TransportLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#byId.size;
  }

  byId(id: string): Flow | undefined {
    return this.#byId.get(id);
  }

  /** A live connection to the target; over TLS only one whose certificate was checked for `name`, or one that the peer opened. */
  find(target: Target, name: string): Flow | undefined {
    const flow = this.#byRemote.get(remoteKey(target.transport, target));
    if (flow === undefined || flow.closed) return undefined;
    const secure = flow.transport === 'tls' || flow.transport === 'wss';
    return secure && flow.outbound && this.#checkedName.get(flow) !== name ? undefined : flow;
  }

  /** Runs `connect` once for all who ask meanwhile. */
  connectOnce(target: Target, name: string, connect: () => Opening): Opening {
    const key = `${remoteKey(target.transport, target)} ${name}`;
    const opening = this.#opening.get(key);
    if (opening !== undefined) return opening;
    if (this.#outbound + this.#opening.size >= this.#limits.maxConnections) {
      return Promise.resolve(err({ code: 'too-many-connections', text: `${this.#outbound} connections are open` }));
    }
    const started = connect().finally(() => this.#opening.delete(key));
    this.#opening.set(key, started);
    return started;
  }

  add(flow: Flow, checkedName?: string): void {
    this.#byId.set(flow.id, flow);
    this.#byRemote.set(remoteKey(flow.transport, flow.remote), flow);
    if (checkedName !== undefined) this.#checkedName.set(flow, checkedName);
    if (flow.outbound) this.#outbound++;
  }

  remove(flow: Flow): void {
    if (!this.#byId.delete(flow.id)) return;
    this.#checkedName.delete(flow);
    const key = remoteKey(flow.transport, flow.remote);
    if (this.#byRemote.get(key) === flow) this.#byRemote.delete(key);
    if (flow.outbound) this.#outbound--;
  }

  closeAll(): void {
    for (const flow of [...this.#byId.values()]) flow.close();
  }
}

function remoteKey(transport: SipTransport, remote: SocketAddress): string {
  return `${transport} ${remote.host} ${remote.port}`;
}
