import type { Random } from '@plugfest/model';
import { appendHeaders, header, type SipHeader, type SipMessage, type SipRequest } from '@plugfest/sip';
import { challengeMessage, parseAuthenticateMessage } from './ntlm-messages.ts';
import { NtlmSession } from './ntlm-session.ts';
import { type AuthParameters, parseAuthParameters, REALM, signedText } from './sip-signature.ts';

const SCHEME = 'NTLM';

export interface AuthenticatorOptions {
  /** FQDN of the front end: the target that clients sign for. */
  readonly target: string;
  readonly domain: string;
  readonly random: Random;
  /** The password of `user@domain`; undefined for who does not exist. */
  readonly passwordOf: (address: string) => string | undefined;
  /** Schemes to name in the first 401. NTLM is what works; one that does not is answered with a diagnosis when a client picks it. */
  readonly offers?: readonly ('NTLM' | 'Kerberos' | 'TLS-DSK')[];
}

/** What came of a REGISTER's Authorization. */
export type AuthOutcome =
  | { readonly kind: 'established'; readonly association: SecurityAssociation }
  | { readonly kind: 'challenge'; readonly headers: readonly SipHeader[] }
  | { readonly kind: 'refused'; readonly headers: readonly SipHeader[] };

/** Signs what the server says to one client, and checks what that says. @see [MS-SIPAE] §3.2 */
export class SecurityAssociation {
  readonly opaque: string;
  readonly #target: string;
  readonly #session: NtlmSession;
  readonly #random: Random;
  #snum = 0;

  constructor(opaque: string, target: string, session: NtlmSession, random: Random) {
    this.opaque = opaque;
    this.#target = target;
    this.#session = session;
    this.#random = random;
  }

  sign<M extends SipMessage>(message: M): M {
    const context = { scheme: SCHEME, rand: this.#random.token(8), num: String(++this.#snum), target: this.#target };
    const rspauth = this.#session.signAsServer(signedText(message, context));
    const value =
      `${SCHEME} qop="auth", opaque="${this.opaque}", srand="${context.rand}", snum="${context.num}", rspauth="${rspauth}", ` +
      `targetname="${this.#target}", realm="${REALM}", version=4`;
    return appendHeaders(message, [{ name: 'Authentication-Info', value }]);
  }

  /** Whether the client signed this request. */
  verifies(request: SipRequest): boolean {
    const line = header(request, 'Authorization') ?? header(request, 'Proxy-Authorization');
    if (line === undefined) return false;
    const { scheme, values } = parseAuthParameters(line);
    const [rand, num, response] = ['crand', 'cnum', 'response'].map((name) => values.get(name) ?? '');
    const context = { scheme, rand: rand ?? '', num: num ?? '', target: this.#target };
    return scheme === SCHEME && this.#session.isFromClient(signedText(request, context), response ?? '');
  }
}

/** Bounds on handshakes that nobody finishes. */
const MAX_PENDING = 1000;

/** The server's side of the handshake: 401 with the schemes, 401 with NTLM's challenge, then a security association. @see [MS-SIPAE] §3.2.4 */
export class Authenticator {
  readonly #options: AuthenticatorOptions;
  readonly #pending = new Map<string, Uint8Array>();

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
  }

  /** @param address `user@domain` of the To header */
  authenticate(request: SipRequest, address: string): AuthOutcome {
    const line = header(request, 'Authorization') ?? header(request, 'Proxy-Authorization');
    if (line === undefined) return { kind: 'challenge', headers: this.#offers() };
    const parameters = parseAuthParameters(line);
    if (parameters.scheme !== SCHEME) return this.#refused(`${parameters.scheme} is unsupported here: use NTLM`);
    const data = parameters.values.get('gssapi-data') ?? '';
    return data === '' ? this.#challenge() : this.#finish(request, parameters, data, address);
  }

  #challenge(): AuthOutcome {
    const { random, target, domain } = this.#options;
    const opaque = random.token(8);
    const challenge = Uint8Array.from({ length: 8 }, () => Math.floor(random.next() * 256));
    const [oldest] = this.#pending.keys();
    if (this.#pending.size >= MAX_PENDING && oldest !== undefined) this.#pending.delete(oldest);
    this.#pending.set(opaque, challenge);
    const names = {
      domain: (domain.split('.')[0] ?? domain).toUpperCase(),
      computer: (target.split('.')[0] ?? target).toUpperCase(),
      dnsDomain: domain,
      dnsComputer: target,
    };
    const gssapi = challengeMessage(challenge, names).toString('base64');
    const value = `${SCHEME} opaque="${opaque}", gssapi-data="${gssapi}", targetname="${target}", realm="${REALM}", version=4`;
    return { kind: 'challenge', headers: [{ name: 'WWW-Authenticate', value }] };
  }

  #finish(request: SipRequest, { values }: AuthParameters, data: string, address: string): AuthOutcome {
    const { target, random, passwordOf } = this.#options;
    const opaque = values.get('opaque') ?? '';
    const challenge = this.#pending.get(opaque);
    if (challenge === undefined) return this.#challenge();
    this.#pending.delete(opaque);
    const answer = parseAuthenticateMessage(Buffer.from(data, 'base64'));
    if (!answer.ok) return this.#refused(`Final handshake failed: ${answer.error.text}`);
    const password = passwordOf(address);
    const session = password === undefined ? undefined : NtlmSession.accept(answer.value, challenge, password);
    if (session === undefined) return this.#refused('Final handshake failed');
    const association = new SecurityAssociation(opaque, target, session, random);
    return association.verifies(request)
      ? { kind: 'established', association }
      : this.#refused('Final handshake failed: the signature does not fit the message');
  }

  #refused(reason: string): AuthOutcome {
    const { target } = this.#options;
    const diagnostics = { name: 'ms-diagnostics', value: `1000;reason="${reason}";source="${target}"` };
    return { kind: 'refused', headers: [...this.#offers(), diagnostics] };
  }

  #offers(): SipHeader[] {
    const { target, offers = [SCHEME] } = this.#options;
    const names = {
      NTLM: `targetname="${target}"`,
      Kerberos: `targetname="sip/${target}"`,
      'TLS-DSK': `targetname="${target}", sts-uri="https://${target}/CertProv/CertProvisioningService.svc"`,
    };
    return offers.map((scheme) => ({
      name: 'WWW-Authenticate',
      value: `${scheme} realm="${REALM}", ${names[scheme]}, version=4`,
    }));
  }
}
