import type { Clock, Timer } from '@plugfest/model';
import type { Flow, SipTransport, SocketAddress } from './flow.ts';
import type { TransportEvents } from './transport-events.ts';
import type { TransportLimits } from './transport-limits.ts';

/** What every connection is made of. */
export interface ConnectionContext {
  readonly id: string;
  readonly clock: Clock;
  readonly limits: TransportLimits;
  readonly events: TransportEvents;
  readonly transport: SipTransport;
  readonly outbound: boolean;
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  readonly peerIdentity: readonly string[];
}

/** What TCP, TLS and WebSocket connections share: identity, limits on silence, and one `closed` event. */
export abstract class Connection implements Flow {
  readonly id: string;
  readonly transport: SipTransport;
  readonly reliable = true;
  readonly outbound: boolean;
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  readonly peerIdentity: readonly string[];
  protected readonly context: ConnectionContext;
  #closed = false;
  #silence: Timer | undefined;

  constructor(context: ConnectionContext) {
    this.context = context;
    this.id = context.id;
    this.transport = context.transport;
    this.outbound = context.outbound;
    this.local = context.local;
    this.remote = context.remote;
    this.peerIdentity = context.peerIdentity;
    if (!context.outbound) this.expectMessage();
  }

  get closed(): boolean {
    return this.#closed;
  }

  abstract send(bytes: Uint8Array): void;
  /** Closes the socket at once. */
  protected abstract destroy(): void;

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.messageArrived();
    this.destroy();
    this.context.events.closed(this);
  }

  /** The peer owes us (the rest of) a message: cut it off when that does not come. */
  protected expectMessage(): void {
    this.#silence ??= this.context.clock.schedule(this.context.limits.idleBeforeFirstMessageMs, () => this.close());
  }

  protected messageArrived(): void {
    this.#silence?.cancel();
    this.#silence = undefined;
  }
}
