import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { PAGE_HTML, pageScript } from './page-bundle.ts';

const FILES: Record<string, { type: string; read: () => Promise<string> }> = {
  '/': { type: 'text/html; charset=utf-8', read: async () => readFileSync(PAGE_HTML, 'utf8') },
  '/page.js': { type: 'text/javascript; charset=utf-8', read: pageScript },
};

/** Serves the page on a loopback address, which is a secure context, and takes its one media connection. */
export class PageServer implements AsyncDisposable {
  readonly #http: Server;
  readonly #sockets: WebSocketServer;
  /** Resolves when the page has connected. */
  readonly connected: Promise<WebSocket>;

  private constructor(http: Server) {
    this.#http = http;
    this.#sockets = new WebSocketServer({ server: http, path: '/media', maxPayload: 1 << 24 });
    this.connected = new Promise((resolve) => this.#sockets.once('connection', resolve));
  }

  static async open(host = '127.0.0.1'): Promise<PageServer> {
    const http = createServer(async (request, response) => {
      const file = FILES[request.url ?? ''];
      response.writeHead(file ? 200 : 404, { 'content-type': file?.type ?? 'text/plain' });
      response.end(await file?.read());
    });
    await new Promise<void>((resolve, reject) => {
      http.once('error', reject);
      http.listen(0, host, resolve);
    });
    return new PageServer(http);
  }

  get url(): string {
    const { address, port } = this.#http.address() as AddressInfo;
    return `http://${address}:${port}/`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#sockets.clients) client.terminate();
    this.#sockets.close();
    this.#http.closeAllConnections();
    await new Promise<void>((resolve) => this.#http.close(() => resolve()));
  }
}
