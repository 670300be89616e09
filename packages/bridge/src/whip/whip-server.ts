import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Bridge } from '../bridge.ts';
import { assertAllowed } from '../control/access.ts';
import { readBody, sendProblem, sendReply } from '../control/http-exchange.ts';
import { Problem } from '../control/problem.ts';
import { arrivalOf } from './arrival-request.ts';
import { crossOriginHeaders } from './cross-origin.ts';
import { iceServerLinks } from './ice-server-links.ts';
import type { WhipRefusal } from './whip-arrival.ts';
import { sessionPath, type WhipPath, whipPathOf } from './whip-paths.ts';
import type { WhipSession } from './whip-session.ts';

type Headers = Readonly<Record<string, string>>;
interface Asked {
  readonly path: WhipPath;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** For the page of another site, in every answer. */
  readonly shared: Headers;
}

const SDP = 'application/sdp';
const FRAGMENT = 'application/trickle-ice-sdpfrag';

/** What may be asked; all other methods are refused. @see RFC 9725 §4.2 */
const METHODS = { endpoint: 'POST, OPTIONS', session: 'PATCH, DELETE, OPTIONS' } as const;

/** WHIP and WHEP: sessions of publishers and viewers, made and ended over HTTP. @see RFC 9725, draft-ietf-wish-whep-03 */
export class WhipServer {
  readonly #bridge: Bridge;
  readonly #sessions = new Map<string, WhipSession>();

  constructor(bridge: Bridge) {
    this.#bridge = bridge;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { token, origins } = this.#bridge.config.whip;
    let shared: Headers = {};
    try {
      shared = crossOriginHeaders(request.headers.origin, request.headers.host, origins);
      const path = whipPathOf((request.url ?? '').split('?')[0] ?? '');
      if (!path) throw new Problem(404, 'no such room');
      const asked = { path, request, response, shared };
      if (request.method === 'OPTIONS') return describe(asked);
      assertMethod(path, request.method ?? '');
      assertAllowed(request.headers.authorization, token);
      if (path.session === undefined) await this.#create(asked);
      else if (request.method === 'DELETE') this.#delete(asked);
      else await this.#patch(asked);
    } catch (error) {
      sendProblem(this.#bridge, response, error, shared);
    }
  }

  async #create({ path, request, response, shared }: Asked): Promise<void> {
    const { iceServers, bodyTimeoutMs } = this.#bridge.config.whip;
    assertType(request, SDP, 'accept-post');
    const arrival = arrivalOf(path, request, await readBody(request, bodyTimeoutMs), this.#bridge.config.domain);
    const received = await this.#bridge.receiveWhip(arrival);
    if (!received.ok) throw problemOf(received.error);
    const session = received.value;
    this.#keep(session);
    // Nobody is there any more who could end it.
    if (response.destroyed) return session.finish('remote-bye');
    const links = iceServerLinks(iceServers);
    const headers = {
      ...shared,
      'content-type': SDP,
      location: sessionPath({ ...path, session: session.name }),
      etag: session.etag,
      'accept-patch': FRAGMENT,
      'cache-control': 'no-store',
      ...(links.length > 0 ? { link: links } : {}),
    };
    sendReply(response, 201, headers, session.answer);
  }

  /** Candidates: 204. An ICE restart: 200, with ours. @see RFC 9725 §4.3.1 */
  async #patch({ path, request, response, shared }: Asked): Promise<void> {
    assertType(request, FRAGMENT, 'accept-patch');
    const session = this.#sessionAt(path);
    const body = await readBody(request, this.#bridge.config.whip.bodyTimeoutMs);
    const patched = await session.patch(body.toString('latin1'), request.headers['if-match']);
    if (!patched.ok) throw problemOf(patched.error);
    const { etag, fragment } = patched.value;
    if (fragment === undefined) return sendReply(response, 204, shared);
    sendReply(response, 200, { ...shared, 'content-type': FRAGMENT, etag }, fragment);
  }

  #delete({ path, response, shared }: Asked): void {
    this.#sessionAt(path).finish('remote-bye');
    sendReply(response, 200, shared);
  }

  #keep(session: WhipSession): void {
    this.#sessions.set(session.name, session);
    void session.terminated.then(() => this.#sessions.delete(session.name));
  }

  /** @throws Problem 404, also for one that has ended */
  #sessionAt({ signalling, room, session: name = '' }: WhipPath): WhipSession {
    const session = this.#sessions.get(name);
    const isHere = session?.signalling === signalling && session.room === room && session.state !== 'terminated';
    if (!session || !isHere) throw new Problem(404, 'no such session');
    return session;
  }
}

/** For pages of other sites, and for who wants to know what is taken. @see RFC 9725 §4.1 */
function describe({ path, response, shared }: Asked): void {
  const isEndpoint = path.session === undefined;
  const accepts: Headers = isEndpoint ? { 'accept-post': SDP } : { 'accept-patch': FRAGMENT };
  sendReply(response, 204, { ...shared, ...accepts, allow: METHODS[isEndpoint ? 'endpoint' : 'session'] });
}

function assertMethod({ session }: WhipPath, method: string): void {
  const allow = METHODS[session === undefined ? 'endpoint' : 'session'];
  if (!allow.split(', ').includes(method)) throw new Problem(405, `no ${method} here`, { allow });
}

function assertType({ headers }: IncomingMessage, expected: string, hint: string): void {
  const type = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== expected) throw new Problem(415, `the body is to be ${expected}`, { [hint]: expected });
}

function problemOf({ status, text, retryAfterS }: WhipRefusal): Problem {
  return new Problem(status, text, retryAfterS === undefined ? {} : { 'retry-after': String(retryAfterS) });
}
