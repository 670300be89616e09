import { describe, expect, test } from 'vitest';
import { md4 } from './md4.ts';
import { challengeMessage, parseAuthenticateMessage, targetInfoOf } from './ntlm-messages.ts';
import { NtlmSession, ntowf2 } from './ntlm-session.ts';
import { rc4 } from './rc4.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

describe('the ciphers that OpenSSL dropped', () => {
  test.each([
    ['', '31d6cfe0d16ae931b73c59d7e0c089c0'],
    ['abc', 'a448017aaf21d8525fc10ae87aa6729d'],
    [
      '12345678901234567890123456789012345678901234567890123456789012345678901234567890',
      'e33b4ddc9c38f2199c3e7b164fcc0536',
    ],
  ])('MD4 of %j (RFC 1320 §A.5)', (text, digest) => {
    expect(md4(Buffer.from(text)).toString('hex')).toBe(digest);
  });

  test('RC4 of RFC 6229 §2: key 0102030405', () => {
    expect(rc4(hex('0102030405'), Buffer.alloc(16)).toString('hex')).toBe('b2396305f03dc027ccc3524a0a1118a8');
  });
});

/** The example of [MS-NLMP] §4.2.4: User, Domain, Password, time 0, challenges as published. */
describe('NTLMv2', () => {
  const challenge = hex('0123456789abcdef');
  const temp = hex(
    `01010000000000000000000000000000aaaaaaaaaaaaaaaa00000000
     02000c0044006f006d00610069006e0001000c005300650072007600650072000000000000000000`,
  );
  const ntResponse = Buffer.concat([hex('68cd0ab851e51c96aabc927bebef6a1c'), temp]);
  const answer = {
    ntResponse,
    domain: 'Domain',
    user: 'User',
    sessionKey: hex('c5dad2544fc9799094ce1ce90bc9d03e'),
    flags: 0,
  };

  test('the key of [MS-NLMP] §4.2.4.1.1', () => {
    expect(ntowf2('User', 'Domain', 'Password').toString('hex')).toBe('0c868a403bfd7a93a3001ef22ef02e3f');
  });

  test('the published answer is accepted, and yields the published session key', () => {
    const session = NtlmSession.accept(answer, challenge, 'Password');
    const published = new NtlmSession(Buffer.alloc(16, 0x55));
    expect(session?.signAsServer('x')).toBe(published.signAsServer('x'));
    expect(session?.isFromClient('x', published.signAsClient('x'))).toBe(true);
    expect(session?.isFromClient('y', published.signAsClient('x'))).toBe(false);
    expect(published.signAsClient('x')).not.toBe(published.signAsServer('x'));
  });

  test.each([
    ['another password', answer, 'password'],
    ['another user', { ...answer, user: 'Other' }, 'Password'],
    ['an answer without a blob', { ...answer, ntResponse: ntResponse.subarray(0, 24) }, 'Password'],
    ['no session key', { ...answer, sessionKey: Buffer.alloc(0) }, 'Password'],
  ])('%s is not', (_, given, password) => {
    expect(NtlmSession.accept(given, challenge, password)).toBeUndefined();
  });

  test('bytes of a peer are parsed or named, at every length', () => {
    const names = { domain: 'CORP', computer: 'FE', dnsDomain: 'corp.example', dnsComputer: 'fe.corp.example' };
    const message = challengeMessage(challenge, names);
    expect(message.subarray(-targetInfoOf(names).length).equals(targetInfoOf(names))).toBe(true);
    const forged = Buffer.concat([message]);
    forged.writeUInt32LE(3, 8);
    for (let length = 0; length <= forged.length; length++) {
      const parsed = parseAuthenticateMessage(forged.subarray(0, length));
      if (length < 64) expect(parsed.ok).toBe(false);
    }
    expect(parseAuthenticateMessage(message)).toMatchObject({ ok: false, error: { code: 'ntlm-type' } });
  });
});
