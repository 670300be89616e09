import type { Clock, Timer } from '@plugfest/model';
import type { TransportCounters } from './transport-counters.ts';
import type { TransportLimits } from './transport-limits.ts';

/** What is needed of a socket that was accepted (`net.Socket`). */
export interface AcceptedSocket {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
  readonly localPort?: number | undefined;
  destroy(): unknown;
  once(event: 'close', listener: () => void): unknown;
}

/** One of them; the TLS socket and the WebSocket made of it have the same ends. */
interface Inbound {
  readonly socket: AcceptedSocket;
  readonly address: string;
  spoke: boolean;
  handshake: Timer | undefined;
}

/**
 * Every socket that a listener accepted, from its first moment, so that handshakes count too. Where an address (or all together) has no room left,
 * the socket that has said nothing for longest gives way: idle sockets never lock out somebody who wants to speak.
 */
export class InboundSockets {
  readonly #clock: Clock;
  readonly #limits: TransportLimits;
  readonly #counters: TransportCounters;
  readonly #byEnds = new Map<string, Inbound>();
  /** In the order in which they came. */
  readonly #byAddress = new Map<string, Set<Inbound>>();

  constructor(clock: Clock, limits: TransportLimits, counters: TransportCounters) {
    this.#clock = clock;
    this.#limits = limits;
    this.#counters = counters;
  }

  get size(): number {
    return this.#byEnds.size;
  }

  /** Takes a new socket, which has to complete its handshake in time, or destroys it. */
  admit(socket: AcceptedSocket, hasHandshake: boolean): boolean {
    const address = socket.remoteAddress ?? '';
    if (!this.#makeRoom(address)) {
      this.#counters.connectionsRefused++;
      socket.destroy();
      return false;
    }
    const inbound: Inbound = { socket, address, spoke: false, handshake: undefined };
    const key = endsOf(socket);
    this.#byEnds.set(key, inbound);
    const ofAddress = this.#byAddress.get(address);
    if (ofAddress === undefined) this.#byAddress.set(address, new Set([inbound]));
    else ofAddress.add(inbound);
    if (hasHandshake) inbound.handshake = this.#clock.schedule(this.#limits.handshakeTimeoutMs, () => socket.destroy());
    socket.once('close', () => this.#forget(key, inbound));
    return true;
  }

  /** The handshake is over. */
  completed(socket: AcceptedSocket): void {
    const inbound = this.#byEnds.get(endsOf(socket));
    inbound?.handshake?.cancel();
    if (inbound) inbound.handshake = undefined;
  }

  /** A whole message came: it is nobody's to displace any more. */
  spoke(socket: AcceptedSocket): void {
    const inbound = this.#byEnds.get(endsOf(socket));
    if (inbound) inbound.spoke = true;
  }

  destroyAll(): void {
    for (const { socket } of [...this.#byEnds.values()]) socket.destroy();
  }

  #makeRoom(address: string): boolean {
    const { maxConnections, maxConnectionsPerAddress } = this.#limits;
    const own = this.#byAddress.get(address);
    if ((own?.size ?? 0) >= maxConnectionsPerAddress) return this.#displace(own);
    if (this.size < maxConnections) return true;
    // Who has most gives way, so that one address cannot take the others' room.
    let largest: Set<Inbound> | undefined;
    for (const each of this.#byAddress.values()) if (each.size > (largest?.size ?? 0)) largest = each;
    return this.#displace(largest);
  }

  #displace(of: Set<Inbound> | undefined): boolean {
    for (const inbound of of ?? []) {
      if (inbound.spoke) continue;
      this.#counters.connectionsDisplaced++;
      this.#forget(endsOf(inbound.socket), inbound);
      inbound.socket.destroy();
      return true;
    }
    return false;
  }

  #forget(key: string, inbound: Inbound): void {
    if (inbound.handshake) this.#counters.handshakesFailed++;
    inbound.handshake?.cancel();
    inbound.handshake = undefined;
    if (this.#byEnds.get(key) === inbound) this.#byEnds.delete(key);
    const ofAddress = this.#byAddress.get(inbound.address);
    ofAddress?.delete(inbound);
    if (ofAddress?.size === 0) this.#byAddress.delete(inbound.address);
  }
}

function endsOf({ remoteAddress, remotePort, localPort }: AcceptedSocket): string {
  return `${remoteAddress} ${remotePort} ${localPort}`;
}
