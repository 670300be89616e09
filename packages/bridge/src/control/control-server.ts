import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import type { Bridge } from '../bridge.ts';
import { isWhipPath } from '../whip/whip-paths.ts';
import { WhipServer } from '../whip/whip-server.ts';
import { assertAllowed, assertGuarded, assertOwnOrigin } from './access.ts';
import { streamEvents } from './event-stream.ts';
import { readBody, sendProblem, sendReply } from './http-exchange.ts';
import type { Operation } from './operations.ts';
import { Problem } from './problem.ts';
import { routeOf } from './routes.ts';

/** Who steers is trusted, but may have crashed. */
const BODY_TIMEOUT_MS = 30_000;

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
    const whip = new WhipServer(bridge);
    const server = createServer((request, response) => dispatch(bridge, whip, request, response));
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

/** Publishers and viewers have paths of their own beside the API, and are not who steers it. */
function dispatch(bridge: Bridge, whip: WhipServer, request: IncomingMessage, response: ServerResponse): void {
  if (isWhipPath(request.url ?? '')) void whip.answer(request, response);
  else void answer(bridge, request, response);
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
    const body = checkedBody(operation, await readJson(request));
    const result = checkedReply(operation, await handler(bridge, parameters, body));
    const text = result === undefined ? undefined : JSON.stringify(result);
    sendReply(response, text === undefined ? 204 : 200, { 'content-type': 'application/json' }, text);
  } catch (error) {
    sendProblem(bridge, response, error);
  }
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

async function readJson(request: IncomingMessage): Promise<unknown> {
  const bytes = await readBody(request, BODY_TIMEOUT_MS);
  if (bytes.length === 0) return undefined;
  try {
    return JSON.parse(bytes.toString('utf8'), withoutPrototype);
  } catch {
    throw new Problem(400, 'the body is not JSON that is taken here');
  }
}

/** Also the walk's own limit: what is nested so deep that the stack ends is refused by it. */
function withoutPrototype(key: string, value: unknown): unknown {
  if (key === '__proto__') throw new SyntaxError('a member named __proto__');
  return value;
}
