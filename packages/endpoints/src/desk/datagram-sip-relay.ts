import { createHash } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import {
  BRANCH_COOKIE,
  formatMessage,
  formatNameAddr,
  formatSipUri,
  formatVia,
  header,
  headerValues,
  parameter,
  parseMessage,
  parseNameAddr,
  parseSipUri,
  parseVia,
  prependHeader,
  type SipMessage,
  withHeader,
  withHeaders,
} from '@plugfest/sip';
import { type Rewriter, rewriteBody } from '../webrtc/websocket-sip-relay.ts';

interface Address {
  readonly host: string;
  readonly port: number;
}

/** One of the relay's two sockets, and whom it talks to. */
interface Side {
  readonly socket: Socket;
  readonly local: Address;
  peer: Address | undefined;
}

const HOST = '127.0.0.1';
/** @see RFC 3261 §19.1.2 */
const SIP_PORT = 5060;

/**
 * Stands between a SIP program and the bridge over UDP, and puts the wire into the descriptions that pass. To both it looks like the other: it
 * adds its Via to requests and takes it off responses, and sets itself into Contact, so that what follows in the dialog passes here too.
 */
export class DatagramSipRelay implements AsyncDisposable {
  /** What passes, as it was received. */
  onMessage: ((message: SipMessage, from: 'program' | 'bridge') => void) | undefined;
  readonly #wire: Rewriter;
  readonly #program: Side;
  readonly #bridge: Side;
  /** The program's own URI, where it is called. */
  readonly #called: string | undefined;

  private constructor(wire: Rewriter, program: Side, bridge: Side, called: string | undefined) {
    this.#wire = wire;
    this.#called = called;
    this.#program = program;
    this.#bridge = bridge;
    program.socket.on('message', (bytes, { address, port }) => {
      program.peer = { host: address, port };
      this.#pass(bytes, 'program', bridge);
    });
    bridge.socket.on('message', (bytes) => this.#pass(bytes, 'bridge', program));
  }

  /**
   * @param bridge `host:port`
   * @param program on which address it is waited for (the loopback where absent), and its own SIP URI where it is the one who is called
   * @throws the system's error where no port can be bound
   */
  static async open(
    bridge: string,
    wire: Rewriter,
    { host = HOST, peer: called }: { readonly host?: string; readonly peer?: string } = {},
  ): Promise<DatagramSipRelay> {
    const colon = bridge.lastIndexOf(':');
    const peer = { host: bridge.slice(0, colon), port: Number(bridge.slice(colon + 1)) };
    const uri = called === undefined ? undefined : parseSipUri(called);
    const near = uri?.ok ? { host: uri.value.host, port: uri.value.port ?? SIP_PORT } : undefined;
    await using opening = new AsyncDisposableStack();
    const program = opening.adopt(await openSide(near, host), async ({ socket }) => void socket.close());
    const relay = new DatagramSipRelay(wire, program, await openSide(peer, HOST), called);
    opening.move();
    return relay;
  }

  /** Where the program calls, `host:port`. */
  get address(): string {
    return `${this.#program.local.host}:${this.#program.local.port}`;
  }

  /** Where the bridge calls, to reach the program. */
  get bridgeAddress(): string {
    return `${this.#bridge.local.host}:${this.#bridge.local.port}`;
  }

  #pass(bytes: Buffer, from: 'program' | 'bridge', far: Side): void {
    const parsed = parseMessage(bytes);
    if (!parsed.ok || far.peer === undefined) return;
    this.onMessage?.(parsed.value, from);
    const routed = parsed.value.kind === 'request' ? withOurVia(parsed.value, far.local) : withoutTopVia(parsed.value);
    const contacted = withOurContact(this.#readdressed(routed, from), far.local);
    const rewrite = (sdp: string): string =>
      from === 'program' ? this.#wire.rewriteLocal(sdp) : this.#wire.rewriteRemote(sdp);
    far.socket.send(rewriteBody(Buffer.from(formatMessage(contacted)), rewrite), far.peer.port, far.peer.host);
  }

  /** A request that was sent to our side of the bridge goes on to the program's own address. */
  #readdressed(message: SipMessage, from: 'program' | 'bridge'): SipMessage {
    if (message.kind !== 'request' || from !== 'bridge' || this.#called === undefined) return message;
    return { ...message, uri: this.#called };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const close = (socket: Socket): Promise<void> => new Promise((resolve) => socket.close(() => resolve()));
    await Promise.all([close(this.#program.socket), close(this.#bridge.socket)]);
  }
}

async function openSide(peer: Address | undefined, host: string): Promise<Side> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(0, host, resolve);
  });
  // Who has gone is noticed by what does not come.
  socket.on('error', () => {});
  return { socket, local: { host, port: socket.address().port }, peer };
}

/** The branch depends on the one below, so that retransmissions, ACK and CANCEL find their transaction. @see RFC 3261 §16.11 */
function withOurVia(request: SipMessage, local: Address): SipMessage {
  const top = headerValues(request, 'Via')[0] ?? '';
  const via = parseVia(top);
  const below = via.ok ? (parameter(via.value.parameters, 'branch') ?? top) : top;
  const branch = `${BRANCH_COOKIE}${createHash('sha256').update(below).digest('hex').slice(0, 24)}`;
  const parameters = [{ name: 'branch', value: branch }];
  return prependHeader(request, 'Via', formatVia({ protocol: 'SIP/2.0', transport: 'UDP', ...local, parameters }));
}

function withoutTopVia(response: SipMessage): SipMessage {
  return withHeaders(response, 'Via', headerValues(response, 'Via').slice(1));
}

function withOurContact(message: SipMessage, local: Address): SipMessage {
  const contact = parseNameAddr(header(message, 'Contact') ?? '');
  const uri = contact.ok ? parseSipUri(contact.value.uri) : contact;
  if (!contact.ok || !uri.ok) return message;
  const ours = formatSipUri({ ...uri.value, ...local });
  return withHeader(message, 'Contact', formatNameAddr({ ...contact.value, uri: ours }));
}
