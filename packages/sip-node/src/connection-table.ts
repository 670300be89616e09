import { err, type Result } from '@plugfest/model';
import type { Flow, SipTransport, SocketAddress } from './flow.ts';
import type { Target, TransportFault } from './target.ts';
import type { TransportLimits } from './transport-limits.ts';

type Opening = Promise<Result<Flow, TransportFault>>;

/** Open connections: by id, by remote address for reuse, counted a peer. @see RFC 3261 §18, RFC 5923 */
export class ConnectionTable {
  readonly #limits: TransportLimits;
  readonly #byId = new Map<string, Flow>();
  readonly #byRemote = new Map<string, Flow>();
  readonly #opening = new Map<string, Opening>();
  /** The certificate name that an outgoing TLS connection was checked against. */
  readonly #checkedName = new Map<Flow, string>();
  readonly #perAddress = new Map<string, number>();

  constructor(limits: TransportLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#byId.size;
  }

  hasRoomFor(host: string): boolean {
    return (
      this.#byId.size < this.#limits.maxConnections &&
      (this.#perAddress.get(host) ?? 0) < this.#limits.maxConnectionsPerAddress
    );
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
    if (this.size >= this.#limits.maxConnections) {
      return Promise.resolve(err({ code: 'too-many-connections', text: `${this.size} connections are open` }));
    }
    const started = connect().finally(() => this.#opening.delete(key));
    this.#opening.set(key, started);
    return started;
  }

  add(flow: Flow, checkedName?: string): void {
    this.#byId.set(flow.id, flow);
    this.#byRemote.set(remoteKey(flow.transport, flow.remote), flow);
    if (checkedName !== undefined) this.#checkedName.set(flow, checkedName);
    this.#perAddress.set(flow.remote.host, (this.#perAddress.get(flow.remote.host) ?? 0) + 1);
  }

  remove(flow: Flow): void {
    if (!this.#byId.delete(flow.id)) return;
    this.#checkedName.delete(flow);
    const key = remoteKey(flow.transport, flow.remote);
    if (this.#byRemote.get(key) === flow) this.#byRemote.delete(key);
    const left = (this.#perAddress.get(flow.remote.host) ?? 1) - 1;
    if (left > 0) this.#perAddress.set(flow.remote.host, left);
    else this.#perAddress.delete(flow.remote.host);
  }

  closeAll(): void {
    for (const flow of [...this.#byId.values()]) flow.close();
  }
}

function remoteKey(transport: SipTransport, remote: SocketAddress): string {
  return `${transport} ${remote.host} ${remote.port}`;
}
