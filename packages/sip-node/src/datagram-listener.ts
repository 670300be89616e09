import { createSocket, type Socket, type SocketOptions } from 'node:dgram';
import { lookup as lookupName } from 'node:dns';
import { isIP, isIPv6 } from 'node:net';
import { parseMessage } from '@plugfest/sip';
import type { Flow, ListenAddress, ListenPoint, SocketAddress } from './flow.ts';
import type { MessageRate } from './message-rate.ts';
import { bindingResponse, isStun } from './stun-binding.ts';
import type { TransportCounters } from './transport-counters.ts';
import type { TransportEvents } from './transport-events.ts';
import type { TransportLimits } from './transport-limits.ts';

/** What a UDP socket shares with the transport layer. */
export interface DatagramContext {
  readonly events: TransportEvents;
  readonly rate: MessageRate;
  readonly limits: TransportLimits;
  readonly counters: TransportCounters;
}

/** Room for a burst of signalling while the event loop is busy with media. */
const SOCKET_BUFFER_BYTES = 4 << 20;

/** A UDP socket that is listened on and sent from, so that answers find the way back. Responses above 1,300 bytes are sent as they are, as they have to go where the request came from; requests go over TCP (`reach`). */
export class DatagramListener {
  readonly address: ListenAddress;
  readonly #socket: Socket;
  readonly #context: DatagramContext;
  /** Who sent the last datagram mostly sends the next. */
  #lastFlow: DatagramFlow | undefined;
  #closed = false;

  private constructor(socket: Socket, context: DatagramContext) {
    const { address, port } = socket.address();
    this.address = { transport: 'udp', host: address, port };
    this.#socket = socket;
    this.#context = context;
    socket.on('message', (bytes, from) => this.#receive(bytes, from.address, from.port));
    socket.on('error', () => undefined);
  }

  /** @throws the system's error when the point cannot be bound */
  static async open(point: ListenPoint, context: DatagramContext): Promise<DatagramListener> {
    const socket = createSocket({
      type: isIPv6(point.host) ? 'udp6' : 'udp4',
      recvBufferSize: SOCKET_BUFFER_BYTES,
      lookup,
    });
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind({ address: point.host, port: point.port ?? 0, exclusive: true }, () => {
        socket.off('error', reject);
        resolve();
      });
    });
    return new DatagramListener(socket, context);
  }

  get closed(): boolean {
    return this.#closed;
  }

  flowTo(remote: SocketAddress): Flow {
    return new DatagramFlow(this, this.address, remote);
  }

  send(bytes: Uint8Array, flow: Flow): void {
    if (this.#closed) return;
    this.#socket.send(bytes, flow.remote.port, flow.remote.host, () => undefined);
    this.#context.events.sent(bytes, flow);
  }

  #flowFrom(host: string, port: number): Flow {
    const last = this.#lastFlow;
    if (last !== undefined && last.remote.port === port && last.remote.host === host) return last;
    this.#lastFlow = new DatagramFlow(this, this.address, { host, port });
    return this.#lastFlow;
  }

  #receive(bytes: Uint8Array, host: string, port: number): void {
    const { events, rate, limits, counters } = this.#context;
    const flow = this.#flowFrom(host, port);
    if (!rate.admits(flow)) {
      counters.datagramsOverRate++;
      return;
    }
    if (isKeepAlive(bytes)) return;
    if (isStun(bytes)) {
      const response = bindingResponse(bytes, flow.remote);
      if (response !== undefined) this.#socket.send(response, port, host, () => undefined);
      return;
    }
    if (bytes.length > limits.maxMessageBytes) {
      counters.oversizedMessages++;
      return;
    }
    const parsed = parseMessage(bytes);
    if (parsed.ok) events.received(parsed.value, bytes, flow);
    else events.faulted(parsed.error, flow);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }
}

/** What is an address already is not looked up, and waits for no turn of the event loop. */
const lookup: NonNullable<SocketOptions['lookup']> = (name, options, callback) => {
  const family = isIP(name);
  if (family === 0) lookupName(name, options, callback);
  else callback(null, name, family);
};

function isKeepAlive(bytes: Uint8Array): boolean {
  return bytes.length <= 4 && bytes.every((byte) => byte === 13 || byte === 10 || byte === 0);
}

class DatagramFlow implements Flow {
  readonly transport = 'udp';
  readonly reliable = false;
  readonly outbound = false;
  readonly peerIdentity: readonly string[] = [];
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  readonly #listener: DatagramListener;

  constructor(listener: DatagramListener, local: SocketAddress, remote: SocketAddress) {
    this.#listener = listener;
    this.local = local;
    this.remote = remote;
  }

  get id(): string {
    return `udp-${this.local.host}-${this.local.port}-${this.remote.host}-${this.remote.port}`.replaceAll(':', '.');
  }

  get closed(): boolean {
    return this.#listener.closed;
  }

  send(bytes: Uint8Array): void {
    this.#listener.send(bytes, this);
  }

  close(): void {}
}
