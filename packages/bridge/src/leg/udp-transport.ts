import { createSocket, type Socket } from 'node:dgram';
import { leaseUdpPorts, type PortLease } from '@plugfest/host';
import type { Clock } from '@plugfest/model';
import {
  formatRtcpCompound,
  formatRtp,
  parseRtcpCompound,
  parseRtp,
  type RtcpPacket,
  type RtpPacket,
  SrtpContext,
} from '@plugfest/rtp';
import type { NegotiatedMedia } from '@plugfest/sdp';
import type { MediaTransport } from './media-transport.ts';

/** RTP over a pair of UDP ports, plain or secured with SDES keys. Takes packets from the address in the peer's description only. */
export class UdpTransport implements MediaTransport {
  readonly #clock: Clock;
  readonly #lease: PortLease;
  readonly #rtp: Socket;
  readonly #rtcp: Socket;
  #remote: NegotiatedMedia['remote'] | undefined;
  #protect: SrtpContext | undefined;
  #unprotect: SrtpContext | undefined;
  #closed = false;
  onRtp: MediaTransport['onRtp'];
  onRtcp: MediaTransport['onRtcp'];
  refused = 0;

  private constructor(clock: Clock, lease: PortLease, rtp: Socket, rtcp: Socket) {
    this.#clock = clock;
    this.#lease = lease;
    this.#rtp = rtp;
    this.#rtcp = rtcp;
    rtp.on('message', (bytes, { address, port }) =>
      this.#take(bytes, address === this.#remote?.address && port === this.#remote.rtpPort),
    );
    rtcp.on('message', (bytes, { address, port }) =>
      this.#take(bytes, address === this.#remote?.address && port === this.#remote.rtcpPort),
    );
    // A peer that cannot be reached is a peer that hears nothing; its own reports say so.
    for (const socket of [rtp, rtcp]) socket.on('error', () => {});
  }

  /** @throws PortsExhausted, or the system's error. */
  static async open(host: string, clock: Clock): Promise<UdpTransport> {
    const lease = await leaseUdpPorts({ count: 2, consecutive: true, host });
    const [rtpPort = 0, rtcpPort = 0] = lease.ports;
    const [rtp, rtcp] = await Promise.all([bind(host, rtpPort), bind(host, rtcpPort)]);
    return new UdpTransport(clock, lease, rtp, rtcp);
  }

  get rtpPort(): number {
    return this.#lease.ports[0] ?? 0;
  }

  /** Takes what was agreed, now or again. Keys that did not change keep their state: a roll-over counter must survive a re-offer. */
  agree(media: NegotiatedMedia): void {
    this.#remote = media.rtcpMux ? { ...media.remote, rtcpPort: media.remote.rtpPort } : media.remote;
    if (!media.crypto) return;
    this.#protect ??= new SrtpContext(media.crypto.local);
    this.#unprotect ??= new SrtpContext(media.crypto.remote);
  }

  sendRtp(packet: RtpPacket): void {
    if (!this.#remote || this.#closed) return;
    const plain = formatRtp(packet);
    this.#rtp.send(this.#protect?.protectRtp(plain) ?? plain, this.#remote.rtpPort, this.#remote.address);
  }

  sendRtcp(packets: readonly RtcpPacket[]): void {
    if (!this.#remote || this.#closed) return;
    const plain = formatRtcpCompound(packets);
    const { address, rtpPort, rtcpPort } = this.#remote;
    (rtcpPort === rtpPort ? this.#rtp : this.#rtcp).send(this.#protect?.protectRtcp(plain) ?? plain, rtcpPort, address);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.all(
      [this.#rtp, this.#rtcp].map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))),
    );
    this.#lease.release();
  }

  /** RTP and RTCP may share a port and differ by payload type (RFC 5761 §4). */
  #take(bytes: Uint8Array, expected: boolean): void {
    const type = bytes[1] ?? 0;
    const taken = expected && (type >= 192 && type <= 223 ? this.#takeRtcp(bytes) : this.#takeRtp(bytes));
    if (!taken) this.refused++;
  }

  #takeRtp(bytes: Uint8Array): boolean {
    const plain = this.#unprotect ? this.#unprotect.unprotectRtp(bytes) : { ok: true as const, value: bytes };
    const packet = plain.ok ? parseRtp(plain.value) : plain;
    if (packet.ok) this.onRtp?.(packet.value, this.#clock.nowUs());
    return packet.ok;
  }

  #takeRtcp(bytes: Uint8Array): boolean {
    const plain = this.#unprotect ? this.#unprotect.unprotectRtcp(bytes) : { ok: true as const, value: bytes };
    const compound = plain.ok ? parseRtcpCompound(plain.value) : plain;
    if (compound.ok) this.onRtcp?.(compound.value);
    return compound.ok;
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
