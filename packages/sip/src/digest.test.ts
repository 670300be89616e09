import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import {
  answerChallenge,
  chooseChallenge,
  type DigestAlgorithm,
  digestResponse,
  formatChallenge,
  parseAuthorization,
  parseChallenge,
  verifyDigest,
} from './index.ts';

const FILE = fileURLToPath(new URL('../../../../shared/data/vectors/rfc7616-digest.json', import.meta.url));
const present = existsSync(FILE);
if (!present) console.log(`skipped: no test data at ${FILE}`);
interface Vector {
  readonly name: string;
  readonly algorithm: DigestAlgorithm;
  readonly password: string;
  readonly response: string;
  readonly username: string;
  readonly realm: string;
  readonly nonce: string;
  readonly uri: string;
  readonly method: string;
  readonly qop: string;
  readonly nc: string;
  readonly cnonce: string;
}
const vectors: Vector[] = present ? JSON.parse(readFileSync(FILE, 'utf8')).vectors : [];

describe.skipIf(!present)('RFC 7616 vectors', () => {
  for (const vector of vectors) {
    test(vector.name, () => expect(digestResponse(vector.algorithm, vector.password, vector)).toBe(vector.response));
  }
});

const CHALLENGE = { realm: 'corp.example', nonce: 'n1', algorithm: 'SHA-256', qop: 'auth', stale: false } as const;
const CREDENTIALS = { username: 'al"ice', password: 'p\\w', realm: 'corp.example' };
const REQUEST = { method: 'REGISTER', uri: 'sip:corp.example', cnonce: 'c', nonceCount: 1 };

function verdictOn(header: string, change: Partial<Parameters<typeof verifyDigest>[1]> = {}) {
  const parsed = parseAuthorization(header);
  if (!parsed.ok) throw new Error(parsed.error.text);
  return verifyDigest(parsed.value, {
    method: 'REGISTER',
    realm: 'corp.example',
    passwordOf: () => 'p\\w',
    isNonceFresh: (nonce) => nonce === 'n1',
    ...change,
  });
}

describe('challenge and answer', () => {
  test('a round trip is valid; any change is not', () => {
    const challenge = parseChallenge(formatChallenge(CHALLENGE));
    expect(challenge).toMatchObject(CHALLENGE);
    const answer = answerChallenge(challenge ?? CHALLENGE, CREDENTIALS, REQUEST);
    expect(verdictOn(answer)).toBe('valid');
    expect(verdictOn(answer, { method: 'INVITE' })).toBe('wrong');
    expect(verdictOn(answer, { passwordOf: () => 'other' })).toBe('wrong');
    expect(verdictOn(answer, { passwordOf: () => undefined })).toBe('wrong');
    expect(verdictOn(answer, { realm: 'else' })).toBe('wrong');
    expect(verdictOn(answer, { isNonceFresh: () => false })).toBe('stale');
    expect(verdictOn(answer.replace('qop=auth', 'qop=auth-int'))).toBe('unsupported');
  });

  test('MD5 without qop, as RFC 2069 had it', () => {
    const challenge = parseChallenge('Digest realm="corp.example", nonce="n1"');
    expect(challenge).toMatchObject({ algorithm: 'MD5', qop: undefined });
    expect(verdictOn(answerChallenge(challenge ?? CHALLENGE, CREDENTIALS, REQUEST))).toBe('valid');
  });

  test('SHA-256 before MD5, our realm only, auth-int alone and unknown schemes not at all', () => {
    const md5 = 'Digest realm="corp.example", nonce="m", qop="auth", algorithm=MD5';
    const sha = 'Digest realm="corp.example", nonce="s", qop="auth,auth-int", algorithm=sha-256';
    expect(chooseChallenge([md5, sha], 'corp.example')?.nonce).toBe('s');
    expect(chooseChallenge([md5], 'corp.example')?.nonce).toBe('m');
    expect(chooseChallenge([md5, sha], 'elsewhere')).toBeUndefined();
    expect(parseChallenge('Digest realm="a", nonce="b", qop="auth-int"')).toBeUndefined();
    expect(parseChallenge('NTLM realm="SIP Communications Service", targetname="x", version=4')).toBeUndefined();
  });
});
