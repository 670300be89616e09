import { createSocket, type Socket } from 'node:dgram';
import { createConnection, type Socket as TcpSocket } from 'node:net';
import { leaseUdpPorts } from '@plugfest/host';
import { parseMessage, type SipMessage, StreamFramer } from '@plugfest/sip';
import type { MediaDatagram } from './defect.ts';

export type ProbeTransport = 'udp' | 'tcp';
/** How bytes go into a TCP connection. */
export type Segments = (bytes: Uint8Array) => readonly Uint8Array[];

/** Who is spoken to: listeners as `host:port`. */
export interface Spoken {
  readonly udp?: string;
  readonly tcp?: string;
}

/** What comes in; what is no SIP message is not told. */
export interface ProbeListener {
  takesMessage(message: SipMessage, transport: ProbeTransport): void;
  takesMedia(datagram: MediaDatagram): void;
}

/** m-lines that it has ports for. */
const LINES = 4;
const HOST = '127.0.0.1';

/** The sockets of one probe: SIP over UDP and, when it is first wanted, over one TCP connection; RTP and RTCP by line. */
export class ProbeSockets implements AsyncDisposable {
  /** RTP ports by line; RTCP is one above. */
  readonly mediaPorts: readonly number[];
  readonly sipPort: number;
  listener: ProbeListener | undefined;
  readonly #sip: Socket;
  readonly #media: readonly Socket[];
  readonly #resources: AsyncDisposableStack;
  #connection: Promise<TcpSocket> | undefined;

  private constructor(ports: readonly number[], sockets: readonly Socket[], resources: AsyncDisposableStack) {
    this.mediaPorts = Array.from({ length: LINES }, (_, line) => ports[2 * line] ?? 0);
    this.sipPort = ports[2 * LINES] ?? 0;
    this.#sip = sockets[2 * LINES] as Socket;
    this.#media = sockets.slice(0, 2 * LINES);
    this.#resources = resources;
    this.#sip.on('message', (bytes) => {
      const parsed = parseMessage(bytes);
      if (parsed.ok) this.listener?.takesMessage(parsed.value, 'udp');
    });
    for (const [at, socket] of this.#media.entries())
      socket.on('message', (bytes) =>
        this.listener?.takesMedia({ line: at >> 1, onRtcpPort: at % 2 === 1, bytes: Uint8Array.from(bytes) }),
      );
  }

  static async open(): Promise<ProbeSockets> {
    await using opening = new AsyncDisposableStack();
    const { ports } = opening.use(await leaseUdpPorts({ count: 2 * LINES + 1, consecutive: true }));
    const sockets: Socket[] = [];
    for (const port of ports) sockets.push(await bound(port, opening));
    return new ProbeSockets(ports, sockets, opening.move());
  }

  get sipAddress(): string {
    return `${HOST}:${this.sipPort}`;
  }

  /** @throws where who is spoken to has no listener of that transport */
  writes(bytes: Uint8Array, transport: ProbeTransport, to: Spoken, segments: Segments = (all) => [all]): void {
    const [host, port] = splitAddress(to[transport]);
    if (transport === 'udp') this.#sip.send(bytes, port, host);
    else
      void this.#connected(host, port).then((socket) => {
        for (const segment of segments(bytes)) socket.write(segment);
      });
  }

  sends({ line, onRtcpPort, bytes }: MediaDatagram, port: number): void {
    this.#media[2 * line + (onRtcpPort ? 1 : 0)]?.send(bytes, port, HOST);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#resources.disposeAsync();
  }

  #connected(host: string, port: number): Promise<TcpSocket> {
    this.#connection ??= new Promise((resolve, reject) => {
      const socket = createConnection({ host, port, noDelay: true }, () => resolve(socket));
      socket.once('error', reject);
      this.#resources.defer(() => void socket.destroy());
      const framer = new StreamFramer();
      socket.on('data', (bytes) => {
        const items = framer.push(bytes);
        for (const item of items.ok ? items.value : [])
          if (item !== 'keep-alive') this.listener?.takesMessage(item, 'tcp');
      });
    });
    return this.#connection;
  }
}

async function bound(port: number, resources: AsyncDisposableStack): Promise<Socket> {
  const socket = createSocket('udp4');
  resources.defer(() => new Promise((resolve) => socket.close(() => resolve())));
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(port, HOST, resolve);
  });
  socket.on('error', () => {});
  return socket;
}

function splitAddress(address: string | undefined): [host: string, port: number] {
  const at = address?.lastIndexOf(':') ?? -1;
  if (address === undefined || at < 0) throw new Error('the conference has no listener of that transport');
  return [address.slice(0, at), Number(address.slice(at + 1))];
}
