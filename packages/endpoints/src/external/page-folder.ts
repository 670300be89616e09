import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, dirname, extname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.wasm': 'application/wasm',
};

/** Serves the folder of a page that is a file: a page without a server gets no leave to use a camera, and hides its addresses. */
export class PageFolder implements AsyncDisposable {
  /** Of the page. */
  readonly url: string;
  readonly #http: Server;

  private constructor(http: Server, page: string) {
    this.#http = http;
    this.url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/${encodeURIComponent(page)}`;
  }

  /** @param url `file:…` */
  static async open(url: string): Promise<PageFolder> {
    const page = fileURLToPath(url);
    const root = dirname(page);
    const http = createServer(async (request, response) => {
      const file = fileIn(root, request.url ?? '');
      const content = file === undefined ? undefined : await readFile(file).catch(() => undefined);
      response.writeHead(content ? 200 : 404, {
        'content-type': TYPES[extname(file ?? '')] ?? 'application/octet-stream',
      });
      response.end(content);
    });
    await new Promise<void>((resolve, reject) => {
      http.once('error', reject);
      http.listen(0, '127.0.0.1', resolve);
    });
    return new PageFolder(http, basename(page));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#http.closeAllConnections();
    await new Promise<void>((resolve) => this.#http.close(() => resolve()));
  }
}

/** Undefined for what lies elsewhere. */
export function fileIn(root: string, url: string): string | undefined {
  try {
    const path = join(root, normalize(decodeURIComponent(new URL(url, 'http://localhost').pathname)));
    return relative(root, path).startsWith('..') || path.includes('\0') ? undefined : path;
  } catch {
    return undefined;
  }
}
