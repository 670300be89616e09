import type { Clock, Timer } from '@plugfest/model';
import type { Flow, SipTransport, SocketAddress } from './flow.ts';
import { KeepAlive, type KeepAliveOptions } from './keep-alive.ts';
import type { MessageRate } from './message-rate.ts';
import type { TransportCounters } from './transport-counters.ts';
import type { TransportEvents } from './transport-events.ts';
import type { TransportLimits } from './transport-limits.ts';

/** What every connection is made of. */
export interface ConnectionContext {
  readonly id: string;
  readonly clock: Clock;
  readonly limits: TransportLimits;
  readonly events: TransportEvents;
  readonly counters: TransportCounters;
  readonly rate: MessageRate;
  /** For connections that we opened. */
  readonly keepAlive: KeepAliveOptions | undefined;
  /** The first whole message came. */
  readonly onSpoke: () => void;
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
  #resume: Timer | undefined;
  #spoke = false;
  #keepAlive: KeepAlive | undefined;

  constructor(context: ConnectionContext) {
    this.context = context;
    this.id = context.id;
    this.transport = context.transport;
    this.outbound = context.outbound;
    this.local = context.local;
    this.remote = context.remote;
    this.peerIdentity = context.peerIdentity;
    if (!context.outbound) this.expectMessage();
    else if (context.keepAlive !== undefined)
      this.#keepAlive = new KeepAlive(
        context.clock,
        context.keepAlive,
        () => this.ping(),
        () => this.close(),
      );
  }

  get closed(): boolean {
    return this.#closed;
  }

  abstract send(bytes: Uint8Array): void;
  /** Closes the socket at once. */
  protected abstract destroy(): void;
  /** Sends a double CRLF. */
  protected abstract ping(): void;
  protected abstract pause(): void;
  protected abstract resume(): void;

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#silence?.cancel();
    this.#resume?.cancel();
    this.#keepAlive?.stop();
    this.destroy();
    this.context.events.closed(this);
  }

  /** The peer owes us (the rest of) a message: cut it off when that does not come. */
  protected expectMessage(): void {
    const { clock, limits, counters } = this.context;
    this.#silence ??= clock.schedule(limits.idleBeforeFirstMessageMs, () => {
      counters.silentConnectionsCut++;
      this.close();
    });
  }

  protected messageArrived(): void {
    this.#silence?.cancel();
    this.#silence = undefined;
    if (this.#spoke) return;
    this.#spoke = true;
    this.context.onSpoke();
  }

  /** Bytes of any kind came. */
  protected heard(): void {
    this.#keepAlive?.heard();
  }

  /** Cuts a peer that does not read what it is sent. */
  protected checkPending(pendingBytes: number): void {
    if (pendingBytes <= this.context.limits.maxPendingWriteBytes || this.#closed) return;
    this.context.counters.slowReadersCut++;
    this.close();
  }

  /** Counts what came; who is too fast is not read for a while, and his own system holds him back. */
  protected charge(messages: number): void {
    const pauseMs = this.context.rate.pauseAfter(messages, this.id);
    if (pauseMs <= 0 || this.#closed || this.#resume !== undefined) return;
    this.context.counters.connectionsOverRate++;
    this.pause();
    this.#resume = this.context.clock.schedule(pauseMs, () => {
      this.#resume = undefined;
      if (!this.#closed) this.resume();
    });
  }
}
