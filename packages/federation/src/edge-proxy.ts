import type { Clock, Random } from '@plugfest/model';
import { header, type SipHeader, type SipRequest } from '@plugfest/sip';
import { type ProxyDecision, type ProxyRequestContext, SipProxy, type SipTap } from '@plugfest/sip-node';
import { addressOfHeader, clientOf, serviceOf } from './call-facts.ts';
import type { CertificateAuthority } from './certificate-authority.ts';
import { type CallFacts, type Decision, decide, type FederationPolicy } from './policy.ts';
import { TRUST_HEADER, trustHeader } from './trust-header.ts';

/** A decision of the policy, as it is told to who runs the deployment. */
export interface PolicyDecision {
  readonly atUs: number;
  /** FQDN of the edge that decided. */
  readonly at: string;
  readonly call: CallFacts;
  readonly decision: Decision;
}

/** Where a proxy sends what is not for itself. */
export interface NextHop {
  /** `address:port`, TLS. */
  readonly address: string;
  /** The name that its certificate must bear. */
  readonly name: string;
}

export interface ProxyContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly authority: CertificateAuthority;
  readonly tap: (name: string) => SipTap;
}

export interface EdgeOptions extends ProxyContext {
  /** FQDN, also the name in its certificate. */
  readonly name: string;
  readonly next: NextHop;
  /** Absent at the public provider's own edge: it lets its users out, and others decide. */
  readonly admission?: {
    readonly policy: FederationPolicy;
    /** On whose behalf conferences are held, as `user@domain`: the callee of all calls. Absent: who is called. */
    readonly owner?: string;
    /** Names in the certificates of the public provider's edges. */
    readonly publicProviderEdges: readonly string[];
    readonly onDecision: (decision: PolicyDecision) => void;
  };
}

/**
 * A federation edge: speaks TLS with mutual authentication to other edges ([MS-SIPRE]; one per deployment, 5061 in the field), decides who comes in,
 * and marks what it lets in with the trust header, which nobody else may set.
 */
export async function openEdge(options: EdgeOptions): Promise<SipProxy> {
  const identity = await options.authority.issue([options.name]);
  const ca = options.authority.certificate;
  return SipProxy.open({
    clock: options.clock,
    random: options.random,
    listen: [{ transport: 'tls', host: '127.0.0.1', tls: { ...identity, ca, requestCert: true } }],
    tls: { ...identity, ca },
    tap: options.tap(options.name),
    serverHeader: 'RTC/5.0',
    onRequest: (request, context) => decisionOf(request, context, options),
    onInDialogRequest: () => ({ action: 'forward', removeHeaders: [TRUST_HEADER] }),
  });
}

function decisionOf(request: SipRequest, { from }: ProxyRequestContext, options: EdgeOptions): ProxyDecision {
  const { next } = options;
  const forward = (headers: readonly SipHeader[]): ProxyDecision => ({
    action: 'forward',
    nextHop: `sip:${next.address};transport=tls`,
    serverName: next.name,
    removeHeaders: [TRUST_HEADER],
    headers,
  });
  const service = serviceOf(request);
  if (!options.admission || service === undefined) return forward([]);
  const { policy, owner, publicProviderEdges, onDecision } = options.admission;
  const call: CallFacts = {
    service,
    caller: addressOfHeader(request, 'From'),
    callee: owner ?? addressOfHeader(request, 'To'),
    fromPublicProvider: from.peerIdentity.some((name) => publicProviderEdges.includes(name)),
    client: clientOf(request),
  };
  const decision = decide(call, policy);
  onDecision({ atUs: options.clock.nowUs(), at: options.name, call, decision });
  return decision.allowed
    ? forward([trustHeader(options.name, call.fromPublicProvider)])
    : refusalOf(options.name, decision);
}

/** `rule` is ours: MS-OCER numbers do not tell the rules of the seed case apart. */
function refusalOf(edge: string, decision: Extract<Decision, { allowed: false }>): ProxyDecision {
  return {
    action: 'respond',
    statusCode: decision.statusCode,
    reasonPhrase: decision.reasonPhrase,
    headers: [
      {
        name: 'ms-diagnostics',
        value: `${decision.errorId};source="${edge}";reason="${decision.errorReason}";rule="${decision.rule}"`,
      },
    ],
  };
}

/** The federation rule that a refusal's `ms-diagnostics` names; null where it names none. */
export function ruleNamedIn(response: Parameters<typeof header>[0]): string | null {
  return ruleIn(header(response, 'ms-diagnostics'));
}

/** The same in the value of that header field. */
export function ruleIn(diagnostics: string | undefined): string | null {
  return /;\s*rule="([a-z-]{1,60})"/.exec(diagnostics ?? '')?.[1] ?? null;
}
