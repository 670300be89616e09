import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import type { Bridge } from '../bridge.ts';
import type { BridgeEvents } from '../bridge-events.ts';
import { Problem } from './problem.ts';
import { routeOf } from './routes.ts';

const MAX_BODY_BYTES = 64 * 1024;
/** A listener that reads too slowly is cut; with `Last-Event-ID` it can go on where it was. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;
const HEARTBEAT_MS = 15_000;

/** The bridge's control API: JSON over HTTP, and `GET /events` as server-sent events (`Last-Event-ID` replays what was missed). */
export class ControlServer implements AsyncDisposable {
  readonly url: string;
  readonly #server: Server;

  private constructor(server: Server, host: string) {
    this.#server = server;
    const { port } = server.address() as AddressInfo;
    this.url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  }

  /** @throws where the address cannot be listened on */
  static open(bridge: Bridge, host: string, port: number): Promise<ControlServer> {
    const server = createServer((request, response) => void answer(bridge, request, response));
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => resolve(new ControlServer(server, host)));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }
}

async function answer(bridge: Bridge, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    if (request.method === 'GET' && path === '/events') {
      streamEvents(bridge.events, request, response);
      return;
    }
    const { handler, parameters } = routeOf(request.method ?? '', path);
    const result = await handler(bridge, parameters, await readBody(request));
    send(response, result === undefined ? 204 : 200, 'application/json', result);
  } catch (error) {
    const { status, title } = problemOf(error);
    send(response, status, 'application/problem+json', { status, title });
  }
}

function problemOf(error: unknown): { status: number; title: string } {
  if (error instanceof Problem) return { status: error.status, title: error.message };
  if (error instanceof z.ZodError) return { status: 422, title: z.prettifyError(error) };
  return { status: 500, title: 'internal error' };
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > MAX_BODY_BYTES) throw new Problem(413, 'the body is too large');
    pieces.push(piece);
  }
  if (size === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(pieces).toString('utf8'));
  } catch {
    throw new Problem(400, 'the body is not JSON');
  }
}

function send(response: ServerResponse, status: number, contentType: string, body: unknown): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'content-type': contentType });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

function streamEvents(events: BridgeEvents, request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.flushHeaders();
  const write = (text: string): void => {
    if (response.writableLength > MAX_WAITING_BYTES) response.destroy();
    else response.write(text);
  };
  const heartbeat = setInterval(() => write(': here\n\n'), HEARTBEAT_MS);
  const lastId = Number(request.headers['last-event-id'] ?? 0) || 0;
  const unsubscribe = events.subscribe(({ id, type, data }) => {
    write(`id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
  }, lastId);
  response.on('close', () => {
    clearInterval(heartbeat);
    unsubscribe();
  });
}
