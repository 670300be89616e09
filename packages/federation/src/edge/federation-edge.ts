import {
  addressOf,
  header,
  parseSipUri,
  type SipHeader,
  type SipRequest,
  type SipResponse,
  withoutHeader,
} from '@plugfest/sip';
import {
  type Flow,
  type ListenAddress,
  type NameServer,
  type ProxyDecision,
  SipProxy,
  type TransportFault,
} from '@plugfest/sip-node';
import { addressOfHeader } from '../call-facts.ts';
import type { NextHop, ProxyContext } from '../edge-proxy.ts';
import { TRUST_HEADER } from '../trust-header.ts';
import { type Denial, denialResponse, diagnosis, NOT_REPORTED } from './denials.ts';
import { decorate, undecorate } from './name-decoration.ts';
import { findPartner, type Partner, type PartnerPolicy } from './partners.ts';

export interface FederationEdgeOptions extends ProxyContext {
  /** FQDN, in its certificate. */
  readonly name: string;
  /** The own SIP domain, and the front end behind the edge. */
  readonly domain: string;
  readonly inside: NextHop;
  readonly names: NameServer;
  readonly policy: PartnerPolicy;
  /** Requests of one partner; a burst of four seconds' worth may come at once. Default 20 [M]: Lync limits discovered partners so, and not the others. */
  readonly requestsPerSecondPerDiscovered?: number;
}

/** What crosses the border between enterprises. @see FEDERATION §2 Denials, 1027 */
const METHODS = [
  'INVITE',
  'ACK',
  'BYE',
  'CANCEL',
  'MESSAGE',
  'INFO',
  'UPDATE',
  'PRACK',
  'SUBSCRIBE',
  'NOTIFY',
  'BENOTIFY',
  'OPTIONS',
  'REFER',
];
const BURST_S = 4;

/** The access edge of an enterprise: mutual TLS with other edges, found by DNS, and its word on who speaks. @see [MS-SIPRE] §2.2.15; FEDERATION §2 */
export class FederationEdge implements AsyncDisposable {
  readonly #options: FederationEdgeOptions;
  readonly #tokens = new Map<string, { left: number; atUs: number }>();
  #proxy: SipProxy | undefined;

  private constructor(options: FederationEdgeOptions) {
    this.#options = options;
  }

  static async open(options: FederationEdgeOptions): Promise<FederationEdge> {
    const edge = new FederationEdge(options);
    const { authority, name, clock, random } = options;
    const identity = await authority.issue([name]);
    const ca = authority.certificate;
    edge.#proxy = await SipProxy.open({
      clock,
      random,
      listen: [{ transport: 'tls', host: '127.0.0.1', tls: { ...identity, ca, requestCert: true } }],
      tls: { ...identity, ca },
      tap: options.tap(name),
      serverHeader: 'RTC/5.0',
      onRequest: (request, { from }) => edge.#decide(request, from),
      onInDialogRequest: () => ({ action: 'forward', removeHeaders: [TRUST_HEADER] }),
      onUnreachable: (request, fault) => edge.#unreachable(request, fault),
      onResponse: (response, request) => edge.#onResponse(response, request),
    });
    return edge;
  }

  get address(): ListenAddress {
    return this.#proxy?.addresses[0] ?? { transport: 'tls', host: '', port: 0 };
  }

  #decide(request: SipRequest, from: Flow): Promise<ProxyDecision> | ProxyDecision {
    return from.peerIdentity.includes(this.#options.inside.name)
      ? this.#goesOut(request)
      : this.#comesIn(request, from);
  }

  async #goesOut(request: SipRequest): Promise<ProxyDecision> {
    const target = parseSipUri(request.uri);
    if (!target.ok) return this.#denies('cannot-route', false);
    if (!METHODS.includes(request.method)) return this.#denies('method', false);
    const domain = target.value.host.toLowerCase();
    const found = await this.#partnerOf(domain);
    if (!found.ok) return this.#denies(found.denial, false);
    const { edge, host, port, sourceType, network, rule } = found.partner;
    const marks: SipHeader[] =
      sourceType === 'AuthorizedServer' && network === 'publiccloud'
        ? [{ name: 'ms-user-data', value: 'ms-publiccloud=true;ms-federation=true' }]
        : [];
    const decoration = rule?.provider?.nameDecorationDomain;
    return {
      action: 'forward',
      nextHop: `sip:${host}:${port};transport=tls`,
      serverName: edge,
      removeHeaders: [TRUST_HEADER],
      headers: marks,
      ...(decoration && { target: `sip:${decorate(addressOfHeader(request, 'To') || request.uri, decoration)}` }),
    };
  }

  async #comesIn(request: SipRequest, from: Flow): Promise<ProxyDecision> {
    const { domain: own, inside } = this.#options;
    const target = parseSipUri(request.uri);
    if (!METHODS.includes(request.method)) return this.#denies('method', true);
    const sender = addressOfHeader(request, 'From').split('@')[1] ?? '';
    const found =
      sender === own ? ({ ok: false, denial: 'route-set-invalid' } as const) : await this.#partnerOf(sender);
    if (!found.ok) return this.#denies(found.denial, true);
    const { partner } = found;
    if (!from.peerIdentity.includes(partner.edge)) return this.#denies('no-trust', true);
    if (!this.#hasRoom(partner)) return this.#denies('busy', true);
    const decoration = partner.rule?.provider?.nameDecorationDomain;
    const address = target.ok ? `${target.value.user ?? ''}@${target.value.host}` : '';
    const uri = decoration === undefined ? request.uri : `sip:${undecorate(address, decoration)}`;
    const asked = parseSipUri(uri);
    if (!asked.ok || asked.value.host.toLowerCase() !== own) return this.#denies('cannot-route', true);
    return {
      action: 'forward',
      target: uri,
      nextHop: `sip:${inside.address};transport=tls`,
      serverName: inside.name,
      removeHeaders: [TRUST_HEADER],
      headers: [this.#wordOn(partner, request)],
    };
  }

  /** What the edge says of who speaks; made anew for each request, never taken over but for one thing: a source's own verification, where the provider's row believes it. */
  #wordOn({ sourceType, network, rule, edge }: Partner, request: SipRequest): SipHeader {
    const level = rule?.provider?.verification ?? 'AlwaysVerifiable';
    const claims = /ms-source-verified-user=verified/i.test(header(request, TRUST_HEADER) ?? '');
    const isVerified = level === 'AlwaysVerifiable' || (level === 'UseSourceVerification' && claims);
    const parts = [
      `ms-source-type=${sourceType}`,
      `ms-ep-fqdn=${this.#options.name}`,
      `ms-source-verified-user=${isVerified ? 'verified' : 'unverified'}`,
      `ms-source-network=${network}`,
      ...(sourceType === 'AutoFederation' ? [] : [`ms-remote-fqdn=${edge}`]),
    ];
    return { name: TRUST_HEADER, value: parts.join(';') };
  }

  #partnerOf(domain: string): ReturnType<typeof findPartner> {
    return findPartner(domain, this.#options.policy, this.#options.names);
  }

  /** Discovered partners have to share; those on the list do not. */
  #hasRoom({ sourceType, domain }: Partner): boolean {
    if (sourceType !== 'AutoFederation') return true;
    const perSecond = this.#options.requestsPerSecondPerDiscovered ?? 20;
    const atUs = this.#options.clock.nowUs();
    const known = this.#tokens.get(domain) ?? { left: perSecond * BURST_S, atUs };
    const left = Math.min(perSecond * BURST_S, known.left + ((atUs - known.atUs) / 1e6) * perSecond);
    this.#tokens.set(domain, { left: Math.max(0, left - 1), atUs });
    return left >= 1;
  }

  #denies(denial: Denial, isForPartner: boolean): ProxyDecision {
    return { action: 'respond', ...denialResponse(denial, this.#options.name, isForPartner) };
  }

  #unreachable(request: SipRequest, fault: TransportFault) {
    const denial = /certificate|altnames|self-signed|verify/i.test(fault.text) ? 'no-trust' : 'busy';
    return denialResponse(denial, this.#options.name, !this.#isFromInside(request));
  }

  #isFromInside(request: SipRequest): boolean {
    return (
      addressOf(request, 'From') !== undefined && addressOfHeader(request, 'From').endsWith(`@${this.#options.domain}`)
    );
  }

  /** What servers inside say of a failure stays inside; what a partner does not say of one is said to be unsaid. */
  #onResponse(response: SipResponse, request: SipRequest): SipResponse {
    if (!this.#isFromInside(request)) return withoutHeader(response, 'ms-diagnostics');
    const isSilent = ['ms-diagnostics', 'ms-diagnostics-public'].every((name) => header(response, name) === undefined);
    if (response.statusCode < 400 || !isSilent) return response;
    const [id, reason] = NOT_REPORTED;
    return { ...response, headers: [...response.headers, diagnosis(id, reason, this.#options.name, false)] };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#proxy?.[Symbol.asyncDispose]();
  }
}
