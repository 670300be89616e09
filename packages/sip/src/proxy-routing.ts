import { createHash } from 'node:crypto';
import { decimalOf } from './character-class.ts';
import type { SipRequest, SipResponse } from './message.ts';
import { cseqOf, tagOf } from './message-fields.ts';
import { header, headers, headerValues, splitValues, withHeader, withHeaders } from './message-headers.ts';
import { parseNameAddr } from './name-addr.ts';
import { parameter } from './parameters.ts';
import { parseSipUri, type SipUri } from './sip-uri.ts';
import { parseVia } from './via.ts';

/** The request without the Route entries in front that mean us, and those entries' URIs, first hop first. @see RFC 3261 §16.4 */
export function popOwnRoutes(
  request: SipRequest,
  isOurs: (uri: SipUri) => boolean,
): { readonly request: SipRequest; readonly popped: readonly SipUri[] } {
  const routes = headerValues(request, 'Route');
  const popped: SipUri[] = [];
  for (const route of routes) {
    const address = parseNameAddr(route);
    const uri = address.ok ? parseSipUri(address.value.uri) : address;
    if (!uri.ok || !isOurs(uri.value)) break;
    popped.push(uri.value);
  }
  return popped.length === 0
    ? { request, popped }
    : { request: withHeaders(request, 'Route', routes.slice(popped.length)), popped };
}

/** Max-Forwards one lower (70 when there was none); undefined when it is used up: 483 is owed. @see RFC 3261 §16.3, §16.6 */
export function decrementMaxForwards(request: SipRequest): SipRequest | undefined {
  const hops = decimalOf(header(request, 'Max-Forwards') ?? '', 255);
  if (hops === 0) return undefined;
  return withHeader(request, 'Max-Forwards', String(hops === undefined ? 70 : hops - 1));
}

/** What a request without Max-Breadth may fork to, at most. @see RFC 5393 §5.3.1 */
const DEFAULT_BREADTH = 60;
const MAX_BREADTH = 2 ** 31 - 1;

/** The request for one branch of a proxy that does not fork: it hands on all the breadth there is. Undefined when there is none: 440 is owed. @see RFC 5393 §5.3 */
export function withBreadth(request: SipRequest): SipRequest | undefined {
  const breadth = decimalOf(header(request, 'Max-Breadth') ?? '', MAX_BREADTH);
  if (breadth === 0) return undefined;
  return withHeader(request, 'Max-Breadth', String(breadth ?? DEFAULT_BREADTH));
}

/** What a request that comes round in a loop has in common with its first pass; a spiral differs. 8 hexadecimal digits. @see RFC 3261 §16.6 step 8, RFC 5393 §4.2 */
export function loopDigest(request: SipRequest): string {
  const tags = [tagOf(request, 'From'), tagOf(request, 'To')];
  const call = [header(request, 'Call-ID'), cseqOf(request)?.number, request.uri];
  const rest = [
    ...headers(request, 'Route'),
    ...headers(request, 'Proxy-Authorization'),
    ...headers(request, 'Proxy-Require'),
  ];
  return createHash('sha256')
    .update(JSON.stringify([tags, call, rest]), 'latin1')
    .digest('hex')
    .slice(0, 8);
}

/** Whether a Via that we wrote (`isOurs` of its host and port) ends its branch in this digest. @see RFC 3261 §16.3 step 4 */
export function hasLooped(
  request: SipRequest,
  digest: string,
  isOurs: (host: string, port: number | undefined) => boolean,
): boolean {
  return headerValues(request, 'Via').some((value) => {
    const via = parseVia(value);
    return (
      via.ok &&
      isOurs(via.value.host, via.value.port) &&
      (parameter(via.value.parameters, 'branch') ?? '').endsWith(`.${digest}`)
    );
  });
}

/** The response without its top Via; undefined when none is left: it was for us. @see RFC 3261 §16.7 step 3 */
export function popVia(response: SipResponse): SipResponse | undefined {
  const [first = '', ...lines] = headers(response, 'Via');
  const rest = splitValues(first).slice(1);
  const left = rest.length === 0 ? lines : [rest.join(', '), ...lines];
  return left.length === 0 ? undefined : withHeaders(response, 'Via', left);
}
