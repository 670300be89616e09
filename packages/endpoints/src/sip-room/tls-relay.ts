import { createServer, type Server, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';

export interface TlsRelayOptions {
  readonly host: string;
  /** Of the bridge's TLS listener. */
  readonly remote: { readonly host: string; readonly port: number };
  /** The authority that the bridge's certificate must be of. */
  readonly caPem: string;
  /** The name that it must be for. */
  readonly serverName: string;
}

/** What a message says of its transport; both words have three letters, so that no length changes. */
const WORDS = [
  ['SIP/2.0/TCP', 'SIP/2.0/TLS'],
  ['transport=tcp', 'transport=tls'],
] as const;
const LONGEST = 'transport=tcp'.length;

/**
 * TLS for a SIPp that was built without it, as Debian's is: SIPp speaks TCP to this relay, the relay TLS to the bridge. On the way the messages
 * are made to say TLS, and what comes back TCP.
 * @see RFC 3261 §26.2.1
 */
export class TlsRelay implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, options: TlsRelayOptions) {
    this.#server = server;
    server.on('connection', (near) => this.#join(near, options));
  }

  static async open(options: TlsRelayOptions): Promise<TlsRelay> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, options.host, resolve);
    });
    return new TlsRelay(server, options);
  }

  /** `host:port` */
  get address(): string {
    const address = this.#server.address();
    return typeof address === 'object' && address ? `${address.address}:${address.port}` : '';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  /** Where one side ends, or fails, so does the other: SIPp then says that it lost its connection. */
  #join(near: Socket, { remote, caPem, serverName }: TlsRelayOptions): void {
    const far: TLSSocket = connectTls({ ...remote, ca: caPem, servername: serverName });
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
    pass(near, far, new WordChange(WORDS));
    pass(far, near, new WordChange(WORDS.map(([tcp, tls]) => [tls, tcp] as const)));
  }
}

function pass(from: Socket, to: Socket, change: WordChange): void {
  from.on('data', (bytes: Buffer) => to.write(change.push(bytes)));
  from.on('end', () => to.end(change.end()));
}

/** Words for others of the same length in a stream, wherever it is cut. */
export class WordChange {
  readonly #words: readonly (readonly [from: string, to: string])[];
  #held = '';

  constructor(words: readonly (readonly [from: string, to: string])[]) {
    this.#words = words;
  }

  /** All that can be said already: the beginning of a word at the end of the bytes waits for the next ones. */
  push(bytes: Uint8Array): Buffer {
    const text = this.#change(this.#held + Buffer.from(bytes).toString('latin1'));
    const from = Math.max(0, text.length - LONGEST + 1);
    const starts = Array.from({ length: text.length - from }, (_, at) => from + at);
    const at = starts.find((start) => this.#words.some(([word]) => word.startsWith(text.slice(start)))) ?? text.length;
    this.#held = text.slice(at);
    return Buffer.from(text.slice(0, at), 'latin1');
  }

  end(): Buffer {
    const rest = Buffer.from(this.#held, 'latin1');
    this.#held = '';
    return rest;
  }

  #change(text: string): string {
    return this.#words.reduce((changed, [from, to]) => changed.replaceAll(from, to), text);
  }
}
