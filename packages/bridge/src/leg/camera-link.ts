import { createSocket, type Socket } from 'node:dgram';
import { leaseUdpPorts } from '@plugfest/host';
import type { Clock, Random } from '@plugfest/model';
import { demultiplex, formatRtp, parseRtp } from '@plugfest/rtp';
import type { CameraAgreement } from './camera-line.ts';
import { FarEndCamera, type FarEndCameraOptions } from './far-end-camera.ts';

export interface CameraLinkOptions extends Pick<FarEndCameraOptions, 'onMove' | 'onSource'> {
  readonly clock: Clock;
  readonly random: Random;
  readonly host: string;
}

const CLOCK_RATE_HZ = 4800;

/** One call's way to the camera, over RTP. Takes nothing but from the address that the peer's description names. @see RFC 4573 */
export class CameraLink implements AsyncDisposable {
  readonly port: number;
  readonly #socket: Socket;
  readonly #camera: FarEndCamera;
  readonly #options: CameraLinkOptions;
  readonly #ssrc: number;
  readonly #resources: AsyncDisposableStack;
  #agreement: CameraAgreement;
  #sequenceNumber: number;

  private constructor(
    options: CameraLinkOptions,
    agreement: CameraAgreement,
    port: number,
    socket: Socket,
    resources: AsyncDisposableStack,
  ) {
    this.#options = options;
    this.#agreement = agreement;
    this.port = port;
    this.#socket = socket;
    this.#resources = resources;
    this.#ssrc = options.random.uint32();
    this.#sequenceNumber = options.random.uint32() & 0xffff;
    this.#camera = new FarEndCamera({ ...options, send: (frame) => this.#send(frame) });
    socket.on('error', () => {});
    socket.on('message', (bytes, { address, port: from }) => {
      const { remote } = this.#agreement;
      if (address === remote.address && from === remote.port) this.#take(bytes);
    });
  }

  /** @throws PortsExhausted, or the system's error */
  static async open(options: CameraLinkOptions, agreement: CameraAgreement): Promise<CameraLink> {
    await using opening = new AsyncDisposableStack();
    // RTCP is not spoken on this line [M], but its port is nobody else's.
    const lease = opening.use(await leaseUdpPorts({ count: 2, consecutive: true, host: options.host }));
    const port = lease.ports[0] ?? 0;
    const socket = createSocket(options.host.includes(':') ? 'udp6' : 'udp4');
    opening.defer(() => new Promise((resolve) => socket.close(() => resolve())));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket.once('error', reject);
    socket.bind(port, options.host, resolve);
    await promise;
    socket.off('error', reject);
    return new CameraLink(options, agreement, port, socket, opening.move());
  }

  /** A later agreement: perhaps from another port. */
  agree(agreement: CameraAgreement): void {
    this.#agreement = agreement;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#camera.close();
    await this.#resources.disposeAsync();
  }

  #take(bytes: Uint8Array): void {
    const packet = demultiplex(bytes) === 'rtp' ? parseRtp(bytes) : undefined;
    if (packet?.ok && packet.value.payloadType === this.#agreement.payloadType)
      this.#camera.receive(packet.value.payload);
  }

  #send(payload: Uint8Array): void {
    const { remote, payloadType } = this.#agreement;
    const timestamp = Math.floor((this.#options.clock.nowUs() * CLOCK_RATE_HZ) / 1e6) % 2 ** 32;
    this.#sequenceNumber = (this.#sequenceNumber + 1) & 0xffff;
    const packet = { payloadType, sequenceNumber: this.#sequenceNumber, timestamp, ssrc: this.#ssrc };
    const bytes = formatRtp({ ...packet, marker: true, csrcs: [], payload });
    this.#socket.send(bytes, remote.port, remote.address, () => {});
  }
}
