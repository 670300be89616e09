import { createHash } from 'node:crypto';
import { type Authorization, formatAuthorization, parseAuthorization } from './authorization.ts';
import { quote } from './header-scanner.ts';
import { parameter } from './parameters.ts';

/** A user's name and password for one realm; they are sent to no other. */
export interface DigestCredentials {
  readonly username: string;
  readonly password: string;
  /** The only realm that is answered. */
  readonly realm: string;
}

/** Best first. @see RFC 8760 §2.4 */
export const DIGEST_ALGORITHMS = ['SHA-256', 'MD5'] as const;
export type DigestAlgorithm = (typeof DIGEST_ALGORITHMS)[number];

export interface DigestChallenge {
  readonly realm: string;
  readonly nonce: string;
  readonly algorithm: DigestAlgorithm;
  /** `auth`, or undefined where the challenge offers no qop (RFC 2069 form). */
  readonly qop: 'auth' | undefined;
  readonly opaque?: string | undefined;
  readonly stale: boolean;
}

const NODE_NAMES: Readonly<Record<DigestAlgorithm, string>> = { 'SHA-256': 'sha256', MD5: 'md5' };

function hash(algorithm: DigestAlgorithm, text: string): string {
  return createHash(NODE_NAMES[algorithm]).update(text, 'latin1').digest('hex');
}

function algorithmNamed(name: string | undefined): DigestAlgorithm | undefined {
  return name === undefined ? 'MD5' : DIGEST_ALGORITHMS.find((known) => known.toLowerCase() === name.toLowerCase());
}

/** One WWW-Authenticate or Proxy-Authenticate line; undefined when it is not a Digest that we can answer (other scheme or algorithm, qop without `auth`). */
export function parseChallenge(value: string): DigestChallenge | undefined {
  const parsed = parseAuthorization(value);
  if (!parsed.ok || parsed.value.scheme.toLowerCase() !== 'digest') return undefined;
  const read = (name: string): string | undefined => parameter(parsed.value.parameters, name);
  const algorithm = algorithmNamed(read('algorithm'));
  const qops = read('qop')
    ?.split(',')
    .map((qop) => qop.trim().toLowerCase());
  const realm = read('realm');
  const nonce = read('nonce');
  if (realm === undefined || nonce === undefined || algorithm === undefined || (qops && !qops.includes('auth')))
    return undefined;
  const stale = read('stale')?.toLowerCase() === 'true';
  return { realm, nonce, algorithm, qop: qops ? 'auth' : undefined, opaque: read('opaque'), stale };
}

/** The challenge to answer: of our realm, with the best algorithm. @see RFC 8760 §2.4 */
export function chooseChallenge(lines: readonly string[], realm: string): DigestChallenge | undefined {
  const usable = lines.map(parseChallenge).filter((challenge) => challenge?.realm === realm);
  return DIGEST_ALGORITHMS.map((algorithm) => usable.find((challenge) => challenge?.algorithm === algorithm)).find(
    (found) => found,
  );
}

export interface DigestRequest {
  readonly method: string;
  /** The Request-URI, as written. */
  readonly uri: string;
  readonly cnonce: string;
  /** From 1, for each use of a nonce. */
  readonly nonceCount: number;
}

/** The value of Authorization or Proxy-Authorization. @see RFC 7616 §3.4 */
export function answerChallenge(
  challenge: DigestChallenge,
  credentials: DigestCredentials,
  request: DigestRequest,
): string {
  const { algorithm, realm, nonce, qop, opaque } = challenge;
  const nc = request.nonceCount.toString(16).padStart(8, '0');
  const fields = {
    username: credentials.username,
    realm,
    nonce,
    uri: request.uri,
    method: request.method,
    qop,
    nc,
    cnonce: request.cnonce,
  };
  const response = digestResponse(algorithm, credentials.password, fields);
  const parameters = [
    { name: 'username', value: quote(credentials.username) },
    { name: 'realm', value: quote(realm) },
    { name: 'nonce', value: quote(nonce) },
    { name: 'uri', value: quote(request.uri) },
    { name: 'response', value: quote(response) },
    { name: 'algorithm', value: algorithm as string },
  ];
  if (opaque !== undefined) parameters.push({ name: 'opaque', value: quote(opaque) });
  if (qop !== undefined) {
    parameters.push(
      { name: 'qop', value: qop },
      { name: 'nc', value: nc },
      { name: 'cnonce', value: quote(request.cnonce) },
    );
  }
  return formatAuthorization({ scheme: 'Digest', parameters });
}

interface ResponseFields {
  readonly username: string;
  readonly realm: string;
  readonly nonce: string;
  readonly uri: string;
  readonly method: string;
  readonly qop: string | undefined;
  readonly nc: string;
  readonly cnonce: string;
}

/** `response` of RFC 7616 §3.4.1, hexadecimal. */
export function digestResponse(algorithm: DigestAlgorithm, password: string, fields: ResponseFields): string {
  const secret = hash(algorithm, `${fields.username}:${fields.realm}:${password}`);
  const request = hash(algorithm, `${fields.method}:${fields.uri}`);
  const middle =
    fields.qop === undefined ? fields.nonce : `${fields.nonce}:${fields.nc}:${fields.cnonce}:${fields.qop}`;
  return hash(algorithm, `${secret}:${middle}:${request}`);
}

/** The value of WWW-Authenticate or Proxy-Authenticate. */
export function formatChallenge(challenge: DigestChallenge): string {
  const parameters = [
    { name: 'realm', value: quote(challenge.realm) },
    { name: 'nonce', value: quote(challenge.nonce) },
    { name: 'algorithm', value: challenge.algorithm as string },
  ];
  if (challenge.qop !== undefined) parameters.push({ name: 'qop', value: quote(challenge.qop) });
  if (challenge.opaque !== undefined) parameters.push({ name: 'opaque', value: quote(challenge.opaque) });
  if (challenge.stale) parameters.push({ name: 'stale', value: 'TRUE' });
  return formatAuthorization({ scheme: 'Digest', parameters });
}

/** `stale`: right password, nonce no longer ours; `unsupported`: qop=auth-int or an unknown algorithm, which we refuse. */
export type DigestVerdict = 'valid' | 'stale' | 'wrong' | 'unsupported';

export interface DigestCheck {
  readonly method: string;
  readonly realm: string;
  /** Undefined: no such user. */
  readonly passwordOf: (username: string) => string | undefined;
  readonly isNonceFresh: (nonce: string, nonceCount: number) => boolean;
}

/** Checks credentials that a client sent. @see RFC 7616 §3.4 */
export function verifyDigest(authorization: Authorization, check: DigestCheck): DigestVerdict {
  const read = (name: string): string => parameter(authorization.parameters, name) ?? '';
  const algorithm = algorithmNamed(parameter(authorization.parameters, 'algorithm'));
  const qop = parameter(authorization.parameters, 'qop');
  if (authorization.scheme.toLowerCase() !== 'digest' || algorithm === undefined) return 'unsupported';
  if (qop !== undefined && qop.toLowerCase() !== 'auth') return 'unsupported';
  const password = check.passwordOf(read('username'));
  if (password === undefined || read('realm') !== check.realm) return 'wrong';
  const fields = {
    username: read('username'),
    realm: check.realm,
    nonce: read('nonce'),
    uri: read('uri'),
    method: check.method,
  };
  const expected = digestResponse(algorithm, password, { ...fields, qop, nc: read('nc'), cnonce: read('cnonce') });
  if (expected !== read('response').toLowerCase()) return 'wrong';
  return check.isNonceFresh(fields.nonce, Number.parseInt(read('nc') || '1', 16)) ? 'valid' : 'stale';
}
