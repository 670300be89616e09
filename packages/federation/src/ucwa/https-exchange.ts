import { Agent, request } from 'node:https';

/** One request. */
export interface HttpAsk {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
}

export interface HttpReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** UTF-8. */
  readonly body: string;
}

const MAX_REPLY_BYTES = 4 * 1024 * 1024;
const QUIET_MS = 15_000;

/** HTTPS with names that only the lab knows, and certificates that only its authority made. */
export class HttpsExchange implements Disposable {
  readonly #agent: Agent;
  readonly #addressOf: (url: URL) => Promise<string | undefined>;

  /** @param addressOf where to connect, `address:port`; undefined where nobody has the name */
  constructor(caPem: string, addressOf: (url: URL) => Promise<string | undefined>) {
    this.#agent = new Agent({ ca: caPem, keepAlive: true, maxSockets: 4 });
    this.#addressOf = addressOf;
  }

  /** @throws where nobody answers, the certificate does not fit, or the reply is too large */
  async ask({ method, url, headers, body, signal }: HttpAsk): Promise<HttpReply> {
    const at = await this.#addressOf(url);
    if (at === undefined) throw new Error(`the lab's name server knows no ${url.hostname}`);
    const [host, port] = at.split(':');
    const { promise, resolve, reject } = Promise.withResolvers<HttpReply>();
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const options = {
      agent: this.#agent,
      method,
      host,
      port,
      path: `${url.pathname}${url.search}`,
      servername: url.hostname,
      headers: { host: url.host, accept: 'application/json', ...length, ...headers },
      ...(signal ? { signal } : {}),
    };
    const asked = request(options, (response) => {
      const pieces: Buffer[] = [];
      let size = 0;
      response.on('data', (piece: Buffer) => {
        size += piece.length;
        if (size > MAX_REPLY_BYTES) response.destroy(new Error('the reply is too large'));
        else pieces.push(piece);
      });
      response.once('error', reject);
      response.once('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(pieces).toString('utf8'),
        }),
      );
    });
    asked.once('error', reject);
    // A pending GET is meant to wait.
    if (method !== 'GET') asked.setTimeout(QUIET_MS, () => asked.destroy(new Error('no answer')));
    asked.end(body);
    return promise;
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}
