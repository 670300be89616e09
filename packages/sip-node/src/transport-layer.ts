import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { type Clock, err, ok, type ParseFault, type Result } from '@plugfest/model';
import { type SipMessage, stampReceived } from '@plugfest/sip';
import type { WebSocket } from 'ws';
import { connectStream, connectWebSocket } from './connect.ts';
import { ConnectionTable } from './connection-table.ts';
import { DatagramListener } from './datagram-listener.ts';
import type {
  Flow,
  ListenAddress,
  ListenPoint,
  SipTap,
  SipTransport,
  SocketAddress,
  TlsClientOptions,
} from './flow.ts';
import { InboundSockets } from './inbound-sockets.ts';
import type { KeepAliveOptions } from './keep-alive.ts';
import { MessageRate } from './message-rate.ts';
import { peerIdentityOf } from './peer-identity.ts';
import { StreamConnection } from './stream-connection.ts';
import { type Listener, openStreamListener } from './stream-listener.ts';
import { tapEntry } from './tap-entry.ts';
import type { Target, TransportFault } from './target.ts';
import { newTransportCounters, type TransportCounters } from './transport-counters.ts';
import type { TransportEvents } from './transport-events.ts';
import { DEFAULT_TRANSPORT_LIMITS, type TransportLimits } from './transport-limits.ts';
import { WebSocketConnection } from './websocket-connection.ts';
import { openWebSocketListener } from './websocket-listener.ts';

export interface TransportLayerOptions {
  readonly clock: Clock;
  readonly listen: readonly ListenPoint[];
  /** For outgoing TLS and WSS connections. */
  readonly tls?: TlsClientOptions | undefined;
  readonly tap?: SipTap | undefined;
  readonly limits?: Partial<TransportLimits> | undefined;
  /** None by default: a peer that never heard of it would be taken for dead. */
  readonly keepAlive?: KeepAliveOptions | undefined;
}

/** SIP over UDP, TCP, TLS and WebSocket sockets: whole messages in and out, connections reused by remote address. @see RFC 3261 §18, RFC 7118 */
export class SipTransportLayer implements AsyncDisposable {
  /** Each message, with `received` and `rport` set on requests. */
  onMessage: ((message: SipMessage, flow: Flow) => void) | undefined;
  /** Bytes of a peer that are no message. */
  onFault: ((fault: ParseFault, flow: Flow) => void) | undefined;
  onFlowClosed: ((flow: Flow) => void) | undefined;
  readonly counters: TransportCounters = newTransportCounters();
  readonly #options: TransportLayerOptions;
  readonly #limits: TransportLimits;
  readonly #connections: ConnectionTable;
  readonly #datagrams: DatagramListener[] = [];
  readonly #listeners: Listener[] = [];
  readonly #addresses: ListenAddress[] = [];
  readonly #events: TransportEvents;
  readonly #rate: MessageRate;
  readonly #inbound: InboundSockets;
  #connectionCount = 0;
  #closed = false;

  private constructor(options: TransportLayerOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_TRANSPORT_LIMITS, ...options.limits };
    this.#connections = new ConnectionTable(this.#limits);
    const { tap, clock } = options;
    this.#rate = new MessageRate(clock, this.#limits);
    this.#inbound = new InboundSockets(clock, this.#limits, this.counters);
    this.#events = {
      received: (message, bytes, flow) => {
        tap?.(tapEntry(clock, 'received', flow, bytes));
        this.onMessage?.(message.kind === 'request' ? stampReceived(message, flow.remote) : message, flow);
      },
      sent: (bytes, flow) => tap?.(tapEntry(clock, 'sent', flow, bytes)),
      faulted: (fault, flow) => {
        if (fault.code === 'message-too-large') this.counters.oversizedMessages++;
        else this.counters.malformedMessages++;
        this.onFault?.(fault, flow);
      },
      closed: (flow) => {
        this.#connections.remove(flow);
        this.onFlowClosed?.(flow);
      },
    };
  }

  /** @throws the system's error when a point cannot be bound (nothing stays open then) */
  static async open(options: TransportLayerOptions): Promise<SipTransportLayer> {
    const layer = new SipTransportLayer(options);
    try {
      for (const point of options.listen) await layer.#listenBeside(point);
    } catch (error) {
      await layer.close();
      throw error;
    }
    return layer;
  }

  /** In the order of `listen`. */
  get addresses(): readonly ListenAddress[] {
    return this.#addresses;
  }

  get limits(): TransportLimits {
    return this.#limits;
  }

  /** Open connections, for statistics. */
  get connectionCount(): number {
    return this.#connections.size;
  }

  /** The address that we listen on for this transport and address family, if any. */
  addressFor(transport: SipTransport, host: string): ListenAddress | undefined {
    const ofTransport = this.#addresses.filter((address) => address.transport === transport);
    return (
      ofTransport.find((address) => address.host === host) ??
      ofTransport.find((address) => address.host.includes(':') === host.includes(':'))
    );
  }

  /** A live connection by its id. */
  flowById(id: string): Flow | undefined {
    return this.#connections.byId(id);
  }

  /** The way to a target: the connection that is there, or a new one; for UDP the listening socket of its family. */
  async flowTo(target: Target, serverName?: string): Promise<Result<Flow, TransportFault>> {
    if (this.#closed) return err({ code: 'connect-failed', text: 'the transport layer is closed' });
    if (target.transport === 'udp') return this.#datagramFlow(target);
    const name = serverName ?? this.#options.tls?.serverName ?? target.name;
    const known = this.#connections.find(target, name);
    if (known !== undefined) return ok(known);
    return this.#connections.connectOnce(target, name, () => this.#connect(target, name));
  }

  /** The way over UDP to `remote` from the socket with the address `local`. */
  datagramFlow(remote: SocketAddress, local: SocketAddress): Flow | undefined {
    return this.#datagrams
      .find(({ address }) => address.host === local.host && address.port === local.port)
      ?.flowTo(remote);
  }

  #datagramFlow(target: Target): Result<Flow, TransportFault> {
    const listener = this.#datagrams.find(({ address }) => address.host.includes(':') === target.host.includes(':'));
    if (listener === undefined)
      return err({ code: 'no-listener', text: `no UDP socket to reach ${target.host} from: listen on one` });
    return ok(listener.flowTo(target));
  }

  async #connect(target: Target, name: string): Promise<Result<Flow, TransportFault>> {
    const tls = { ...this.#options.tls, serverName: name };
    try {
      if (target.transport === 'ws' || target.transport === 'wss') {
        const socket = await connectWebSocket(target, tls, this.#limits.connectTimeoutMs);
        return ok(this.#admit(this.#webSocketConnection(socket, target.transport, true), name));
      }
      const socket = await connectStream(target, tls, this.#limits.connectTimeoutMs);
      return ok(this.#admit(this.#streamConnection(socket, true), name));
    } catch (error) {
      return err({
        code: 'connect-failed',
        text: `${target.transport} ${target.host}:${target.port}: ${String((error as Error).message)}`,
      });
    }
  }

  /** Who listens on UDP is to be reached at the same port by TCP, as large requests come that way: where the port is ours to choose and free. @see RFC 3261 §18.2.1 */
  async #listenBeside(point: ListenPoint): Promise<void> {
    const beside = this.#datagrams.find(({ address }) => address.host === point.host)?.address.port;
    if (point.transport !== 'tcp' || beside === undefined || (point.port ?? 0) !== 0) return this.#listen(point);
    return this.#listen({ ...point, port: beside }).catch(() => this.#listen(point));
  }

  async #listen(point: ListenPoint): Promise<void> {
    if (point.transport === 'udp') {
      const context = { events: this.#events, rate: this.#rate, limits: this.#limits, counters: this.counters };
      const listener = await DatagramListener.open(point, context);
      this.#datagrams.push(listener);
      this.#addresses.push(listener.address);
      return;
    }
    const listener =
      point.transport === 'ws' || point.transport === 'wss'
        ? await openWebSocketListener(point, this.#limits.maxMessageBytes, this.#inbound, (socket, request) =>
            this.#admit(this.#webSocketConnection(socket, point.transport, false, request.socket)),
          )
        : await openStreamListener(point, this.#inbound, (socket) =>
            this.#admit(this.#streamConnection(socket, false)),
          );
    this.#listeners.push(listener);
    this.#addresses.push(listener.address);
  }

  #admit(flow: Flow, name?: string): Flow {
    if (this.#closed) flow.close();
    else if (!flow.closed) this.#connections.add(flow, name);
    return flow;
  }

  #streamConnection(socket: Socket | TLSSocket, outbound: boolean): Flow {
    const transport = socket instanceof TLSSocket ? 'tls' : 'tcp';
    return new StreamConnection(socket, this.#context(socket, transport, outbound));
  }

  #webSocketConnection(socket: WebSocket, transport: SipTransport, outbound: boolean, stream?: Socket): Flow {
    const carrier = stream ?? (socket as unknown as { readonly _socket: Socket })._socket;
    return new WebSocketConnection(socket, this.#context(carrier, transport, outbound));
  }

  #context(socket: Socket, transport: SipTransport, outbound: boolean) {
    const local: SocketAddress = { host: unmapped(socket.localAddress), port: socket.localPort ?? 0 };
    const remote: SocketAddress = { host: unmapped(socket.remoteAddress), port: socket.remotePort ?? 0 };
    const peerIdentity = socket instanceof TLSSocket ? peerIdentityOf(socket) : [];
    const id = `c${++this.#connectionCount}`;
    return {
      id,
      clock: this.#options.clock,
      limits: this.#limits,
      events: this.#events,
      counters: this.counters,
      rate: this.#rate,
      keepAlive: this.#options.keepAlive,
      onSpoke: () => this.#inbound.spoke(socket),
      transport,
      outbound,
      local,
      remote,
      peerIdentity,
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#connections.closeAll();
    await Promise.all([...this.#datagrams, ...this.#listeners].map((listener) => listener.close()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** `::ffff:127.0.0.1` is what a dual-stack listener calls 127.0.0.1. */
function unmapped(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:/, '');
}
