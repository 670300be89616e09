import { Problem } from '../control/problem.ts';

/** How long a browser need not ask again. */
const PREFLIGHT_S = 600;

/**
 * What the page of another site is told: those that are configured may come, nobody else's; programs that are no browsers send no Origin. `*`: every page.
 * @throws Problem 403 @see RFC 9725 §4.1, https://fetch.spec.whatwg.org/#http-cors-protocol
 */
export function crossOriginHeaders(
  origin: string | undefined,
  host: string | undefined,
  allowed: readonly string[],
): Readonly<Record<string, string>> {
  if (origin === undefined || origin === `http://${host}` || origin === `https://${host}`) return {};
  if (!allowed.includes(origin) && !allowed.includes('*')) throw new Problem(403, 'pages of that site may not come in');
  return {
    'access-control-allow-origin': origin,
    vary: 'origin',
    'access-control-expose-headers': 'location, etag, link, accept-patch, accept-post, retry-after',
    'access-control-allow-methods': 'POST, PATCH, DELETE, OPTIONS',
    'access-control-allow-headers': 'authorization, content-type, if-match',
    'access-control-max-age': String(PREFLIGHT_S),
  };
}
