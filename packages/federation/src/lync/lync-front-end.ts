import type { Clock, Random } from '@plugfest/model';
import { createResponse, header, popOwnRoutes, type SipHeader, type SipRequest, tagOf } from '@plugfest/sip';
import { type Flow, type ListenAddress, type ListenPoint, type SipTap, SipTransportLayer } from '@plugfest/sip-node';
import type { CertificateAuthority } from '../certificate-authority.ts';
import type { NextHop } from '../edge-proxy.ts';
import { ConferenceService, type ConferenceServiceOptions } from './conference-service.ts';
import { type Endpoint, EndpointTable } from './endpoint-table.ts';
import { MessageRouter } from './message-router.ts';
import type { Availability, DEFAULT_ACES, Watcher } from './presence-book.ts';
import { isLeaving, Registrations } from './registrations.ts';
import { Authenticator, type AuthenticatorOptions } from './security-association.ts';
import { type LyncUser, UserRecord } from './user-record.ts';
import { addressIn, type ServiceResponse, UserServices } from './user-services.ts';

export interface LyncFrontEndOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly authority: CertificateAuthority;
  /** FQDN: target of signatures, name in the certificate. */
  readonly name: string;
  readonly domain: string;
  readonly users: readonly LyncUser[];
  /** Default TLS and TCP. */
  readonly transports?: readonly ('tcp' | 'tls')[];
  /** The edge to other domains; its requests come unsigned, known by its certificate. */
  readonly edge?: NextHop;
  /** Names in the certificates of servers of its own pool, who signed their users in already: their REGISTERs get no challenge. */
  readonly trusted?: readonly string[];
  /** Asks another domain for presence; see `ForeignPresence`. */
  readonly watchForeign?: (watcher: string, address: string) => string | undefined;
  readonly tap?: SipTap;
  readonly aces?: typeof DEFAULT_ACES;
  readonly offers?: AuthenticatorOptions['offers'];
  /** The AVMCU, reached over TLS: who calls a conference's AV URI is sent there. */
  readonly avMcu?: NextHop;
  /** The AVMCU is to call somebody into a conference. */
  readonly onDialOut?: ConferenceServiceOptions['onDialOut'];
  /** Wall-clock time, for times of publication. */
  readonly wallMs?: () => number;
}

const SERVER = 'RTC/5.0';

/** A Lync Server front end: clients sign in, see and publish presence, keep contacts, and reach each other and other domains. @see [MS-SIPREGE], [MS-SIPRE], [MS-SIPAE], [MS-PRES] */
export class LyncFrontEnd implements AsyncDisposable {
  readonly #options: LyncFrontEndOptions;
  readonly #transport: SipTransportLayer;
  readonly #endpoints = new EndpointTable();
  readonly #users = new Map<string, UserRecord>();
  readonly #router: MessageRouter;
  readonly #services: UserServices;
  readonly #registrations: Registrations;
  /** Conferences of its users. */
  readonly conferences: ConferenceService;
  /** PEM: what it shows over TLS. */
  readonly certificate: string;

  private constructor(options: LyncFrontEndOptions, transport: SipTransportLayer, certificate: string) {
    const { random, name: target, domain, wallMs = Date.now } = options;
    this.#options = options;
    this.#transport = transport;
    this.certificate = certificate;
    for (const user of options.users) this.#users.set(user.address, new UserRecord(user, options.aces));
    this.#router = new MessageRouter(transport, (flow) => this.#endpoints.byFlow(flow));
    this.#registrations = new Registrations({
      endpoints: this.#endpoints,
      userOf: (address) => this.#users.get(address)?.user,
      diagnostics: (id, reason) => this.#diagnostics(id, reason),
      trusted: options.trusted ?? [],
      authenticator: new Authenticator({
        target,
        domain,
        random,
        passwordOf: (address) => this.#users.get(address)?.user.password,
        ...(options.offers && { offers: options.offers }),
      }),
    });
    this.conferences = new ConferenceService({
      domain,
      newId: () => random.token(16),
      onRoster: (focus) => this.#services.tellRoster(focus.uri, focus.roster()),
      ...(options.onDialOut && { onDialOut: options.onDialOut }),
    });
    this.#services = new UserServices({
      provisioning: { domain, focusFactoryUri: this.conferences.factoryUri },
      userOf: (address) => this.#users.get(address),
      contact: () => this.#router.ownUri(false),
      newTag: () => random.token(12),
      nowMs: wallMs,
      notify: (request, flow) => this.#router.originate(request, flow, random.token(20)),
      watchForeign: (watcher, address) => options.watchForeign?.(watcher, address),
    });
    transport.onMessage = (message, flow) => {
      if (message.kind === 'response') this.#router.relay(message);
      else void this.#receive(message, flow);
    };
    transport.onFlowClosed = (flow) => this.#flowClosed(flow);
  }

  static async open(options: LyncFrontEndOptions): Promise<LyncFrontEnd> {
    const { clock, authority, name, domain, transports = ['tls', 'tcp'], tap } = options;
    const identity = await authority.issue([name, domain]);
    const tls = { ...identity, ca: authority.certificate };
    const listen = transports.map(
      (transport): ListenPoint =>
        transport === 'tcp'
          ? { transport, host: '127.0.0.1' }
          : { transport, host: '127.0.0.1', tls: { ...tls, requestCert: true, allowUnverified: true } },
    );
    return new LyncFrontEnd(options, await SipTransportLayer.open({ clock, listen, tls, tap }), identity.cert);
  }

  get addresses(): readonly ListenAddress[] {
    return this.#transport.addresses;
  }

  /** Who is signed in. */
  endpointsOf(address: string): readonly Endpoint[] {
    return this.#endpoints.of(address);
  }

  /** What the server keeps for a user. */
  recordOf(address: string): UserRecord | undefined {
    return this.#users.get(address);
  }

  /** A simulated person's presence changes. */
  setPresence(address: string, availability: Availability): void {
    this.#users.get(address)?.book.say(availability, (this.#options.wallMs ?? Date.now)());
    this.#services.tellWatchers(address);
  }

  /** What came from another domain for one watcher of ours. */
  foreignPresence(watcher: string, address: string, categories: string): void {
    this.#services.tellWatchers(address, { watcher, categories });
  }

  async #receive(received: SipRequest, flow: Flow): Promise<void> {
    const { request } = popOwnRoutes(received, ({ host, port }) =>
      this.#transport.addresses.some((own) => own.host === host && own.port === port),
    );
    const spec =
      request.method === 'REGISTER' ? this.#registrations.handle(request, flow) : await this.#handle(request, flow);
    if (spec === undefined || request.method === 'ACK') return;
    const headers = [...(spec.headers ?? []), { name: 'Server', value: SERVER }];
    const toTag = spec.toTag ?? this.#options.random.token(12);
    const response = createResponse(request, { ...spec, toTag, headers });
    // A challenge goes before there is anything to sign with.
    if (spec.statusCode === 401) this.#router.sendPlain(response, flow);
    else this.#router.send(response, flow);
    if (spec.statusCode === 200 && request.method === 'REGISTER') this.#leaveIfAsked(request, flow);
  }

  /** The answer; undefined where the request went on to who answers it. */
  async #handle(request: SipRequest, flow: Flow): Promise<ServiceResponse | undefined> {
    const sender = this.#senderOf(request, flow);
    if (sender === undefined) return { statusCode: 403, headers: [this.#diagnostics(1000, 'Final handshake failed')] };
    const target = /^sips?:([^;>?]*)/i.exec(request.uri)?.[1]?.toLowerCase() ?? '';
    if (request.uri.includes(';opaque=app:conf:')) return this.#confer(request, flow, sender);
    const isOurs = [this.#router.ownUri(false), this.#router.ownUri(true)].includes(request.uri);
    if (request.method === 'SUBSCRIBE' && (this.#services.knows(request) || isOurs || this.#users.has(target)))
      return this.#services.subscribe(request, flow, sender);
    if (request.method === 'SERVICE') return this.#services.service(request, sender.address);
    return this.#route(request, flow, target, sender);
  }

  /** What is for a conference: its media are the AVMCU's, all else the focus's. */
  async #confer(request: SipRequest, flow: Flow, sender: Watcher): Promise<ServiceResponse | undefined> {
    const focus = this.conferences.focusOf(request.uri);
    if (request.uri.includes(':audio-video:'))
      return focus === undefined
        ? { statusCode: 404 }
        : this.#routeTo(this.#options.avMcu, request, flow, this.#identityOf(request, sender));
    if (request.method === 'SUBSCRIBE' && focus !== undefined)
      return this.#services.subscribeConference(request, flow, sender, focus.uri, focus.roster());
    const response = this.conferences.handle(request, sender.address);
    const contact = { name: 'Contact', value: `<${request.uri}>;isfocus` };
    return response && { ...response, headers: [...(response.headers ?? []), contact] };
  }

  /** Who speaks: a signed-in client under its own name and signature, or the edge for another domain. */
  #senderOf(request: SipRequest, flow: Flow): Watcher | undefined {
    const { edge } = this.#options;
    const from = addressIn(request, 'From');
    if (edge !== undefined && flow.peerIdentity.includes(edge.name)) {
      const isPublic = /ms-source-network=publiccloud/i.test(header(request, 'ms-edge-proxy-message-trust') ?? '');
      return { address: from, kind: isPublic ? 'publicCloud' : 'federated' };
    }
    const endpoint = this.#endpoints.byFlow(flow);
    if (endpoint === undefined) return undefined;
    const isSigned = endpoint.association === undefined || endpoint.association.verifies(request);
    const isOwnName = [from, addressIn(request, 'To')].includes(endpoint.address);
    return isSigned && isOwnName ? { address: endpoint.address, kind: 'sameEnterprise' } : undefined;
  }

  async #route(request: SipRequest, flow: Flow, target: string, sender: Watcher): Promise<ServiceResponse | undefined> {
    const endpoint = this.#endpoints.resolve(request.uri);
    const added = this.#identityOf(request, sender);
    if (endpoint !== undefined) {
      const isSent = this.#router.forward(request, flow, endpoint.flow, endpoint.contactUri, added);
      return isSent ? undefined : { statusCode: 483 };
    }
    if (this.#users.has(target)) return { statusCode: 480 };
    if (target.endsWith(`@${this.#options.domain}`))
      return { statusCode: 404, headers: [this.#diagnostics(1003, 'User does not exist')] };
    return this.#routeTo(this.#options.edge, request, flow, added);
  }

  async #routeTo(
    hop: NextHop | undefined,
    request: SipRequest,
    flow: Flow,
    added: readonly SipHeader[],
  ): Promise<ServiceResponse | undefined> {
    const [host = '', port = '0'] = hop?.address.split(':') ?? [];
    const opened =
      hop && (await this.#transport.flowTo({ transport: 'tls', host, port: Number(port), name: hop.name }, hop.name));
    if (!opened?.ok)
      return { statusCode: 504, headers: [this.#diagnostics(1005, 'Cannot route to destination domain')] };
    const isSent = this.#router.forward(request, flow, opened.value, request.uri, added);
    return isSent ? undefined : { statusCode: 483 };
  }

  /** The server vouches for its own users. @see RFC 3325 */
  #identityOf(request: SipRequest, { address, kind }: Watcher): SipHeader[] {
    if (kind !== 'sameEnterprise' || tagOf(request, 'To') !== '') return [];
    const name = this.#users.get(address)?.user.displayName ?? address;
    return [{ name: 'P-Asserted-Identity', value: `"${name.replaceAll('"', '')}"<sip:${address}>` }];
  }

  /** Signed out only after the answer has gone, as that is signed too. */
  #leaveIfAsked(request: SipRequest, flow: Flow): void {
    const endpoint = isLeaving(request) ? this.#endpoints.byFlow(flow) : undefined;
    if (endpoint === undefined) return;
    this.#endpoints.unregister(endpoint);
    this.#left(endpoint.address);
  }

  #diagnostics(id: number, reason: string): SipHeader {
    return { name: 'ms-diagnostics', value: `${id};reason="${reason}";source="${this.#options.name}"` };
  }

  #flowClosed(flow: Flow): void {
    this.#services.dropFlow(flow);
    for (const { address } of this.#endpoints.dropFlow(flow)) this.#left(address);
  }

  #left(address: string): void {
    if (this.#endpoints.of(address).length > 0) return;
    this.#users.get(address)?.book.forgetEndpoints();
    this.#services.tellWatchers(address);
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
