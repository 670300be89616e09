import { createHash, timingSafeEqual } from 'node:crypto';
import { BlockList, isIP, isIPv6 } from 'node:net';
import { Problem } from './problem.ts';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8);
LOOPBACK.addAddress('::1', 'ipv6');

/** @throws where others than this machine could steer the bridge without a token */
export function assertGuarded(host: string, token: string | undefined): void {
  const isLoopback = isIP(host) === 0 ? host === 'localhost' : LOOPBACK.check(host, isIPv6(host) ? 'ipv6' : 'ipv4');
  if (isLoopback || token !== undefined) return;
  throw new Error(
    `the control API would listen on ${host}, beyond the loopback: it needs a token (controlToken in the configuration, or PLUGFEST_CONTROL_TOKEN)`,
  );
}

/** Digests are compared, in constant time: neither length nor content of the token shows. @throws Problem 401 @see RFC 6750 §2.1 */
export function assertAllowed(authorization: string | undefined, token: string | undefined): void {
  if (token === undefined) return;
  const [scheme = '', given = ''] = (authorization ?? '').split(' ');
  if (scheme.toLowerCase() === 'bearer' && timingSafeEqual(digestOf(given), digestOf(token))) return;
  const error = authorization === undefined ? '' : ', error="invalid_token"';
  throw new Problem(401, 'a bearer token is needed', { 'www-authenticate': `Bearer realm="plugfest"${error}` });
}

/**
 * A page of somebody else's, open in a browser on this machine, can send requests to the loopback: what a browser says it is from must be this server itself.
 * Programs that are no browsers send no Origin. @throws Problem 403 @see RFC 6454 §7
 */
export function assertOwnOrigin(origin: string | undefined, host: string | undefined): void {
  if (origin === undefined || origin === `http://${host}` || origin === `https://${host}`) return;
  throw new Problem(403, 'another site’s page may not steer the bridge');
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
