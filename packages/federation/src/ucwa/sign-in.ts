import type { NameServer } from '@plugfest/sip-node';
import { hrefOf, parsed, UcwaRefused } from './hal-reading.ts';
import type { HttpReply, HttpsExchange } from './https-exchange.ts';
import { type Hal, hal, tokenReply } from './schemas.ts';

export interface Credentials {
  /** `user@domain`. */
  readonly address: string;
  readonly password: string;
  /** As it calls itself, e.g. `iPhoneLync/5.0.0 (Lync 2013 for iPhone)`. */
  readonly userAgent: string;
  readonly endpointId: string;
}

export interface SignedIn {
  readonly token: string;
  /** What relative links are relative to. */
  readonly base: URL;
  readonly application: Hal;
}

/** DNS, the root document, the challenge, the token, the application. @see UCWA, “Create an application” @throws UcwaRefused, or an error where nobody is found */
export async function signedIn(own: Credentials, names: NameServer, http: HttpsExchange): Promise<SignedIn> {
  const { address, password, userAgent, endpointId } = own;
  const root = await rootOf(address.split('@')[1] ?? '', names);
  const ask = (method: 'GET' | 'POST', href: string, headers: Record<string, string>, body?: string) =>
    http.ask({ method, url: new URL(href, root), headers, ...(body === undefined ? {} : { body }) });
  const userUrl = hrefOf(read(await ask('GET', '/', {}), 200, 'autodiscovery'), 'user');
  const tokens = tokensIn(await ask('GET', userUrl, {}));
  const form = new URLSearchParams({ grant_type: 'password', username: address, password }).toString();
  const granted = await ask('POST', tokens, { 'content-type': 'application/x-www-form-urlencoded' }, form);
  if (granted.status !== 200) throw new UcwaRefused('the token request', granted);
  const token = parsed(tokenReply, granted, 'the token').access_token;
  const authorization = `Bearer ${token}`;
  const user = read(await ask('GET', userUrl, { authorization }), 200, 'the user resource');
  const applications = hrefOf(user, 'applications');
  const wish = JSON.stringify({ userAgent, endpointId, culture: 'en-us' });
  const made = await ask('POST', applications, { authorization, 'content-type': 'application/json' }, wish);
  return { token, base: new URL(applications, root), application: read(made, 201, 'signing in') };
}

/** Nobody may listen on 443 here: which port it is, the lab says by SRV. [M] */
async function rootOf(domain: string, names: NameServer): Promise<URL> {
  const discover = `lyncdiscover.${domain}`;
  const [service] = await names.srv(`_https._tcp.${discover}`);
  if (!service) throw new Error(`the lab's name server knows no _https._tcp.${discover}`);
  return new URL(`https://${discover}:${service.port}/`);
}

/** Where tokens are given for passwords, as the challenge says. */
function tokensIn(challenged: HttpReply): string {
  const told = [challenged.headers['www-authenticate']].flat().join(', ');
  const tokens = /MsRtcOAuth href="([^"]{1,500})",grant_type="[^"]*\bpassword\b/.exec(told)?.[1];
  if (challenged.status !== 401 || tokens === undefined)
    throw new UcwaRefused('the user resource without a token', challenged);
  return tokens;
}

function read(reply: HttpReply, status: number, what: string): Hal {
  if (reply.status !== status) throw new UcwaRefused(what, reply);
  return parsed(hal, reply, what);
}
