import { leaseUdpPorts, type PortLease } from '@plugfest/host';
import type { Clock, Random } from '@plugfest/model';
import { ImpairedLine, type Impairment } from './impairment.ts';
import { RelayPeer } from './relay-peer.ts';
import { RelaySocket } from './relay-socket.ts';
import type { RelayAddresses } from './sdp-rewrite.ts';
import type { TransportAddress } from './transport-address.ts';

/** From the participant's point of view: `sent` goes from its endpoint to the far end, `received` the other way. */
export type Direction = 'sent' | 'received';
export const DIRECTIONS: readonly Direction[] = ['sent', 'received'];

/** A packet as it crossed the far leg (between the wire and the far end), when it was delivered. */
export interface RelayedPacket {
  readonly direction: Direction;
  readonly source: TransportAddress;
  readonly destination: TransportAddress;
  readonly payload: Uint8Array;
}

export interface RelayOptions {
  readonly host: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly onDelivered: (packet: RelayedPacket) => void;
}

/** RTP and RTCP of one side: two neighbouring ports and who is behind each. */
interface Side {
  readonly lease: PortLease;
  readonly sockets: readonly [RelaySocket, RelaySocket];
  readonly peers: readonly [RelayPeer, RelayPeer];
}

/** Four UDP ports that carry one m-line (or a bundle) between an endpoint, which is near, and the far end. */
export class MediaRelay {
  /** What the endpoint is told: where it sends to. */
  readonly near: RelayAddresses;
  /** What the far end is told. */
  readonly far: RelayAddresses;
  readonly #sides: { readonly near: Side; readonly far: Side };
  readonly #lines: Record<Direction, ImpairedLine>;
  readonly #onDelivered: RelayOptions['onDelivered'];

  private constructor(near: Side, far: Side, options: RelayOptions) {
    this.#sides = { near, far };
    this.near = addressesOf(near);
    this.far = addressesOf(far);
    this.#onDelivered = options.onDelivered;
    this.#lines = {
      sent: new ImpairedLine(options.clock, options.random.fork('sent')),
      received: new ImpairedLine(options.clock, options.random.fork('received')),
    };
    for (const component of [0, 1] as const) {
      this.#carry('sent', near, far, component);
      this.#carry('received', far, near, component);
    }
  }

  /** @throws PortsExhausted, or the system's error where a socket is refused; nothing is left open then. */
  static async open(options: RelayOptions): Promise<MediaRelay> {
    await using stack = new AsyncDisposableStack();
    const near = await openSide(options.host, stack);
    const far = await openSide(options.host, stack);
    stack.move();
    return new MediaRelay(near, far, options);
  }

  declareNear(rtp: TransportAddress | undefined, rtcp: TransportAddress | undefined, strict: boolean): void {
    declare(this.#sides.near, rtp, rtcp, strict);
  }

  declareFar(rtp: TransportAddress | undefined, rtcp: TransportAddress | undefined, strict: boolean): void {
    declare(this.#sides.far, rtp, rtcp, strict);
  }

  setImpairment(direction: Direction, impairment: Impairment): void {
    this.#lines[direction].set(impairment);
  }

  /** Packets lost on purpose. */
  dropped(direction: Direction): number {
    return this.#lines[direction].dropped;
  }

  /** Packets from third parties that were not passed on. */
  foreign(direction: Direction): number {
    const side = direction === 'sent' ? this.#sides.near : this.#sides.far;
    return side.peers[0].foreign + side.peers[1].foreign;
  }

  close(): void {
    for (const line of Object.values(this.#lines)) line.close();
    for (const side of Object.values(this.#sides)) {
      for (const socket of side.sockets) socket.close();
      side.lease.release();
    }
  }

  #carry(direction: Direction, from: Side, to: Side, component: 0 | 1): void {
    const out = to.sockets[component];
    const farSocket = direction === 'sent' ? out.address : from.sockets[component].address;
    from.sockets[component].onPacket((payload, source) => {
      if (!from.peers[component].accepts(source)) return;
      this.#lines[direction].carry(() => {
        const destination = to.peers[component].destination;
        if (!destination) return;
        out.send(payload, destination);
        const ends = direction === 'sent' ? { source: farSocket, destination } : { source, destination: farSocket };
        this.#onDelivered({ direction, payload, ...ends });
      });
    });
  }
}

async function openSide(host: string, stack: AsyncDisposableStack): Promise<Side> {
  const lease = stack.use(await leaseUdpPorts({ count: 2, host, consecutive: true }));
  const open = async (port: number | undefined): Promise<RelaySocket> =>
    stack.adopt(await RelaySocket.open({ address: host, port: port ?? 0 }), async (socket) => socket.close());
  const sockets = [await open(lease.ports[0]), await open(lease.ports[1])] as const;
  return { lease, sockets, peers: [new RelayPeer(), new RelayPeer()] };
}

function addressesOf(side: Side): RelayAddresses {
  return { rtp: side.sockets[0].address, rtcp: side.sockets[1].address };
}

function declare(
  side: Side,
  rtp: TransportAddress | undefined,
  rtcp: TransportAddress | undefined,
  strict: boolean,
): void {
  side.peers[0].declare(rtp, strict);
  side.peers[1].declare(rtcp, strict);
}
