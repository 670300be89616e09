import type { Clock, Random, SipMessageEvent } from '@plugfest/model';
import type { SipProxy } from '@plugfest/sip-node';
import { openAvmcu } from './avmcu.ts';
import type { CertificateAuthority } from './certificate-authority.ts';
import { LabDns, recordsOf } from './edge/lab-dns.ts';
import { type NextHop, openEdge, type PolicyDecision, type ProxyContext } from './edge-proxy.ts';
import { openFrontEnd } from './front-end.ts';
import type { HopNames } from './hop-names.ts';
import type { FederationPolicy } from './policy.ts';
import { type UcwaExchange, UcwaServer, type UcwaUser } from './ucwa/ucwa-server.ts';

/** The public provider's SIP domain. */
export const PUBLIC_PROVIDER_DOMAIN = 'skype.example';

export interface FederationOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly authority: CertificateAuthority;
  readonly policy: FederationPolicy;
  /** On whose behalf conferences are held, as `user@domain`. */
  readonly owner: string;
  /** SIP domains whose clients take part. */
  readonly domains: readonly string[];
  /** Who signs in over HTTPS, and not over SIP. */
  readonly phones?: readonly UcwaUser[];
  readonly conferenceDomain: string;
  /** `address:port` of the bridge's TLS listener; its certificate bears the conference domain. */
  readonly bridgeTls: string;
  /** Learns the names of all that is deployed. */
  readonly names: HopNames;
  readonly onSip: (message: SipMessageEvent & { readonly atUs: number }) => void;
  readonly onDecision: (decision: PolicyDecision) => void;
  readonly onExchange?: (exchange: UcwaExchange) => void;
}

/** Where a phone signs in. */
export interface WebFront {
  /** `address:port` of the web server; its names are `lyncdiscover.` and `lyncweb.` of the domain. */
  readonly address: string;
  /** `address:port` of the name server that knows them. */
  readonly nameServer: string;
}

/** Domains with their front ends and edges, up and connected. */
export interface Federation extends AsyncDisposable {
  /** `address:port` (TLS) of the front end of a domain's clients; undefined where the domain is not deployed. */
  frontEndOf(domain: string): string | undefined;
  /** Where phones of a domain sign in; undefined where it has none. */
  webOf(domain: string): WebFront | undefined;
}

const BRIDGE = 'bridge';

type Listening = AsyncDisposable & Pick<SipProxy, 'addresses'>;

/**
 * Deploys each domain. An enterprise's front end reaches the bridge as its trusted application; the public provider's clients come through their provider's
 * edge and then through the edge of who holds the conference, where the policy decides (`SKYPE_PATHS` says which edge that is).
 */
export async function openFederation(options: FederationOptions): Promise<Federation> {
  await using opening = new AsyncDisposableStack();
  const { names } = options;
  names.listens(BRIDGE, options.bridgeTls);
  const context = (name: string): ProxyContext => ({
    clock: options.clock,
    random: options.random.fork(name),
    authority: options.authority,
    tap: (proxy) => names.tapOf(proxy, BRIDGE, options.onSip),
  });
  const started = async (name: string, opened: Promise<Listening>): Promise<NextHop> => {
    const proxy = opening.use(await opened);
    const { host, port } = proxy.addresses[0] ?? { host: '', port: 0 };
    names.listens(name, `${host}:${port}`);
    return { name, address: `${host}:${port}` };
  };
  const home: NextHop = { name: options.conferenceDomain, address: options.bridgeTls };
  const bridge = options.policy.skypePath === 'dual-homed' ? await avmcuBefore(home, options, context, started) : home;
  const frontEnds = new Map<string, NextHop>();
  for (const domain of options.domains) {
    const next = domain === PUBLIC_PROVIDER_DOMAIN ? await publicPath(options, context, started, bridge) : bridge;
    const name = `pool.${domain}`;
    frontEnds.set(domain, await started(name, openFrontEnd({ ...context(name), name, domain, next })));
  }
  const webs = await openWebs(options, frontEnds, opening);
  const opened = opening.move();
  return {
    frontEndOf: (domain) => frontEnds.get(domain)?.address,
    webOf: (domain) => webs.get(domain),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** The web side of each front end whose domain has phones, and the name server by which they find it. */
async function openWebs(
  { clock, random, authority, phones = [], onExchange }: FederationOptions,
  frontEnds: ReadonlyMap<string, NextHop>,
  opening: AsyncDisposableStack,
): Promise<ReadonlyMap<string, WebFront>> {
  const webs = new Map<string, WebFront>();
  if (phones.length === 0) return webs;
  const dns = opening.use(await LabDns.open());
  for (const [domain, frontEnd] of frontEnds) {
    const users = phones.filter(({ address }) => address.endsWith(`@${domain}`));
    // Who is with the public provider has none of Lync's phones.
    if (users.length === 0 || domain === PUBLIC_PROVIDER_DOMAIN) continue;
    const shared = { clock, random: random.fork(`web ${domain}`), authority, domain, frontEnd, users };
    const web = opening.use(await UcwaServer.open({ ...shared, ...(onExchange ? { onExchange } : {}) }));
    dns.add(recordsOf({ domain, web: { target: web.name, port: web.port } }));
    webs.set(domain, { address: web.address, nameServer: dns.address });
  }
  return webs;
}

/** The conference's home in Lync: what all of Lync's side calls in place of the bridge. */
function avmcuBefore(
  bridge: NextHop,
  { owner, conferenceDomain }: FederationOptions,
  context: (name: string) => ProxyContext,
  started: (name: string, opened: Promise<Listening>) => Promise<NextHop>,
): Promise<NextHop> {
  const name = `avmcu.${owner.split('@')[1] ?? conferenceDomain}`;
  return started(name, openAvmcu({ ...context(name), name, owner, bridge }));
}

/** The provider's edge, and the edge that admits its calls. */
async function publicPath(
  options: FederationOptions,
  context: (name: string) => ProxyContext,
  started: (name: string, opened: Promise<Listening>) => Promise<NextHop>,
  bridge: NextHop,
): Promise<NextHop> {
  const { policy, owner, conferenceDomain, onDecision } = options;
  const ownerDomain = owner.split('@')[1] ?? conferenceDomain;
  const admitting = `sip.${policy.skypePath === 'direct-federation' ? conferenceDomain : ownerDomain}`;
  const provider = `sip.${PUBLIC_PROVIDER_DOMAIN}`;
  const admission = { policy, owner, publicProviderEdges: [provider], onDecision };
  const next = await started(admitting, openEdge({ ...context(admitting), name: admitting, next: bridge, admission }));
  return started(provider, openEdge({ ...context(provider), name: provider, next }));
}
