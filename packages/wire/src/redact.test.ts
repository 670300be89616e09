import { growth } from '@plugfest/model/cost-fixture';
import { expect, test } from 'vitest';
import { redact } from './redact.ts';

test.each([
  ['SDES keys', 'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:SECRETkey+/=|2^20|1:4;inline:SECRETtwo|2^20|2:4'],
  [
    'digest response',
    'Authorization: Digest username="bob", realm="r", nonce="n", uri="sip:x", response="SECRET0123", qop=auth',
  ],
  ['proxy digest, odd spelling', 'PROXY-AUTHORIZATION :Digest response=SECRET0123, username="bob"'],
  ['basic and bearer', 'Authorization: Basic SECRET0123\r\nAuthorization: Bearer SECRET.abc'],
  ['gssapi-data', 'Proxy-Authorization: NTLM qop="auth", gssapi-data="SECRETab", opaque="1"'],
  ['password in a URI', 'From: <sip:bob:SECRET@example.com>;tag=1'],
  ['k= line', 'k=base64:SECRETab\r\n'],
])('%s are overwritten, lengths stay', (_, text) => {
  const redacted = redact(text);
  expect(redacted).not.toContain('SECRET');
  expect(redacted).toContain('xxx');
  expect(redacted).toHaveLength(text.length);
});

test('what is no secret stays', () => {
  const text =
    'INVITE sip:bob@127.0.0.1:5060 SIP/2.0\r\nWWW-Authenticate: Digest nonce="abc"\r\nContact: <sip:a@[::1]:5061>\r\n';
  expect(redact(text)).toBe(text);
});

test('takes time in proportion to the length of hostile text', () => {
  const redacting = (length: number): (() => void) => {
    const text = `Authorization: ${'response="'.repeat(length)}\r\nsip:${'sip:a'.repeat(length)}`;
    return () => redact(text);
  };
  expect(growth(redacting, 20_000)).toBeLessThan(2.5);
});
