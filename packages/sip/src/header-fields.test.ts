import { describe, expect, test } from 'vitest';
import {
  formatNameAddr,
  formatSipUri,
  formatVia,
  parseNameAddr,
  parseSipUri,
  parseVia,
  sipUrisEqual,
} from './index.ts';

describe('round trips', () => {
  test.each([
    'sip:alice@example.com',
    'sips:a%20b:pw@[2001:db8::1]:5061;transport=tcp;lr',
    'sip:example.com?Subject=a%20b&Priority=urgent',
    'sip:u@d;opaque=user:epid:AAA;gruu',
  ])('%s', (text) => {
    const uri = parseSipUri(text);
    expect(uri.ok && formatSipUri(uri.value)).toBe(text);
  });

  test.each([
    ['"A \\"q\\" B" <sip:a@b;x=1>;tag=1;y', '"A \\"q\\" B" <sip:a@b;x=1>;tag=1;y'],
    ['sip:a@b;tag=1', '<sip:a@b>;tag=1'],
    ['Alice Smith <sip:a@b>', '"Alice Smith" <sip:a@b>'],
    ['<sip:a@b?x=y,z>;expires=3', '<sip:a@b?x=y,z>;expires=3'],
  ])('%s', (text, canonical) => {
    const address = parseNameAddr(text);
    expect(address.ok && formatNameAddr(address.value)).toBe(canonical);
  });

  test('Via with spaces and IPv6', () => {
    const via = parseVia('SIP / 2.0 / TLS [2001:db8::9] : 5061 ;branch=z9hG4bK1; received=2001:db8::1');
    expect(via.ok && formatVia(via.value)).toBe('SIP/2.0/TLS [2001:db8::9]:5061;branch=z9hG4bK1;received=2001:db8::1');
  });
});

describe('refused', () => {
  test.each([
    'sip:',
    'sip:@a',
    'sip:a@',
    'sip:a b@c',
    'sip:a@b:99999',
    'sip:a@b;;x',
    'sip:a%zz@b',
    'http://a',
    'sip:2001:db8::1',
    'sip:[::1',
    'sip:a@b?x',
  ])('%s', (text) => expect(parseSipUri(text).ok).toBe(false));
  test.each([
    '"a <sip:a@b>',
    'a, b <sip:a@b>',
    '<sip:a@b',
    '< sip:a@b>',
    'sip:a@b?x=y',
    '<sip:a@b>;;',
    '<sip:a@b> x',
    '',
  ])('%s', (text) => expect(parseNameAddr(text).ok).toBe(false));
  test.each([
    'SIP/2.0/UDP',
    'SIP/2.0 a',
    'SIP/2.0/UDP a:',
    'SIP/2.0/UDP a:70000',
    'SIP/2.0/UDP a;=1',
    'SIP/2.0/UDP [::1',
  ])('%s', (text) => expect(parseVia(text).ok).toBe(false));
});

/** Pairs of RFC 3261 §19.1.4. */
describe('URI equality', () => {
  test.each([
    ['sip:%61lice@atlanta.com;transport=TCP', 'sip:alice@AtLanTa.CoM;Transport=tcp', true],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com;newparam=5', true],
    ['sip:carol@chicago.com;newparam=5', 'sip:carol@chicago.com;security=on', true],
    ['SIP:ALICE@AtLanTa.CoM;Transport=udp', 'sip:alice@AtLanTa.CoM;Transport=UDP', false],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:5060', false],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com;transport=udp', false],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com?Subject=next%20meeting', false],
  ])('%s and %s: %s', (a, b, equal) => {
    const [left, right] = [parseSipUri(a), parseSipUri(b)];
    expect(left.ok && right.ok && sipUrisEqual(left.value, right.value)).toBe(equal);
  });
});
