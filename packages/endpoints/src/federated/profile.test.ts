import { describe, expect, it } from 'vitest';
import { FEDERATED_PROFILES } from './profile.ts';

/** Static payload types that the profiles use. @see RFC 3551 §6 */
const STATIC: Record<number, string> = { 0: 'PCMU/8000', 8: 'PCMA/8000', 9: 'G722/8000', 13: 'CN/8000' };

describe.each(Object.entries(FEDERATED_PROFILES))('%s', (_, profile) => {
  const rows = [...profile.audio, ...profile.video];

  it('gives each payload type once, static ones as RFC 3551 has them', () => {
    const numbers = rows.map(({ payloadType }) => payloadType);
    expect(new Set(numbers).size).toBe(numbers.length);
    for (const { payloadType, rtpmap } of rows) {
      expect(rtpmap).toMatch(/^[\w-]+\/\d+(\/\d)?$/);
      if (payloadType < 96) expect(STATIC[payloadType]).toBe(rtpmap);
      else expect(payloadType).toBeLessThan(128);
    }
  });

  it('has sound and pictures that can be played here', () => {
    expect(profile.audio.map(({ plays }) => plays)).toContain('g722');
    expect(profile.video.map(({ plays }) => plays)).toContain('h264');
  });

  it('names itself so that the rules know it', () => {
    const agent = profile.userAgent('7.0.0.102');
    expect(agent).toMatch(profile.product === 'Skype' ? /\bSkype\/7\.0\.0\.102\b/ : /\b(OC|UCWA)\/7\.0\.0\.102\b/);
    expect(profile.allow.split(', ')).toEqual(expect.arrayContaining(['INVITE', 'ACK', 'BYE', 'CANCEL']));
    for (const [name, value] of profile.inviteHeaders) expect(`${name}: ${value}`).toMatch(/^[\w-]+: [\x20-\x7e]+$/);
  });
});
