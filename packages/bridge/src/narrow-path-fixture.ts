import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { hostClock } from '@plugfest/host';
import { seededRandom } from '@plugfest/model';
import { ImpairedLine } from '@plugfest/wire';

const host = '127.0.0.1';
/** Nothing is lost: what is learned is learned by delay. */
const LONG_QUEUE_BYTES = 4_000_000;
const CANDIDATE = /^(a=candidate:\S+ \d+ udp \d+) \S+ \d+ /gim;

/** For tests: a UDP path between a WebRTC peer and the bridge whose rate can be bounded and which can lose packets, both ways. */
export class NarrowPath {
  readonly #toBridge = new ImpairedLine(hostClock, seededRandom(1));
  readonly #toPeer = new ImpairedLine(hostClock, seededRandom(2));
  readonly #near: Socket;
  readonly #far: Socket;
  #peer: { readonly address: string; readonly port: number } | undefined;
  #bridgePort = 0;

  private constructor(near: Socket, far: Socket) {
    this.#near = near;
    this.#far = far;
    near.on('message', (bytes, { address, port }) => {
      this.#peer = { address, port };
      this.#toBridge.carry(bytes, (arriving) => this.#far.send(arriving, this.#bridgePort, host));
    });
    far.on('message', (bytes) => {
      this.#toPeer.carry(bytes, (arriving) => this.#peer && near.send(arriving, this.#peer.port, this.#peer.address));
    });
  }

  static async open(): Promise<NarrowPath> {
    return new NarrowPath(await bound(), await bound());
  }

  /** In place of the peer's candidates: the path's end at the bridge. */
  offer(sdp: string): string {
    return sdp.replaceAll(CANDIDATE, `$1 ${host} ${portOf(this.#far)} `);
  }

  /** In place of the bridge's candidates: the path's end at the peer. */
  answer(sdp: string): string {
    this.#bridgePort = Number(/^a=candidate:\S+ \d+ udp \d+ \S+ (\d+) /im.exec(sdp)?.[1]);
    return sdp.replaceAll(CANDIDATE, `$1 ${host} ${portOf(this.#near)} `);
  }

  /** From now on, both ways; what it cannot carry yet waits. */
  bound(rateBps: number): void {
    for (const line of [this.#toBridge, this.#toPeer]) line.set({ rateBps, queueBytes: LONG_QUEUE_BYTES });
  }

  /** From now on, both ways, a part of all packets. */
  lose(lossRatio: number): void {
    for (const line of [this.#toBridge, this.#toPeer]) line.set({ lossRatio });
  }
}

async function bound(): Promise<Socket> {
  const socket = createSocket('udp4').bind(0, host);
  await once(socket, 'listening');
  return socket;
}

function portOf(socket: Socket): number {
  return (socket.address() as AddressInfo).port;
}
