import { parameter } from './parameters.ts';
import type { SipUri } from './sip-uri.ts';

/** Parameters that never match a URI without them. @see RFC 3261 §19.1.4 */
const SIGNIFICANT_PARAMETERS = ['user', 'ttl', 'method', 'maddr', 'transport'];

/** Whether two URIs name the same resource. @see RFC 3261 §19.1.4 */
export function sipUrisEqual(a: SipUri, b: SipUri): boolean {
  if (a.scheme !== b.scheme || a.user !== b.user || a.password !== b.password) return false;
  if (a.host !== b.host || a.port !== b.port) return false;
  return parametersMatch(a, b) && parametersMatch(b, a) && headersOf(a) === headersOf(b);
}

function parametersMatch(a: SipUri, b: SipUri): boolean {
  return a.parameters.every(({ name }) => {
    const theirs = parameter(b.parameters, name);
    if (theirs === undefined) return !SIGNIFICANT_PARAMETERS.includes(name.toLowerCase());
    return parameter(a.parameters, name)?.toLowerCase() === theirs.toLowerCase();
  });
}

function headersOf(uri: SipUri): string {
  return uri.headers
    .map(({ name, value }) => `${name.toLowerCase()}=${value ?? ''}`)
    .sort()
    .join('&');
}

/** Key of an address of record: scheme, user and host, nothing else. @see RFC 3261 §10.3 step 5 */
export function aorKey(uri: SipUri): string {
  return `${uri.scheme}:${uri.user ?? ''}@${uri.host}`;
}
