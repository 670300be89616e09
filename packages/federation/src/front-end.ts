import { addressOf, parameter, parseSipUri, type SipHeader, type SipRequest } from '@plugfest/sip';
import { type ProxyDecision, type ProxyRequestContext, Registrar, SipProxy } from '@plugfest/sip-node';
import { addressOfHeader } from './call-facts.ts';
import type { NextHop, ProxyContext } from './edge-proxy.ts';
import { TRUST_HEADER } from './trust-header.ts';

export interface FrontEndOptions extends ProxyContext {
  readonly name: string;
  /** Its users' SIP domain. */
  readonly domain: string;
  /** Where calls to other domains go. */
  readonly next: NextHop;
  /** Who keeps contact lists and presence; without it, there are none. See `openUserServices`. */
  readonly services?: NextHop;
  /** Listens on TCP as well, at the second of its addresses: for clients that cannot be told whom to trust. */
  readonly hasTcp?: boolean;
}

/** What Lync's own clients ask of a registrar before they ask for more. @see [MS-SIPREGE] §3.2 */
const REGISTERED: readonly SipHeader[] = [
  {
    name: 'Allow-Events',
    value:
      'vnd-microsoft-provisioning,vnd-microsoft-roaming-contacts,vnd-microsoft-roaming-ACL,presence,presence.wpending,vnd-microsoft-roaming-self,vnd-microsoft-provisioning-v2',
  },
  // Where it is not said apart from the Contact, the client takes itself for signed out.
  { name: 'Expires', value: '3600' },
  { name: 'Supported', value: 'msrtc-event-categories' },
  { name: 'presence-state', value: 'register-action="added"' },
  { name: 'ms-keep-alive', value: 'UAS; tcp=no; hop-hop=yes; end-end=no; timeout=300' },
];

/** A GRUU of the endpoint, by its epid. @see [MS-SIPREGE] §2.2.2 */
function gruuOf(request: SipRequest): string {
  const from = addressOf(request, 'From');
  const epid = from && parameter(from.parameters, 'epid');
  return epid === undefined
    ? ''
    : `;gruu="${from?.uri};opaque=user:epid:${Buffer.from(epid).toString('base64url')};gruu"`;
}

/** A domain's front end: its users' clients register here and call through here, over TLS. No client speaks for an edge: what it says of trust is taken out. */
export async function openFrontEnd(options: FrontEndOptions): Promise<SipProxy> {
  const identity = await options.authority.issue([options.name, options.domain]);
  const ca = options.authority.certificate;
  const registrar = new Registrar({
    clock: options.clock,
    random: options.random,
    domains: [options.domain],
    ...(options.services ? { parametersFor: gruuOf, onRegister: () => ({ headers: REGISTERED }) } : {}),
  });
  return SipProxy.open({
    clock: options.clock,
    random: options.random,
    listen: [
      { transport: 'tls', host: '127.0.0.1', tls: { ...identity, ca } },
      ...(options.hasTcp ? [{ transport: 'tcp' as const, host: '127.0.0.1' }] : []),
    ],
    tls: { ...identity, ca },
    tap: options.tap(options.name),
    serverHeader: 'RTC/5.0',
    extensions: ['ms-benotify'],
    onRequest: (request, context) => decisionOf(request, context, options, registrar),
    onInDialogRequest: () => ({ action: 'forward', removeHeaders: [TRUST_HEADER] }),
  });
}

function decisionOf(
  request: SipRequest,
  { from }: ProxyRequestContext,
  { domain, next, services }: FrontEndOptions,
  registrar: Registrar,
): ProxyDecision {
  if (request.method === 'REGISTER') return { action: 'respond', ...registrar.handle(request, from) };
  const target = parseSipUri(request.uri);
  if (services && isForServices(request, domain)) return forwardTo(services);
  if (target.ok && target.value.host.toLowerCase() === domain) {
    const [binding] = registrar.lookup(request.uri);
    if (!binding) return { action: 'respond', statusCode: 404, reasonPhrase: 'Not Found' };
    return { action: 'forward', target: binding.contactUri, flow: binding.flow, removeHeaders: [TRUST_HEADER] };
  }
  return forwardTo(next);
}

/** What a user's own client asks about lists and presence, and what is asked of that user's presence. */
function isForServices(request: SipRequest, domain: string): boolean {
  const asker = addressOfHeader(request, 'From').split('@')[1];
  const asked = addressOfHeader(request, 'To').split('@')[1];
  return (request.method === 'SUBSCRIBE' && asked === domain) || (request.method === 'SERVICE' && asker === domain);
}

function forwardTo({ address, name }: NextHop): ProxyDecision {
  const nextHop = `sip:${address};transport=tls`;
  return { action: 'forward', nextHop, serverName: name, removeHeaders: [TRUST_HEADER] };
}
