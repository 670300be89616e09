import { parseMessage } from '@plugfest/sip';
import { expect, test } from 'vitest';
import { parseAuthParameters, signedText } from './sip-signature.ts';

function message(...lines: readonly string[]) {
  const parsed = parseMessage(Buffer.from(`${lines.join('\r\n')}\r\nContent-Length: 0\r\n\r\n`));
  if (!parsed.ok) throw new Error(parsed.error.text);
  return parsed.value;
}

const CONTEXT = { scheme: 'NTLM', rand: '1a2b', num: '7', target: 'pool.corp.example' };

test('a request is signed over its fields in the order of [MS-SIPAE], absent ones empty', () => {
  const request = message(
    'REGISTER sip:corp.example SIP/2.0',
    'From: <sip:anna@corp.example>;tag=ab;epid=c8',
    'To: <sip:anna@corp.example>',
    'Call-ID: call-1',
    'CSeq: 3 REGISTER',
  );
  expect(signedText(request, CONTEXT)).toBe(
    '<NTLM><1a2b><7><SIP Communications Service><pool.corp.example><call-1><3><REGISTER><sip:anna@corp.example><ab><sip:anna@corp.example><><><><>',
  );
});

test('a response also over its expiry and status, an asserted identity in its place', () => {
  const response = message(
    'SIP/2.0 200 OK',
    'From: "Anna" <sip:anna@corp.example>;tag=ab',
    'To: <sip:anna@corp.example>;tag=xy',
    'Call-ID: call-1',
    'CSeq: 3 REGISTER',
    'Expires: 7200',
    'P-Asserted-Identity: "Anna" <sip:anna@corp.example>, <tel:+49123>',
  );
  expect(signedText(response, CONTEXT)).toMatch(
    /<sip:anna@corp\.example><xy><sip:anna@corp\.example><tel:\+49123><7200><200>$/,
  );
});

test('parameters with and without quotes; what is none is left out', () => {
  const { scheme, values } = parseAuthParameters('NTLM qop="auth", opaque="a,b", version=4, =x, gssapi-data=""');
  expect(scheme).toBe('NTLM');
  expect(Object.fromEntries(values)).toEqual({ qop: 'auth', opaque: 'a,b', version: '4', 'gssapi-data': '' });
});
