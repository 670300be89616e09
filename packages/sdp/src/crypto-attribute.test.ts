import { describe, expect, it } from 'vitest';
import { chooseCrypto, formatCryptoAttribute, parseCryptoAttribute } from './crypto-attribute.ts';

const KEY = Buffer.alloc(30, 5).toString('base64');
const SUITE = 'AES_CM_128_HMAC_SHA1_80';

describe('a=crypto', () => {
  it.each([
    [`1 ${SUITE} inline:${KEY}`, undefined, undefined],
    [`1 ${SUITE} inline:${KEY}|2^31`, 2n ** 31n, undefined],
    [`1 ${SUITE} inline:${KEY}|2^48`, 2n ** 48n, undefined],
    [`1 ${SUITE} inline:${KEY}|1048576`, 1_048_576n, undefined],
    [`1 ${SUITE} inline:${KEY}|2^31|1:1`, 2n ** 31n, { value: 1, lengthBytes: 1 }],
    [`1 ${SUITE} inline:${KEY}|1066:4`, undefined, { value: 1066, lengthBytes: 4 }],
    [`1 ${SUITE} inline:${KEY}|2^48 UNENCRYPTED_SRTCP`, 2n ** 48n, undefined],
    [`1 ${SUITE} inline:${KEY};inline:${KEY}|2^20|2:4`, undefined, undefined],
  ])('%s', (line, lifetimePackets, mki) => {
    const parsed = parseCryptoAttribute(line);
    expect(parsed).toMatchObject({ ok: true, value: { tag: 1, suite: SUITE, lifetimePackets, mki } });
    if (parsed.ok) expect(parseCryptoAttribute(formatCryptoAttribute(parsed.value))).toEqual(parsed);
  });

  it.each([
    [`1 ${SUITE} inline:AAAA`, 'malformed-crypto'],
    [`1 ${SUITE} inline:${KEY}AAAA`, 'malformed-crypto'],
    [`1 ${SUITE} inline:!${KEY.slice(1)}`, 'malformed-crypto'],
    [`1 ${SUITE} inline:${KEY}|2^49`, 'malformed-crypto'],
    [`1 ${SUITE} inline:${KEY}|1:0`, 'malformed-crypto'],
    [`1 ${SUITE} inline:${KEY}|1:129`, 'malformed-crypto'],
    [`1 ${SUITE} ${KEY}`, 'malformed-crypto'],
    [`-1 ${SUITE} inline:${KEY}`, 'malformed-crypto'],
    [`1 F8_128_HMAC_SHA1_80 inline:${KEY}`, 'unknown-suite'],
    [`1 ${SUITE} inline:${KEY} KDR=4`, 'unsupported-parameter'],
    [`1 ${SUITE} inline:${KEY} UNAUTHENTICATED_SRTP`, 'unsupported-parameter'],
    ['', 'malformed-crypto'],
  ])('refuses %s', (line, error) => {
    expect(parseCryptoAttribute(line)).toEqual({ ok: false, error });
  });

  it('goes by our order of suites, then by plainness', () => {
    const lines = [
      `1 AES_CM_128_HMAC_SHA1_32 inline:${KEY}`,
      `2 ${SUITE} inline:${KEY}|2^31 UNENCRYPTED_SRTCP`,
      `3 ${SUITE} inline:${KEY}|2^31|1:1`,
      `4 ${SUITE} inline:${KEY}|2^31`,
    ];
    const tags = (among: readonly string[]): number | undefined =>
      chooseCrypto(among, [SUITE, 'AES_CM_128_HMAC_SHA1_32'])?.tag;
    expect(tags(lines)).toBe(4);
    expect(tags(lines.slice(0, 3))).toBe(3);
    expect(tags(lines.slice(0, 2))).toBe(2);
    expect(tags(lines.slice(0, 1))).toBe(1);
    expect(chooseCrypto(lines.slice(1), ['AEAD_AES_128_GCM'])).toBeUndefined();
  });
});
