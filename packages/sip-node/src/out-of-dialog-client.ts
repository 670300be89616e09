import { createRequest, nextHopOf, parseSipUri, type SipRequest, type SipResponse } from '@plugfest/sip';
import type { CallCore } from './call-core.ts';
import { exchangeAuthorized, localResponse } from './exchange.ts';
import type { Flow } from './flow.ts';
import { isServerFailure, Servers } from './reach.ts';
import type { TransportFault } from './target.ts';
import type { OutOfDialogOptions, RegisterOptions } from './user-agent-options.ts';

/** A series of REGISTERs at one registrar: same Call-ID and From tag, rising CSeq. @see RFC 3261 §10.2.4 */
interface Registration {
  readonly callId: string;
  readonly from: string;
  sequence: number;
}

/** What a client asks outside dialogs; `route` is already settled. */
export class OutOfDialogClient {
  readonly #core: CallCore;
  readonly #registrations = new Map<string, Registration>();

  constructor(core: CallCore) {
    this.#core = core;
  }

  async request(method: string, uri: string, options: OutOfDialogOptions): Promise<SipResponse> {
    const { identity } = this.#core;
    const from = identity.newFrom().value;
    const to = `<${options.to ?? uri}>`;
    const route = (options.route ?? []).map(bracketed);
    const headers = [...identity.requestHeaders(), ...(options.headers ?? [])];
    const draft = createRequest({ method, uri, from, to, callId: '', sequence: 1, route, headers, body: options.body });
    const servers = this.#serversOf(nextHopOf(draft), draft);
    const flow = await servers.next();
    if (!flow.ok) return unreachable(draft, flow.error);
    const callId = identity.newCallId(flow.value);
    const whole = createRequest({ method, uri, from, to, callId, sequence: 1, route, headers, body: options.body });
    return this.#ask(() => whole, flow.value, servers);
  }

  async register(options: RegisterOptions): Promise<SipResponse> {
    const { identity } = this.#core;
    const route = (options.route ?? []).map(bracketed);
    const uri = registrarUri(options.registrar);
    const to = `<${identity.aorUri}>`;
    const draft = createRequest({ method: 'REGISTER', uri, from: to, to, callId: '', sequence: 1, route });
    const servers = this.#serversOf(route.length > 0 ? nextHopOf(draft) : options.registrar, draft);
    const flow = await servers.next();
    if (!flow.ok) return unreachable(draft, flow.error);
    const registration = this.#registrationAt(options.registrar, flow.value);
    const headers = [
      { name: 'Expires', value: String(options.expiresS) },
      ...identity.requestHeaders(),
      ...identity.capabilityHeaders(),
      ...(options.headers ?? []),
    ];
    const { callId, from, sequence } = registration;
    registration.sequence += 2;
    const requestOver = (over: Flow): SipRequest => {
      const all = [identity.contact(over), ...headers];
      return createRequest({ method: 'REGISTER', uri, from, to, callId, sequence, route, headers: all });
    };
    return this.#ask(requestOver, flow.value, servers);
  }

  /** Of a server that fails nothing but its failure is known: the next is asked the same. @see RFC 3263 §4.3 */
  async #ask(requestOver: (flow: Flow) => SipRequest, first: Flow, servers: Servers): Promise<SipResponse> {
    const { layer, digest } = this.#core;
    let response = await exchangeAuthorized(layer, digest, requestOver(first), first);
    while (isServerFailure(response)) {
      const next = await servers.next();
      if (!next.ok) return response;
      response = await exchangeAuthorized(layer, digest, requestOver(next.value), next.value);
    }
    return response;
  }

  #registrationAt(registrar: string, flow: Flow): Registration {
    const known = this.#registrations.get(registrar);
    if (known !== undefined) return known;
    const { identity } = this.#core;
    const fresh = { callId: identity.newCallId(flow), from: identity.newFrom().value, sequence: 1 };
    this.#registrations.set(registrar, fresh);
    return fresh;
  }

  #serversOf(hop: string, draft: SipRequest): Servers {
    const { layer, locate } = this.#core;
    return new Servers(
      hop,
      { locate, transport: layer.transport },
      { sizeOver: (flow) => layer.sizeOver(draft, flow) },
    );
  }
}

function unreachable(request: SipRequest, fault: TransportFault): SipResponse {
  return localResponse(request, 503, `Service Unavailable (${fault.text})`);
}

/** A Route value from a URI or a name-addr. */
export function bracketed(uri: string): string {
  return uri.includes('<') ? uri : `<${uri}>`;
}

/** A REGISTER's Request-URI has no user part and no parameters. @see RFC 3261 §10.2 */
function registrarUri(uri: string): string {
  if (!parseSipUri(uri).ok) return uri;
  const scheme = uri.slice(0, uri.indexOf(':') + 1);
  const hostPort = uri.slice(uri.lastIndexOf('@') + 1).split(/[;?]/)[0] ?? '';
  return uri.includes('@') ? scheme + hostPort : hostPort;
}
