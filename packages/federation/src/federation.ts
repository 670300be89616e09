import type { Clock, Random, SipMessageEvent } from '@plugfest/model';
import type { SipProxy } from '@plugfest/sip-node';
import { openAvmcu } from './avmcu.ts';
import type { CertificateAuthority } from './certificate-authority.ts';
import { type NextHop, openEdge, type PolicyDecision, type ProxyContext } from './edge-proxy.ts';
import { openFrontEnd } from './front-end.ts';
import type { HopNames } from './hop-names.ts';
import type { FederationPolicy } from './policy.ts';

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
  readonly conferenceDomain: string;
  /** `address:port` of the bridge's TLS listener; its certificate bears the conference domain. */
  readonly bridgeTls: string;
  /** Learns the names of all that is deployed. */
  readonly names: HopNames;
  readonly onSip: (message: SipMessageEvent & { readonly atUs: number }) => void;
  readonly onDecision: (decision: PolicyDecision) => void;
}

/** Domains with their front ends and edges, up and connected. */
export interface Federation extends AsyncDisposable {
  /** `address:port` (TLS) of the front end of a domain's clients; undefined where the domain is not deployed. */
  frontEndOf(domain: string): string | undefined;
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
  const frontEnds = new Map<string, string>();
  for (const domain of options.domains) {
    const next = domain === PUBLIC_PROVIDER_DOMAIN ? await publicPath(options, context, started, bridge) : bridge;
    const name = `pool.${domain}`;
    frontEnds.set(domain, (await started(name, openFrontEnd({ ...context(name), name, domain, next }))).address);
  }
  const opened = opening.move();
  return {
    frontEndOf: (domain) => frontEnds.get(domain),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
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
