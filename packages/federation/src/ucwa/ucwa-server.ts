import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Clock, Random } from '@plugfest/model';
import { z } from 'zod';
import type { CertificateAuthority } from '../certificate-authority.ts';
import type { NextHop } from '../edge-proxy.ts';
import { Application } from './application.ts';
import { problem, resource, type UcwaProblem } from './hal.ts';
import { type Reply, routeOf } from './routes.ts';
import { REQUESTS, smallInitials } from './schemas.ts';
import { WebTickets } from './web-tickets.ts';

export interface UcwaUser {
  /** `user@domain`, lower case. */
  readonly address: string;
  readonly displayName: string;
  readonly password?: string;
}

/** One exchange, as it is told to who runs the deployment: no bodies, no tokens. */
export interface UcwaExchange {
  readonly atUs: number;
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly status: number;
  readonly by: string | undefined;
}

export interface UcwaServerOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly authority: CertificateAuthority;
  readonly domain: string;
  /** The front end that it is part of, over TLS. */
  readonly frontEnd: NextHop;
  readonly users: readonly UcwaUser[];
  readonly onExchange?: (exchange: UcwaExchange) => void;
}

const HOST = '127.0.0.1';
const MAX_BODY_BYTES = 256 * 1024;
const MAX_APPLICATIONS = 50;
const AUTODISCOVER = '/Autodiscover/AutodiscoverService.svc/root';
const APPLICATIONS = '/ucwa/oauth/v1/applications';
const TOKENS = '/WebTicket/oauthtoken';

type Headers = Readonly<Record<string, string | string[]>>;
type Answer = (Reply | UcwaProblem) & { readonly headers?: Headers };

/** The web side of a front end: what phones sign in to and talk through. @see UCWA 2.0; FEDERATION §1.2 “Lync mobile” */
export class UcwaServer implements AsyncDisposable {
  readonly #options: UcwaServerOptions;
  readonly #server: Server;
  readonly #tickets: WebTickets;
  readonly #applications = new Map<string, Application>();
  /** Of the web server, in its certificate. */
  readonly name: string;

  private constructor(options: UcwaServerOptions, server: Server) {
    const { clock, random, users } = options;
    this.#options = options;
    this.#server = server;
    this.name = webNameOf(options.domain);
    const passwords = new Map(users.map(({ address, password }) => [address, password]));
    this.#tickets = new WebTickets({
      clock,
      random: random.fork('tickets'),
      passwordOf: (user) => passwords.get(user),
    });
    server.on('request', (request, response) => void this.#answer(request, response));
  }

  static async open(options: UcwaServerOptions): Promise<UcwaServer> {
    const { domain, authority } = options;
    const names = [webNameOf(domain), `lyncdiscover.${domain}`, `lyncdiscoverinternal.${domain}`];
    const server = createServer({ ...(await authority.issue(names)), minVersion: 'TLSv1.2' });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once('error', reject);
    server.listen(0, HOST, resolve);
    await promise;
    server.off('error', reject);
    server.on('error', () => {});
    return new UcwaServer(options, server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** `address:port`. */
  get address(): string {
    return `${HOST}:${this.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#applications.values()].map((application) => application[Symbol.asyncDispose]()));
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    this.#server.closeAllConnections();
    await promise;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { clock, onExchange } = this.#options;
    const by = this.#tickets.bearerOf(request.headers.authorization);
    const host = (request.headers.host ?? '').split(':')[0]?.toLowerCase() ?? '';
    const url = URL.parse(request.url ?? '/', `https://${this.name}:${this.port}`);
    const answer = url ? await this.#safely(request, url, host, by) : problem(400, 'no address');
    const path = url?.pathname ?? '';
    onExchange?.({ atUs: clock.nowUs(), method: request.method ?? '', host, path, status: answer.status, by });
    send(response, answer);
  }

  /** A fault of ours is a 500; what of it is told is that it is ours. */
  async #safely(request: IncomingMessage, url: URL, host: string, by: string | undefined): Promise<Answer> {
    try {
      const body = await readBody(request);
      return body === undefined ? problem(413, 'too large') : await this.#route(request, url, host, by, body);
    } catch {
      return problem(500, 'a fault of the server');
    }
  }

  async #route(
    request: IncomingMessage,
    url: URL,
    host: string,
    by: string | undefined,
    body: Buffer,
  ): Promise<Answer> {
    const { method = '' } = request;
    const path = url.pathname;
    if (host.startsWith('lyncdiscover') && method === 'GET' && path === '/') return this.#root(host);
    if (path === TOKENS) return method === 'POST' ? this.#token(body) : problem(405, 'POST');
    if (by === undefined) return { ...problem(401, 'no token'), headers: { 'www-authenticate': this.#challenges() } };
    if (path === `${AUTODISCOVER}/oauth/user`) {
      const links = { applications: this.#url(APPLICATIONS) };
      return { status: 200, body: resource('user', this.#url(path), {}, links) };
    }
    const parsed = jsonOf(request, body);
    if (parsed === undefined) return problem(400, 'no JSON');
    if (path === APPLICATIONS) return method === 'POST' ? this.#signIn(by, parsed.value) : problem(405, 'POST');
    if (!path.startsWith(`${APPLICATIONS}/`)) return problem(404, 'no such resource');
    return this.#ofApplication(method, path.slice(APPLICATIONS.length + 1), url, by, parsed.value);
  }

  #root(host: string): Answer {
    const own = `https://${host}:${this.port}/`;
    const links = {
      user: this.#url(`${AUTODISCOVER}/oauth/user`),
      xframe: this.#url('/Autodiscover/XFrame/XFrame.html'),
    };
    return { status: 200, body: resource('root', own, {}, links) };
  }

  #token(body: Buffer): Answer {
    const outcome = this.#tickets.issue(new URLSearchParams(body.toString('utf8')));
    const headers = { 'cache-control': 'no-store' };
    return outcome.ok
      ? { status: 200, body: outcome.reply, headers }
      : { status: 400, body: { error: outcome.error }, headers };
  }

  /** @see UCWA, “Authentication in UCWA” */
  #challenges(): string[] {
    return [
      'Bearer trusted_issuers="", client_id="00000004-0000-0ff1-ce00-000000000000"',
      `MsRtcOAuth href="${this.#url(TOKENS)}",grant_type="urn:microsoft.rtc:windows,urn:microsoft.rtc:anonmeeting,password"`,
    ];
  }

  async #signIn(address: string, body: unknown): Promise<Answer> {
    const asked = REQUESTS.application.safeParse(smallInitials(body));
    if (!asked.success) return problem(400, z.prettifyError(asked.error));
    const { userAgent, endpointId } = asked.data;
    if (/[\r\n]/.test(userAgent)) return problem(400, 'userAgent is one line');
    if (this.#applications.size >= MAX_APPLICATIONS) return problem(429, 'too many are signed in');
    const { users, random, ...shared } = this.#options;
    const displayName = users.find((user) => user.address === address)?.displayName ?? address;
    const own = { random: random.fork(`${address} ${endpointId}`), name: this.name, address, displayName };
    const opened = await Application.open({ ...shared, ...own, userAgent, endpointId });
    if (typeof opened === 'number') return problem(opened === 403 ? 403 : 500, `the front end said ${opened}`);
    this.#applications.set(opened.id, opened);
    return { status: 201, body: opened.resource(), location: opened.href };
  }

  async #ofApplication(method: string, rest: string, url: URL, by: string, body: unknown): Promise<Answer> {
    const [id = '', ...further] = rest.split('/');
    const application = this.#applications.get(id);
    if (application === undefined || application.address !== by)
      return problem(404, 'no such application', 'ApplicationNotFound');
    if (method === 'DELETE' && further.length === 0) {
      this.#applications.delete(id);
      await application[Symbol.asyncDispose]();
      return { status: 204 };
    }
    const matched = routeOf(method, further.map((segment) => `/${segment}`).join(''));
    if ('methods' in matched)
      return matched.methods.length > 0 ? problem(405, matched.methods.join(', ')) : problem(404, 'no such resource');
    const { route } = matched;
    const checked = route.schema?.safeParse(smallInitials(body ?? {}));
    if (checked && !checked.success) return problem(400, z.prettifyError(checked.error), 'ParameterValidationFailure');
    return route.handle({ application, id: matched.id, query: url.searchParams, body: checked ? checked.data : body });
  }

  #url(path: string): string {
    return `https://${this.name}:${this.port}${path}`;
  }
}

/** Where a domain's phones are sent to. */
export function webNameOf(domain: string): string {
  return `lyncweb.${domain}`;
}

/** Undefined where it is too large. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > MAX_BODY_BYTES) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** JSON, or for other types the text itself; undefined where it says JSON and is none. */
function jsonOf(request: IncomingMessage, body: Buffer): { readonly value: unknown } | undefined {
  if (body.length === 0) return { value: undefined };
  const contentType = request.headers['content-type'] ?? '';
  if (!contentType.toLowerCase().startsWith('application/json'))
    return { value: { contentType, content: body.toString('utf8') } };
  try {
    return { value: JSON.parse(body.toString('utf8'), (key, value) => (key === '__proto__' ? undefined : value)) };
  } catch {
    return undefined;
  }
}

function send(response: ServerResponse, answer: Answer): void {
  if (response.destroyed) return;
  const { status, headers = {}, ...told } = answer;
  const body = 'code' in told ? told : told.body;
  const location = 'location' in told && told.location !== undefined ? { location: told.location } : {};
  const type = body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' };
  response.writeHead(status, { ...type, ...location, 'cache-control': 'no-cache', ...headers });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}
