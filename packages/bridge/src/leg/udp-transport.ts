import { createSocket, type Socket, type SocketOptions } from 'node:dgram';
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
import type { NegotiatedMedia, SdesKey } from '@plugfest/sdp';
import type { MediaTransport } from './media-transport.ts';

interface Keyed {
  readonly key: SdesKey;
  readonly context: SrtpContext;
}

/** RTP over a pair of UDP ports, plain or secured with SDES keys. Takes packets from the address in the peer's description only. */
export class UdpTransport implements MediaTransport {
  readonly #clock: Clock;
  readonly #lease: PortLease;
  readonly #rtp: Socket;
  readonly #rtcp: Socket;
  #remote: NegotiatedMedia['remote'] | undefined;
  #protect: Keyed | undefined;
  #unprotect: Keyed | undefined;
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
    // A peer that cannot be reached is a peer that hears nothing; its own reports say so. No callback at each `send`: that would be a task of its own for each packet.
    for (const socket of [rtp, rtcp]) socket.on('error', () => {});
  }

  /** @throws PortsExhausted, or the system's error. */
  static async open(host: string, clock: Clock): Promise<UdpTransport> {
    await using opening = new AsyncDisposableStack();
    const lease = opening.use(await leaseUdpPorts({ count: 2, consecutive: true, host }));
    const [rtpPort = 0, rtcpPort = 0] = lease.ports;
    const rtp = opening.adopt(await bind(host, rtpPort), closed);
    const rtcp = opening.adopt(await bind(host, rtcpPort), closed);
    opening.move();
    return new UdpTransport(clock, lease, rtp, rtcp);
  }

  get rtpPort(): number {
    return this.#lease.ports[0] ?? 0;
  }

  /** Takes what was agreed, now or again. Keys that did not change keep their state: a roll-over counter must survive a re-offer. */
  agree({ rtcpMux, remote, crypto }: NegotiatedMedia): void {
    this.#remote = rtcpMux ? { ...remote, rtcpPort: remote.rtpPort } : remote;
    this.#protect = keyed(crypto?.local, this.#protect);
    this.#unprotect = keyed(crypto?.remote, this.#unprotect);
  }

  sendRtp(packet: RtpPacket): void {
    if (!this.#remote || this.#closed) return;
    const plain = formatRtp(packet);
    const bytes = this.#protect?.context.protectRtp(plain) ?? plain;
    this.#rtp.send(bytes, this.#remote.rtpPort, this.#remote.address);
  }

  sendRtcp(packets: readonly RtcpPacket[]): void {
    if (!this.#remote || this.#closed) return;
    const plain = formatRtcpCompound(packets);
    const { address, rtpPort, rtcpPort } = this.#remote;
    const socket = rtcpPort === rtpPort ? this.#rtp : this.#rtcp;
    socket.send(this.#protect?.context.protectRtcp(plain) ?? plain, rtcpPort, address);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    // What was sent last, a goodbye, is still on its way to the system.
    await new Promise((resolve) => setImmediate(resolve));
    await Promise.all([this.#rtp, this.#rtcp].map(closed));
    this.#lease.release();
  }

  /** RTP and RTCP may share a port and differ by payload type (RFC 5761 §4). */
  #take(bytes: Uint8Array, isExpected: boolean): void {
    const type = bytes[1] ?? 0;
    const isTaken = isExpected && (type >= 192 && type <= 223 ? this.#takeRtcp(bytes) : this.#takeRtp(bytes));
    if (!isTaken) this.refused++;
  }

  #takeRtp(bytes: Uint8Array): boolean {
    const plain = this.#unprotect?.context.unprotectRtp(bytes) ?? { ok: true as const, value: bytes };
    const packet = plain.ok ? parseRtp(plain.value) : plain;
    if (packet.ok) this.onRtp?.(packet.value, this.#clock.nowUs());
    return packet.ok;
  }

  #takeRtcp(bytes: Uint8Array): boolean {
    const plain = this.#unprotect?.context.unprotectRtcp(bytes) ?? { ok: true as const, value: bytes };
    const compound = plain.ok ? parseRtcpCompound(plain.value) : plain;
    if (compound.ok) this.onRtcp?.(compound.value);
    return compound.ok;
  }
}

/** With the key of before its context goes on. */
function keyed(key: SdesKey | undefined, before: Keyed | undefined): Keyed | undefined {
  if (key === undefined) return undefined;
  const isSame =
    before !== undefined &&
    before.key.suite === key.suite &&
    Buffer.compare(before.key.key, key.key) === 0 &&
    Buffer.compare(before.key.salt, key.salt) === 0;
  return isSame ? before : { key, context: new SrtpContext(key) };
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.close(() => resolve()));
}

/** Media addresses are never names (see `allowHostNames`): the system's way to say so costs a turn of the event loop for each packet. */
const lookup: NonNullable<SocketOptions['lookup']> = (address, _options, found) =>
  found(null, address, address.includes(':') ? 6 : 4);

function bind(host: string, port: number): Promise<Socket> {
  const socket = createSocket({ type: host.includes(':') ? 'udp6' : 'udp4', recvBufferSize: 1 << 20, lookup });
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(port, host, () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}
