import type { Clock, Random } from '@plugfest/model';
import {
  aorKey,
  formatChallenge,
  formatParameters,
  header,
  headers,
  headerValues,
  parameter,
  parseAuthorization,
  parseNameAddr,
  parseSipUri,
  type SipHeader,
  type SipRequest,
  type SipUri,
  sipUrisEqual,
  verifyDigest,
} from '@plugfest/sip';
import type { Flow } from './flow.ts';
import type { ResponseSpec } from './session.ts';

/** One Contact of an address of record. */
export interface Binding {
  readonly contactUri: string;
  /** Header parameters of the Contact as `;name=value`, `expires` left out. */
  readonly parameters: string;
  readonly expiresAtUs: number;
  /** The connection that the REGISTER came over; requests to the binding go back over it while it lives. */
  readonly flow: Flow;
}

export interface RegistrarOptions {
  readonly clock: Clock;
  /** For nonces. */
  readonly random: Random;
  /** Domains of the addresses of record that we keep; empty: any. */
  readonly domains: readonly string[];
  /** Default 7200. */
  readonly maxExpiresS?: number;
  /** Contacts of one address of record (default 10) and addresses of record (default 10,000). */
  readonly maxBindings?: number;
  readonly maxAors?: number;
  /** Password of a user; absent: no authentication. */
  readonly passwordOf?: (username: string) => string | undefined;
  /** Contact parameters of ours, said with the binding: a GRUU. */
  readonly parametersFor?: (request: SipRequest) => string;
  /** Default: the first domain. */
  readonly realm?: string;
  /** May refuse or decorate: headers to add to the 200. */
  readonly onRegister?: (
    request: SipRequest,
    flow: Flow,
  ) => { readonly refuse?: ResponseSpec; readonly headers?: readonly SipHeader[] } | undefined;
}

const NONCE_LIFETIME_US = 300_000_000;
const MAX_NONCES = 10_000;

/** Bindings by address of record. Use it in `UserAgent.onRequest` or a proxy's `onRequest`. @see RFC 3261 §10.3 */
export class Registrar {
  readonly #options: RegistrarOptions;
  readonly #bindings = new Map<string, Binding[]>();
  /** Nonce → time of issue and the highest nonce count seen. */
  readonly #nonces = new Map<string, { readonly issuedUs: number; count: number }>();

  constructor(options: RegistrarOptions) {
    this.#options = options;
  }

  /** Addresses of record with live bindings, as `sip:user@host`. */
  get aors(): readonly string[] {
    return [...this.#bindings.keys()].filter((key) => this.#live(key).length > 0);
  }

  /** Live bindings whose flow is open, most recent first; `aor` is compared by scheme, user and host. */
  lookup(aor: string): Binding[] {
    const uri = parseSipUri(aor);
    return uri.ok ? this.#live(aorKey(uri.value)) : [];
  }

  /** Answers a REGISTER. */
  handle(request: SipRequest, flow: Flow): ResponseSpec {
    const to = parseNameAddr(header(request, 'To') ?? '');
    const aor = to.ok ? parseSipUri(to.value.uri) : to;
    if (!aor.ok) return { statusCode: 400 };
    const { domains } = this.#options;
    if (domains.length > 0 && !domains.includes(aor.value.host)) return { statusCode: 404 };
    const denied = this.#authenticate(request, aor.value);
    if (denied !== undefined) return denied;
    const verdict = this.#options.onRegister?.(request, flow);
    if (verdict?.refuse !== undefined) return verdict.refuse;
    return this.#register(request, flow, aorKey(aor.value), verdict?.headers ?? []);
  }

  #register(request: SipRequest, flow: Flow, key: string, more: readonly SipHeader[]): ResponseSpec {
    const contacts = headerValues(request, 'Contact');
    const expires = Number(header(request, 'Expires') ?? Number.NaN);
    if (contacts.includes('*')) {
      if (contacts.length > 1 || expires !== 0) return { statusCode: 400 };
      this.#bindings.delete(key);
      return { statusCode: 200, headers: more };
    }
    const { maxBindings = 10, maxAors = 10_000 } = this.#options;
    let bindings = this.#live(key);
    for (const contact of contacts) {
      const next = this.#bind(bindings, contact, expires, flow, this.#options.parametersFor?.(request) ?? '');
      if (next === undefined) return { statusCode: 400 };
      bindings = next;
    }
    if (bindings.length > maxBindings || (!this.#bindings.has(key) && this.#bindings.size >= maxAors))
      return { statusCode: 403 };
    if (bindings.length === 0) this.#bindings.delete(key);
    else this.#bindings.set(key, bindings);
    return { statusCode: 200, headers: [...this.#contactHeaders(bindings), ...more] };
  }

  /** The bindings with one Contact of a REGISTER taken in; undefined when it is malformed. */
  #bind(
    bindings: readonly Binding[],
    contact: string,
    expiresHeaderS: number,
    flow: Flow,
    ours: string,
  ): Binding[] | undefined {
    const address = parseNameAddr(contact);
    const uri = address.ok ? parseSipUri(address.value.uri) : address;
    if (!address.ok || !uri.ok) return undefined;
    const asked = parameter(address.value.parameters, 'expires');
    const wantedS = asked === undefined || !/^\d{1,10}$/.test(asked) ? expiresHeaderS : Number(asked);
    const expiresS = Math.min(
      Number.isFinite(wantedS) && wantedS >= 0 ? wantedS : 3600,
      this.#options.maxExpiresS ?? 7200,
    );
    const others = bindings.filter((binding) => !sameContact(binding.contactUri, uri.value));
    if (expiresS === 0) return others;
    const kept = address.value.parameters.filter(({ name }) => name.toLowerCase() !== 'expires');
    const expiresAtUs = this.#options.clock.nowUs() + expiresS * 1e6;
    const parameters = `${formatParameters(kept)}${ours}`;
    return [{ contactUri: address.value.uri, parameters, expiresAtUs, flow }, ...others];
  }

  #contactHeaders(bindings: readonly Binding[]): SipHeader[] {
    const nowUs = this.#options.clock.nowUs();
    return bindings.map(({ contactUri, parameters, expiresAtUs }) => {
      const expiresS = Math.max(0, Math.round((expiresAtUs - nowUs) / 1e6));
      return { name: 'Contact', value: `<${contactUri}>${parameters};expires=${expiresS}` };
    });
  }

  #live(key: string): Binding[] {
    const nowUs = this.#options.clock.nowUs();
    return (this.#bindings.get(key) ?? []).filter((binding) => binding.expiresAtUs > nowUs && !binding.flow.closed);
  }

  /** Undefined: let in. @see RFC 3261 §22.3 */
  #authenticate(request: SipRequest, aor: SipUri): ResponseSpec | undefined {
    const { passwordOf, domains, realm = domains[0] ?? 'plugfest' } = this.#options;
    if (passwordOf === undefined) return undefined;
    const check = {
      method: request.method,
      realm,
      passwordOf,
      isNonceFresh: (nonce: string, count: number) => this.#useNonce(nonce, count),
    };
    let stale = false;
    for (const line of headers(request, 'Authorization')) {
      const authorization = parseAuthorization(line);
      if (!authorization.ok) continue;
      const verdict = verifyDigest(authorization.value, check);
      const username = parameter(authorization.value.parameters, 'username') ?? '';
      if (verdict === 'valid') return username === aor.user ? undefined : { statusCode: 403 };
      stale ||= verdict === 'stale';
    }
    return { statusCode: 401, headers: this.#challenges(realm, stale) };
  }

  /** SHA-256 first, MD5 for those who know no better. @see RFC 8760 §2.3 */
  #challenges(realm: string, stale: boolean): SipHeader[] {
    const nonce = this.#options.random.token(24);
    if (this.#nonces.size >= MAX_NONCES) this.#nonces.clear();
    this.#nonces.set(nonce, { issuedUs: this.#options.clock.nowUs(), count: 0 });
    return (['SHA-256', 'MD5'] as const).map((algorithm) => ({
      name: 'WWW-Authenticate',
      value: formatChallenge({ realm, nonce, algorithm, qop: 'auth', stale }),
    }));
  }

  /** A nonce of ours, young enough, with a count that was not used before. */
  #useNonce(nonce: string, count: number): boolean {
    const issued = this.#nonces.get(nonce);
    if (
      issued === undefined ||
      this.#options.clock.nowUs() - issued.issuedUs > NONCE_LIFETIME_US ||
      count <= issued.count
    )
      return false;
    issued.count = count;
    return true;
  }
}

function sameContact(contactUri: string, uri: SipUri): boolean {
  const known = parseSipUri(contactUri);
  return known.ok && sipUrisEqual(known.value, uri);
}
