import { leaseUdpPorts, type PortLease } from '@plugfest/host';
import type { ImpairedLine } from './impairment.ts';
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
  /** What its packets go through; others may share them. */
  readonly lines: Readonly<Record<Direction, ImpairedLine>>;
  readonly onDelivered: (packet: RelayedPacket) => void;
  /** As it would have crossed the far leg. */
  readonly onLost?: (packet: RelayedPacket) => void;
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
  readonly #sides: { readonly near: Side; far: Side };
  readonly #options: RelayOptions;

  private constructor(near: Side, far: Side, options: RelayOptions) {
    this.#sides = { near, far };
    this.near = addressesOf(near);
    this.far = addressesOf(far);
    this.#options = options;
    for (const component of [0, 1] as const) {
      this.#carry('sent', near, component);
      this.#carry('received', far, component);
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

  /**
   * As a NAT does that forgets its mapping: from now on the far end hears the endpoint from other ports, and what it sends to the old ones is lost.
   * @throws PortsExhausted, or the system's error where a socket is refused; all is as it was then.
   */
  async rebind(): Promise<void> {
    await using stack = new AsyncDisposableStack();
    const { peers, ...old } = this.#sides.far;
    const fresh = { ...(await openSide(this.#options.host, stack)), peers };
    stack.move();
    this.#sides.far = fresh;
    for (const component of [0, 1] as const) this.#carry('received', fresh, component);
    closeSide(old);
  }

  /** Packets from third parties that were not passed on. */
  foreign(direction: Direction): number {
    const side = direction === 'sent' ? this.#sides.near : this.#sides.far;
    return side.peers[0].foreign + side.peers[1].foreign;
  }

  close(): void {
    for (const side of Object.values(this.#sides)) closeSide(side);
  }

  #carry(direction: Direction, from: Side, component: 0 | 1): void {
    const { lines, onDelivered, onLost } = this.#options;
    const isSent = direction === 'sent';
    from.sockets[component].onPacket((payload, source) => {
      if (!from.peers[component].accepts(source)) return;
      const to = (): RelayPeer => (isSent ? this.#sides.far : this.#sides.near).peers[component];
      const out = (): RelaySocket => (isSent ? this.#sides.far : this.#sides.near).sockets[component];
      const tell = (listener: RelayOptions['onLost'], packet: Uint8Array, destination: TransportAddress): void => {
        const ends = isSent
          ? { source: out().address, destination }
          : { source, destination: from.sockets[component].address };
        listener?.({ direction, payload: packet, ...ends });
      };
      const deliver = (arriving: Uint8Array): void => {
        const { destination } = to();
        if (!destination) return;
        out().send(arriving, destination);
        tell(onDelivered, arriving, destination);
      };
      lines[direction].carry(payload, deliver, (lost) => {
        const { destination } = to();
        if (destination) tell(onLost, lost, destination);
      });
    });
  }
}

function closeSide({ sockets, lease }: Pick<Side, 'sockets' | 'lease'>): void {
  for (const socket of sockets) socket.close();
  lease.release();
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
