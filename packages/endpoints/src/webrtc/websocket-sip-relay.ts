import type { AddressInfo } from 'node:net';
import { formatMessage, header, parseMessage, type SipMessage } from '@plugfest/sip';
import type { MediaWire } from '@plugfest/wire';
import { WebSocket, WebSocketServer } from 'ws';

/** What waits for the bridge's side to open, at most. */
const MAX_WAITING = 100;
/** As long as a UDP datagram can be: no SIP message needs more. */
const MAX_MESSAGE_BYTES = 1 << 16;

/** What of the wire a relay uses. */
export type Rewriter = Pick<MediaWire, 'rewriteLocal' | 'rewriteRemote'>;

/**
 * A WebSocket between a WebRTC client and the bridge that puts the wire into the descriptions that pass (RFC 7118; one message a frame). The client's own connection stays a real one: it
 * simply calls this address.
 */
export class WebSocketSipRelay implements AsyncDisposable {
  /** What passes, as it was received. */
  onMessage: ((message: SipMessage, from: 'program' | 'bridge') => void) | undefined;
  readonly #server: WebSocketServer;
  readonly #bridgeUrl: string;
  readonly #wire: Rewriter;

  /** Open already, for the first client. */
  #bridge: WebSocket | undefined;

  private constructor(server: WebSocketServer, bridge: WebSocket, bridgeUrl: string, wire: Rewriter) {
    this.#server = server;
    this.#bridge = bridge;
    this.#bridgeUrl = bridgeUrl;
    this.#wire = wire;
    server.on('connection', (client) => this.#join(client));
  }

  /** @throws where the bridge cannot be reached */
  static async open(bridgeUrl: string, wire: Rewriter, host = '127.0.0.1'): Promise<WebSocketSipRelay> {
    const bridge = await connect(bridgeUrl);
    const server = new WebSocketServer({
      host,
      port: 0,
      maxPayload: MAX_MESSAGE_BYTES,
      handleProtocols: (protocols) => (protocols.has('sip') ? 'sip' : false),
    });
    await new Promise<void>((resolve, reject) => {
      server.once('listening', resolve);
      server.once('error', reject);
    });
    return new WebSocketSipRelay(server, bridge, bridgeUrl, wire);
  }

  get url(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    return `ws://${address}:${port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#bridge?.terminate();
    for (const client of this.#server.clients) client.terminate();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #tell(data: Buffer, from: 'program' | 'bridge'): void {
    const parsed = this.onMessage ? parseMessage(data) : undefined;
    if (parsed?.ok) this.onMessage?.(parsed.value, from);
  }

  #join(client: WebSocket): void {
    const bridge = this.#bridge ?? dial(this.#bridgeUrl);
    this.#bridge = undefined;
    const waiting: (() => void)[] = [];
    bridge.on('open', () => {
      for (const send of waiting.splice(0)) send();
    });
    // Text stays text and binary binary: RFC 7118 §5 allows both, and a peer may know only one.
    client.on('message', (data: Buffer, binary) => {
      this.#tell(data, 'program');
      const message = rewriteBody(data, (sdp) => this.#wire.rewriteLocal(sdp));
      const send = (): void => bridge.send(message, { binary });
      if (bridge.readyState === WebSocket.OPEN) send();
      else if (waiting.length < MAX_WAITING) waiting.push(send);
    });
    bridge.on('message', (data: Buffer, binary) => {
      this.#tell(data, 'bridge');
      client.send(
        rewriteBody(data, (sdp) => this.#wire.rewriteRemote(sdp)),
        { binary },
      );
    });
    // Either side's end is the other's: both clients notice by themselves that the connection is gone.
    bridge.on('close', () => client.close());
    client.on('close', () => bridge.close());
    client.on('error', () => client.terminate());
    if (bridge.readyState === WebSocket.CLOSED) client.close();
  }
}

function dial(url: string): WebSocket {
  const socket = new WebSocket(url, 'sip', { maxPayload: MAX_MESSAGE_BYTES });
  return socket.on('error', () => socket.terminate());
}

async function connect(url: string): Promise<WebSocket> {
  const socket = dial(url);
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', (cause) =>
      reject(
        new Error(`no SIP over WebSocket at ${url}: ${(cause as { code?: string }).code ?? cause.message}`, { cause }),
      ),
    );
  });
  return socket;
}

/** The message with its session description rewritten and Content-Length set anew; anything else passes as it came. */
export function rewriteBody(bytes: Buffer, rewrite: (sdp: string) => string): Buffer {
  const parsed = parseMessage(bytes);
  if (!parsed.ok || !carriesSdp(parsed.value)) return bytes;
  const body = Buffer.from(rewrite(Buffer.from(parsed.value.body).toString('utf8')), 'utf8');
  return Buffer.from(formatMessage({ ...parsed.value, body }));
}

function carriesSdp(message: SipMessage): boolean {
  return message.body.length > 0 && (header(message, 'Content-Type') ?? '').toLowerCase().startsWith('application/sdp');
}
