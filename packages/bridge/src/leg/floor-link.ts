import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { connect, createServer, type Server, type Socket } from 'node:net';
import {
  BfcpConnection,
  type BfcpHeader,
  type BfcpMessage,
  type BfcpSend,
  BfcpStreamFramer,
  type ErrorName,
} from '@plugfest/bfcp';
import { leaseUdpPorts, type PortLease } from '@plugfest/host';
import type { Clock } from '@plugfest/model';
import type { FloorAgreement } from './floor-line.ts';

/** The discard port: who connects to us says it, because nobody is to connect to it. @see RFC 4145 §4.1 */
const DISCARD_PORT = 9;
/** A peer that takes nothing is cut: floors change hands seldom, and messages are short. */
const MAX_WAITING_BYTES = 256 * 1024;

export interface FloorHandlers {
  readonly onMessage: (message: BfcpMessage) => void;
  readonly onFault: (header: BfcpHeader, error: ErrorName, text: string) => void;
}

/** One call's way to the floor control server, over UDP or TCP. Takes nothing but from the address that the peer's description names. @see RFC 8855 §6 */
export class FloorLink implements AsyncDisposable {
  readonly userId: number;
  /** Set by the conference that the call is in. */
  handlers: FloorHandlers | undefined;
  readonly #clock: Clock;
  readonly #resources = new AsyncDisposableStack();
  #agreement: FloorAgreement;
  #connection: BfcpConnection | undefined;
  #stream: Socket | undefined;
  #port = DISCARD_PORT;

  private constructor(userId: number, agreement: FloorAgreement, clock: Clock) {
    this.userId = userId;
    this.#agreement = agreement;
    this.#clock = clock;
  }

  /** @throws PortsExhausted, or the system's error */
  static async open(host: string, userId: number, agreement: FloorAgreement, clock: Clock): Promise<FloorLink> {
    const link = new FloorLink(userId, agreement, clock);
    if (agreement.transport === 'udp') await link.#openUdp(host);
    else if (agreement.setup === 'passive') await link.#listen(host);
    else link.#connect();
    return link;
  }

  /** What our description says. */
  get port(): number {
    return this.#port;
  }

  get transport(): FloorAgreement['transport'] {
    return this.#agreement.transport;
  }

  get setup(): FloorAgreement['setup'] {
    return this.#agreement.setup;
  }

  /** A later agreement over the same transport: perhaps from another port. */
  agree(agreement: FloorAgreement): void {
    this.#agreement = agreement;
  }

  deliver({ message, answers }: BfcpSend): void {
    if (answers) this.#connection?.respond(answers, message);
    else this.#connection?.request(message);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#connection?.close();
    this.#connection = undefined;
    this.#stream?.destroy();
    await this.#resources.disposeAsync();
  }

  async #openUdp(host: string): Promise<void> {
    const lease: PortLease = this.#resources.use(await leaseUdpPorts({ host }));
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    this.#resources.defer(() => new Promise((resolve) => socket.close(() => resolve())));
    await bound(socket, host, lease.ports[0] ?? 0);
    this.#port = lease.ports[0] ?? 0;
    socket.on('error', () => {});
    this.#connection = this.#speak(2, (bytes) => {
      const { address, port } = this.#agreement.remote;
      socket.send(bytes, port, address, () => {});
    });
    socket.on('message', (bytes, { address, port }) => {
      const { remote } = this.#agreement;
      if (address === remote.address && port === remote.port) this.#connection?.receive(bytes);
    });
  }

  async #listen(host: string): Promise<void> {
    const server: Server = createServer((socket) => this.#accept(socket));
    server.maxConnections = 2;
    this.#resources.defer(() => new Promise((resolve) => server.close(() => resolve())));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, host, resolve);
    });
    this.#port = (server.address() as { port: number }).port;
  }

  /** The newest connection is the peer's: it may have lost the one before. */
  #accept(socket: Socket): void {
    const isPeer = socket.remoteAddress === this.#agreement.remote.address;
    if (isPeer) this.#follow(socket);
    else socket.destroy();
  }

  #connect(): void {
    const { address, port } = this.#agreement.remote;
    this.#follow(connect({ host: address, port }));
  }

  #follow(socket: Socket): void {
    this.#stream?.destroy();
    this.#connection?.close();
    this.#stream = socket;
    socket.setNoDelay(true);
    const framer = new BfcpStreamFramer();
    const connection = this.#speak(1, (bytes) => {
      if (socket.writableLength > MAX_WAITING_BYTES) socket.destroy();
      else if (socket.writable) socket.write(bytes);
    });
    this.#connection = connection;
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      const messages = framer.push(bytes);
      if (messages.ok) for (const message of messages.value) connection.receive(message);
      else socket.destroy();
    });
    socket.once('close', () => connection.close());
  }

  #speak(version: 1 | 2, send: (bytes: Uint8Array) => void): BfcpConnection {
    return new BfcpConnection({
      clock: this.#clock,
      role: 'server',
      version,
      send,
      onMessage: (message) => this.handlers?.onMessage(message),
      onFault: (header, error, text) => this.handlers?.onFault(header, error, text),
    });
  }
}

function bound(socket: UdpSocket, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(port, host, () => {
      socket.off('error', reject);
      resolve();
    });
  });
}
