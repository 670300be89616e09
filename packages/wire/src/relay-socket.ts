import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { familyOf, type TransportAddress } from './transport-address.ts';

/** A second of 720p video: a busy event loop must not cost packets. The system may grant less. */
const BUFFER_BYTES = 2 * 1024 * 1024;

/** One UDP port of a relay. */
export class RelaySocket {
  readonly address: TransportAddress;
  readonly #socket: Socket;
  #open = true;

  private constructor(socket: Socket, address: TransportAddress) {
    this.#socket = socket;
    this.address = address;
  }

  /** @throws where the port cannot be bound */
  static async open(address: TransportAddress): Promise<RelaySocket> {
    const family = familyOf(address.address) === 6 ? 6 : 4;
    // Addresses are never names here: asking the resolver for each packet would cost a quarter of all that a packet costs.
    const lookup = (name: string, _: object, found: (error: null, address: string, family: number) => void): void =>
      found(null, name, family);
    const socket = createSocket({ type: `udp${family}`, lookup });
    // With such a lookup it listens before `bind` returns.
    const listening = once(socket, 'listening');
    socket.bind({ address: address.address, port: address.port, exclusive: true });
    await listening;
    socket.setRecvBufferSize(BUFFER_BYTES);
    socket.setSendBufferSize(BUFFER_BYTES);
    // A peer that is gone (ICMP) is no fault of ours.
    socket.on('error', () => {});
    return new RelaySocket(socket, address);
  }

  onPacket(take: (payload: Buffer, source: TransportAddress) => void): void {
    this.#socket.on('message', (payload, source) => take(payload, source));
  }

  /** UDP: no promise that it arrives. */
  send(payload: Uint8Array, destination: TransportAddress): void {
    if (this.#open) this.#socket.send(payload, destination.port, destination.address);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#socket.close();
  }
}
