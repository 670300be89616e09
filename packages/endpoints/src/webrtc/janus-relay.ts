import type { AddressInfo } from 'node:net';
import type { MediaWire } from '@plugfest/wire';
import { WebSocket, WebSocketServer } from 'ws';

/** What of the wire a relay uses. */
type Rewriter = Pick<MediaWire, 'rewriteLocal' | 'rewriteRemote'>;

const PROTOCOL = 'janus-protocol';
/** A description of many m-lines is the longest that Janus says. */
const MAX_MESSAGE_BYTES = 1 << 18;

/** The first line of the wire for each peer connection of a person, in the order in which its client attaches to plugins: sound, its picture, the others'. */
const FIRST_LINES = [0, 1, 2];
/** Others' pictures share one transport; one line more for each of them is for where they do not. */
export const JANUS_LINES = 6;

/** A message of either side, as far as the relay looks into it. */
interface Envelope {
  readonly janus?: unknown;
  readonly transaction?: unknown;
  readonly handle_id?: unknown;
  readonly sender?: unknown;
  readonly data?: { readonly id?: unknown };
  readonly jsep?: { readonly sdp?: unknown };
}

/** A WebSocket between a page and Janus that puts the wire into the descriptions that pass: each of the person's peer connections has lines of its own. */
export class JanusRelay implements AsyncDisposable {
  readonly #server: WebSocketServer;
  readonly #janusUrl: string;
  readonly #wire: Rewriter;

  private constructor(server: WebSocketServer, janusUrl: string, wire: Rewriter) {
    this.#server = server;
    this.#janusUrl = janusUrl;
    this.#wire = wire;
    server.on('connection', (client) => this.#join(client));
  }

  /** @throws the system's error where it cannot listen */
  static async open(janusUrl: string, wire: Rewriter, host = '127.0.0.1'): Promise<JanusRelay> {
    const server = new WebSocketServer({
      host,
      port: 0,
      maxPayload: MAX_MESSAGE_BYTES,
      handleProtocols: (protocols) => (protocols.has(PROTOCOL) ? PROTOCOL : false),
    });
    await new Promise<void>((resolve, reject) => {
      server.once('listening', resolve);
      server.once('error', reject);
    });
    return new JanusRelay(server, janusUrl, wire);
  }

  get url(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    return `ws://${address}:${port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#server.clients) client.terminate();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #join(client: WebSocket): void {
    const janus = new WebSocket(this.#janusUrl, PROTOCOL, { maxPayload: MAX_MESSAGE_BYTES });
    const opened = new Promise<void>((resolve) => janus.once('open', resolve));
    const lines = new LinesOfHandles();
    client.on('message', (data: Buffer) => {
      const message = envelopeIn(data);
      lines.asked(message);
      const text = withSdp(data, message, (sdp) => this.#wire.rewriteLocal(sdp, lines.of(message.handle_id)));
      void opened.then(() => janus.send(text));
    });
    janus.on('message', (data: Buffer) => {
      const message = envelopeIn(data);
      lines.answered(message);
      client.send(withSdp(data, message, (sdp) => this.#wire.rewriteRemote(sdp, lines.of(message.sender))));
    });
    janus.on('error', () => client.terminate());
    janus.on('close', () => client.close());
    client.on('close', () => janus.terminate());
    client.on('error', () => client.terminate());
  }
}

/** Which handle has which lines: by the order of attaching. */
class LinesOfHandles {
  readonly #firstLineOfTransaction = new Map<unknown, number>();
  readonly #firstLineOfHandle = new Map<unknown, number>();
  #attached = 0;

  asked({ janus, transaction }: Envelope): void {
    if (janus === 'attach') this.#firstLineOfTransaction.set(transaction, FIRST_LINES[this.#attached++] ?? JANUS_LINES);
  }

  answered({ janus, transaction, data }: Envelope): void {
    const line = this.#firstLineOfTransaction.get(transaction);
    if (janus === 'success' && line !== undefined) this.#firstLineOfHandle.set(data?.id, line);
  }

  /** Beyond the wire, so that nothing is relayed, for a handle that nobody attached. */
  of(handle: unknown): number {
    return this.#firstLineOfHandle.get(handle) ?? JANUS_LINES;
  }
}

function envelopeIn(data: Buffer): Envelope {
  try {
    const value: unknown = JSON.parse(data.toString('utf8'));
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

function withSdp(data: Buffer, message: Envelope, rewrite: (sdp: string) => string): string {
  const sdp = message.jsep?.sdp;
  if (typeof sdp !== 'string') return data.toString('utf8');
  return JSON.stringify({ ...message, jsep: { ...message.jsep, sdp: rewrite(sdp) } });
}
