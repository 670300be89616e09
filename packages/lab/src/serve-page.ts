import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OVERLAP_MS } from './follow-run.ts';
import type { LabResults } from './lab.ts';
import { livePage } from './live-page.ts';

export interface PageServer extends AsyncDisposable {
  readonly url: string;
}

export interface PageOptions {
  readonly host?: string;
  /** 0: any free one. */
  readonly port?: number;
  readonly everyMs?: number;
}

/** Listeners at once; each asks the store again and again. */
const MOST_LISTENERS = 20;
/** Runs that the page lists. */
const MOST_RUNS = 30;

/** Serves the lab's live page, read-only: the page, and server-sent events of one run. */
export async function servePage(lab: LabResults, options: PageOptions = {}): Promise<PageServer> {
  const { host = '127.0.0.1', port = 0, everyMs = 500 } = options;
  const listeners = new Set<Listener>();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://lab');
    if (!isAllowedHost(request, host)) return refuse(response, 403, 'this name is not the lab’s');
    if (request.method !== 'GET') return refuse(response, 405, 'this page is read-only');
    if (url.pathname === '/') return sendPage(response);
    if (url.pathname !== '/events') return refuse(response, 404, 'there is / and /events');
    if (listeners.size >= MOST_LISTENERS) return refuse(response, 503, `${MOST_LISTENERS} others are listening`);
    const listener = new Listener(lab, response, url.searchParams.get('run') ?? '', everyMs);
    listeners.add(listener);
    response.once('close', () => {
      listener.end();
      listeners.delete(listener);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, resolve);
  });
  const address = server.address() as AddressInfo;
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return {
    url: `http://${name}:${address.port}/`,
    [Symbol.asyncDispose]: async () => {
      for (const listener of listeners) listener.end();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** On the loopback only by a name of the loopback: another site's name that resolves to here shows nothing. */
function isAllowedHost({ headers }: IncomingMessage, host: string): boolean {
  if (host !== '127.0.0.1' && host !== '::1' && host !== 'localhost') return true;
  const name = (headers.host ?? '').replace(/:\d+$/, '');
  return name === '127.0.0.1' || name === 'localhost' || name === '[::1]';
}

function sendPage(response: ServerResponse): void {
  const nonce = randomBytes(12).toString('base64');
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'`,
    'x-content-type-options': 'nosniff',
  });
  response.end(livePage(nonce));
}

function refuse(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(`${text}\n`);
}

/** One page that listens: looks at the store again and again, and tells what is new. */
class Listener {
  readonly #lab: LabResults;
  readonly #response: ServerResponse;
  readonly #everyMs: number;
  readonly #asked: string;
  readonly #told = new Set<string>();
  #run = '';
  #latestMs = 0;
  #status = '';
  #timer: NodeJS.Timeout | undefined;
  #over = false;

  constructor(lab: LabResults, response: ServerResponse, run: string, everyMs: number) {
    this.#lab = lab;
    this.#response = response;
    this.#asked = run;
    this.#everyMs = everyMs;
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write('retry: 1000\n\n');
    void this.#look();
  }

  end(): void {
    this.#over = true;
    clearTimeout(this.#timer);
  }

  async #look(): Promise<void> {
    try {
      const runs = (await this.#lab.runs()).slice(0, MOST_RUNS);
      const run = this.#asked || (runs[0]?.id ?? '');
      if (run !== this.#run) this.#begin(run);
      const status = JSON.stringify({ runs, workers: await this.#lab.workers() });
      if (status !== this.#status) this.#tell('status', { ...JSON.parse(status), nowMs: Date.now() });
      this.#status = status;
      const results = await this.#lab.results(run, this.#latestMs - OVERLAP_MS);
      const fresh = results.filter(({ key }) => !this.#told.has(key));
      if (fresh.length > 0)
        this.#tell(
          'results',
          fresh.map(({ detail: _, ...result }) => result),
        );
      for (const { key, settledAtMs } of fresh) {
        this.#told.add(key);
        this.#latestMs = Math.max(this.#latestMs, settledAtMs);
      }
    } catch {
      // The store is away for a moment: the page shows what it knows, and the next look tries again.
      if (!this.#over) this.#response.write(': the store does not answer\n\n');
    }
    if (!this.#over) this.#timer = setTimeout(() => void this.#look(), this.#everyMs);
  }

  #begin(run: string): void {
    this.#run = run;
    this.#told.clear();
    this.#latestMs = 0;
    this.#tell('begin', { run });
  }

  #tell(event: string, data: unknown): void {
    if (!this.#over) this.#response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }
}
