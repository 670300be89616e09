import { createSocket, type Socket } from 'node:dgram';
import { leaseUdpPorts, type PortLease } from '@plugfest/host';
import { formatRtcpCompound } from '@plugfest/rtp';

interface Address {
  readonly address: string;
  readonly port: number;
}

/**
 * The address that a room announces for one m-line. ffmpeg cannot receive on a port and send from it, so this owner stands between: what comes from the far end goes to the
 * receiving ffmpeg, what the sending ffmpeg emits goes out from here.
 */
export class RoomPort implements AsyncDisposable {
  readonly #lease: PortLease;
  readonly #sockets: readonly Socket[];
  #far: readonly Address[] = [];
  #receiver: readonly Address[] = [];
  #farSsrc: number | undefined;
  #markFirst = (): void => {};
  /** Resolves when the far end's first packet came. */
  readonly firstPacket: Promise<void>;

  private constructor(lease: PortLease, sockets: readonly Socket[]) {
    this.#lease = lease;
    this.#sockets = sockets;
    this.firstPacket = new Promise((resolve) => {
      this.#markFirst = resolve;
    });
    sockets.forEach((socket, index) => {
      socket.on('message', (bytes, { port }) => this.#pass(index, bytes, port));
      // Nobody listening any more is what the end of a call looks like.
      socket.on('error', () => {});
    });
  }

  /** @throws PortsExhausted */
  static async open(host: string): Promise<RoomPort> {
    const lease = await leaseUdpPorts({ count: 2, consecutive: true, host });
    return new RoomPort(lease, await Promise.all(lease.ports.map((port) => bind(host, port))));
  }

  /** RTP's; RTCP's is the next. */
  get port(): number {
    return this.#lease.ports[0] ?? 0;
  }

  /** Where the far end takes RTP and RTCP, and where the receiving ffmpeg does. */
  connect(far: readonly [Address, Address], receiver: readonly [Address, Address]): void {
    this.#far = far;
    this.#receiver = receiver;
  }

  /** ffmpeg cannot ask for key frames, rooms do: a PLI (RFC 4585 §6.3.1) for the stream that comes in, where one does. */
  requestKeyFrame(): void {
    const far = this.#far[1];
    if (!far || this.#farSsrc === undefined) return;
    const senderSsrc = 1;
    const compound = formatRtcpCompound([
      { type: 'receiver-report', ssrc: senderSsrc, reports: [] },
      { type: 'picture-loss-indication', senderSsrc, mediaSsrc: this.#farSsrc },
    ]);
    this.#sockets[1]?.send(compound, far.port, far.address);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#sockets.map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))));
    this.#lease.release();
  }

  /** Packets of the far end go in; all others are our own ffmpegs' and go out. */
  #pass(index: number, bytes: Uint8Array, fromPort: number): void {
    const [far, receiver] = [this.#far[index], this.#receiver[index]];
    if (!far || !receiver) return;
    const incoming = fromPort === far.port;
    if (incoming && index === 0 && bytes.length >= 12) {
      this.#farSsrc = new DataView(bytes.buffer, bytes.byteOffset).getUint32(8);
      this.#markFirst();
    }
    const target = incoming ? receiver : far;
    this.#sockets[index]?.send(bytes, target.port, target.address);
  }
}

function bind(host: string, port: number): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 });
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(port, host, () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}
