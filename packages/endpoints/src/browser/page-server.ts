import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { PAGE_HTML, pageScript, SOUND_WORKLET } from './page-bundle.ts';

const FILES = new Map<string, { readonly type: string; readonly read: () => Promise<string> }>([
  ['', { type: 'text/html; charset=utf-8', read: async () => readFileSync(PAGE_HTML, 'utf8') }],
  ['page.js', { type: 'text/javascript; charset=utf-8', read: pageScript }],
  [
    'sound-worklet.js',
    { type: 'text/javascript; charset=utf-8', read: async () => readFileSync(SOUND_WORKLET, 'utf8') },
  ],
]);
/** An isolated page is given a clock of 5 µs, any other one of 100 µs. @see W3C hr-time §clock-resolution */
const ISOLATION = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };
/** A picture of 2560×1440 and its header. */
const MAX_MESSAGE_BYTES = 1 << 23;

/**
 * Serves the page on a loopback address, which is a secure context, and takes its one media connection. All paths begin with a secret, so that
 * no other page of this machine's browsers can take part.
 */
export class PageServer implements AsyncDisposable {
  readonly #http: Server;
  readonly #sockets: WebSocketServer;
  readonly #root: string;
  /** Resolves when the page has connected. */
  readonly connected: Promise<WebSocket>;

  private constructor(http: Server, root: string) {
    this.#http = http;
    this.#root = root;
    this.#sockets = new WebSocketServer({ server: http, path: `${root}media`, maxPayload: MAX_MESSAGE_BYTES });
    this.connected = new Promise((resolve) => this.#sockets.once('connection', resolve));
  }

  /** @throws the system's error where it cannot listen */
  static async open(host = '127.0.0.1'): Promise<PageServer> {
    const root = `/${randomBytes(12).toString('hex')}/`;
    const http = createServer(async (request, response) => {
      const url = request.url ?? '';
      const file = url.startsWith(root) ? FILES.get(url.slice(root.length)) : undefined;
      response.writeHead(file ? 200 : 404, { 'content-type': file?.type ?? 'text/plain', ...ISOLATION });
      response.end(await file?.read());
    });
    await new Promise<void>((resolve, reject) => {
      http.once('error', reject);
      http.listen(0, host, resolve);
    });
    return new PageServer(http, root);
  }

  get url(): string {
    const { address, port } = this.#http.address() as AddressInfo;
    return `http://${address}:${port}${this.#root}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#sockets.clients) client.terminate();
    this.#sockets.close();
    this.#http.closeAllConnections();
    await new Promise<void>((resolve) => this.#http.close(() => resolve()));
  }
}
