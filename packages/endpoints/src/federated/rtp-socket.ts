import { createSocket, type Socket } from 'node:dgram';
import { leaseUdpPorts, type PortLease } from '@plugfest/host';

interface Remote {
  readonly address: string;
  readonly rtpPort: number;
  readonly rtcpPort: number;
}

type Receive = (bytes: Uint8Array) => void;

/** A pair of UDP ports for RTP and RTCP. Takes packets from the address that the answer names, and from nobody else. */
export class RtpSocket implements AsyncDisposable {
  readonly #lease: PortLease;
  readonly #rtp: Socket;
  readonly #rtcp: Socket;
  #remote: Remote | undefined;
  onRtp: Receive | undefined;
  onRtcp: Receive | undefined;

  private constructor(lease: PortLease, rtp: Socket, rtcp: Socket) {
    this.#lease = lease;
    this.#rtp = rtp;
    this.#rtcp = rtcp;
    rtp.on('message', (bytes, { address, port }) => this.#receiveRtp(bytes, address, port));
    rtcp.on('message', (bytes, { address, port }) => {
      if (address === this.#remote?.address && port === this.#remote.rtcpPort) this.onRtcp?.(bytes);
    });
    // An unreachable peer is seen as silence, which the measurements show; it is no fault of this socket.
    for (const socket of [rtp, rtcp]) socket.on('error', () => {});
  }

  /** @throws PortsExhausted, or the system's error where a socket is refused. */
  static async open(host: string): Promise<RtpSocket> {
    const lease = await leaseUdpPorts({ count: 2, consecutive: true, host });
    const [rtpPort = 0, rtcpPort = 0] = lease.ports;
    const sockets = await Promise.all([bind(host, rtpPort), bind(host, rtcpPort)]);
    return new RtpSocket(lease, sockets[0], sockets[1]);
  }

  get rtpPort(): number {
    return this.#lease.ports[0] ?? 0;
  }

  get rtcpPort(): number {
    return this.#lease.ports[1] ?? 0;
  }

  connect(remote: Remote): void {
    this.#remote = remote;
  }

  sendRtp(bytes: Uint8Array): void {
    if (this.#remote) this.#rtp.send(bytes, this.#remote.rtpPort, this.#remote.address);
  }

  sendRtcp(bytes: Uint8Array): void {
    if (!this.#remote) return;
    const { address, rtpPort, rtcpPort } = this.#remote;
    (rtcpPort === rtpPort ? this.#rtp : this.#rtcp).send(bytes, rtcpPort, address);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      [this.#rtp, this.#rtcp].map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))),
    );
    this.#lease.release();
  }

  /** With rtcp-mux both come to one port and differ by payload type (RFC 5761 §4). */
  #receiveRtp(bytes: Uint8Array, address: string, port: number): void {
    if (address !== this.#remote?.address || port !== this.#remote.rtpPort) return;
    const type = bytes[1] ?? 0;
    if (type >= 192 && type <= 223) this.onRtcp?.(bytes);
    else this.onRtp?.(bytes);
  }
}

function bind(host: string, port: number): Promise<Socket> {
  const socket = createSocket({ type: host.includes(':') ? 'udp6' : 'udp4', recvBufferSize: 1 << 20 });
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(port, host, () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}
