import { parseSipUri, type SipRequest } from '@plugfest/sip';
import { type ProxyDecision, type ProxyRequestContext, Registrar, SipProxy } from '@plugfest/sip-node';
import type { NextHop, ProxyContext } from './edge-proxy.ts';
import { TRUST_HEADER } from './trust-header.ts';

export interface FrontEndOptions extends ProxyContext {
  readonly name: string;
  /** Its users' SIP domain. */
  readonly domain: string;
  /** Where calls to other domains go. */
  readonly next: NextHop;
}

/** A domain's front end: its users' clients register here and call through here, over TLS. No client speaks for an edge: what it says of trust is taken out. */
export async function openFrontEnd(options: FrontEndOptions): Promise<SipProxy> {
  const identity = await options.authority.issue([options.name, options.domain]);
  const ca = options.authority.certificate;
  const registrar = new Registrar({ clock: options.clock, random: options.random, domains: [options.domain] });
  return SipProxy.open({
    clock: options.clock,
    random: options.random,
    listen: [{ transport: 'tls', host: '127.0.0.1', tls: { ...identity, ca } }],
    tls: { ...identity, ca },
    tap: options.tap(options.name),
    serverHeader: 'RTC/5.0',
    onRequest: (request, context) => decisionOf(request, context, options, registrar),
    onInDialogRequest: () => ({ action: 'forward', removeHeaders: [TRUST_HEADER] }),
  });
}

function decisionOf(
  request: SipRequest,
  { from }: ProxyRequestContext,
  { domain, next }: FrontEndOptions,
  registrar: Registrar,
): ProxyDecision {
  if (request.method === 'REGISTER') return { action: 'respond', ...registrar.handle(request, from) };
  const target = parseSipUri(request.uri);
  if (target.ok && target.value.host.toLowerCase() === domain) {
    const [binding] = registrar.lookup(request.uri);
    if (!binding) return { action: 'respond', statusCode: 404, reasonPhrase: 'Not Found' };
    return { action: 'forward', target: binding.contactUri, flow: binding.flow, removeHeaders: [TRUST_HEADER] };
  }
  return forwardTo(next);
}

function forwardTo({ address, name }: NextHop): ProxyDecision {
  const nextHop = `sip:${address};transport=tls`;
  return { action: 'forward', nextHop, serverName: name, removeHeaders: [TRUST_HEADER] };
}
