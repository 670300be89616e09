import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import type { Bridge } from '../bridge.ts';
import { assertAllowed, assertGuarded, assertOwnOrigin } from './access.ts';
import { streamEvents } from './event-stream.ts';
import type { Operation } from './operations.ts';
import { Problem } from './problem.ts';
import { routeOf } from './routes.ts';

const MAX_BODY_BYTES = 64 * 1024;

/** The bridge's control API: JSON over HTTP, and `GET /events` as server-sent events (`Last-Event-ID` replays what was missed). */
export class ControlServer implements AsyncDisposable {
  readonly url: string;
  readonly #server: Server;

  private constructor(server: Server, host: string) {
    this.#server = server;
    const { port } = server.address() as AddressInfo;
    this.url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  }

  /** @throws where the address cannot be listened on, or is open to others without a token */
  static async open(bridge: Bridge, host: string, port: number): Promise<ControlServer> {
    assertGuarded(host, bridge.config.controlToken);
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
    assertOwnOrigin(request.headers.origin, request.headers.host);
    assertAllowed(request.headers.authorization, bridge.config.controlToken);
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    if (request.method === 'GET' && path === '/events') {
      streamEvents(bridge, request, response);
      return;
    }
    const { handler, parameters, operation } = routeOf(request.method ?? '', path);
    const body = checkedBody(operation, await readBody(request));
    const result = checkedReply(operation, await handler(bridge, parameters, body));
    send(response, result === undefined ? 204 : 200, { 'content-type': 'application/json' }, result);
  } catch (error) {
    const { status, message, headers } = problemOf(bridge, error);
    const problem = { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail: message };
    send(response, status, { ...headers, 'content-type': 'application/problem+json' }, problem);
  }
}

/** A fault of ours is told to who watches, not to who asked. */
function problemOf(bridge: Bridge, error: unknown): Problem {
  if (error instanceof Problem) return error;
  bridge.events.emit('bridge.fault', { message: error instanceof Error ? (error.stack ?? error.message) : `${error}` });
  return new Problem(500, 'internal error');
}

/** @throws Problem 422 */
function checkedBody({ body: schema }: Operation, body: unknown): unknown {
  const isEmpty = body === undefined || JSON.stringify(body) === '{}';
  if (!schema && !isEmpty) throw new Problem(422, 'no body is taken here');
  const parsed = schema?.safeParse(body);
  if (parsed && !parsed.success) throw new Problem(422, z.prettifyError(parsed.error));
  return parsed?.data;
}

/** @throws where the answer is not what `/openapi.json` says: a fault of ours */
function checkedReply({ reply: schema }: Operation, reply: unknown): unknown {
  const fault = schema ? schema.safeParse(reply).error : reply;
  if (fault === undefined) return reply;
  throw new Error(
    `an answer that is not as described: ${fault instanceof z.ZodError ? z.prettifyError(fault) : fault}`,
  );
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
    return JSON.parse(Buffer.concat(pieces).toString('utf8'), withoutPrototype);
  } catch {
    throw new Problem(400, 'the body is not JSON that is taken here');
  }
}

/** Also the walk's own limit: what is nested so deep that the stack ends is refused by it. */
function withoutPrototype(key: string, value: unknown): unknown {
  if (key === '__proto__') throw new SyntaxError('a member named __proto__');
  return value;
}

function send(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: unknown,
): void {
  if (response.destroyed) return;
  response.writeHead(status, headers);
  response.end(body === undefined ? undefined : JSON.stringify(body));
}
