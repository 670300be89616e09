import { describe, expect, test } from 'vitest';
import { chosenFrom } from './room-choice.ts';
import { formatRoomOffer } from './room-offer.ts';
import { ROOM_PROFILES, type RoomProfile } from './room-profile.ts';
import { WordChange } from './tls-relay.ts';

describe('words of a stream', () => {
  const MESSAGE =
    'INVITE sip:a@b;transport=tcp SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:5060\r\nContact: <sip:x@y;transport=tcp>\r\n\r\nSIP/2.0/TC';
  const CHANGED = MESSAGE.replaceAll('SIP/2.0/TCP', 'SIP/2.0/TLS').replaceAll('transport=tcp', 'transport=tls');

  test('are changed wherever it is cut', () => {
    for (let cut = 0; cut <= MESSAGE.length; cut++) {
      const change = new WordChange([
        ['SIP/2.0/TCP', 'SIP/2.0/TLS'],
        ['transport=tcp', 'transport=tls'],
      ]);
      const parts = [MESSAGE.slice(0, cut), MESSAGE.slice(cut)].map((part) => change.push(Buffer.from(part)));
      expect(Buffer.concat([...parts, change.end()]).toString()).toBe(CHANGED);
    }
  });

  test('what is no beginning of a word does not wait', () => {
    const change = new WordChange([['SIP/2.0/TCP', 'SIP/2.0/TLS']]);
    expect(change.push(Buffer.from('BYE sip:a SIP/2.0\r\n\r\n')).toString()).toBe('BYE sip:a SIP/2.0\r\n\r\n');
  });
});

describe('what a room offers', () => {
  const room = ROOM_PROFILES['generic-sip-room'] as RoomProfile;
  const offer = (choice: Parameters<typeof chosenFrom>[1]): string =>
    formatRoomOffer(chosenFrom(room, choice), {
      address: '127.0.0.1',
      sessionId: 1,
      ports: [4000, 4002],
      keys: ['KEY-ONE', 'KEY-TWO'],
      encoders: new Set(['libopus']),
    });

  test('is all that it has, where nothing is chosen', () => {
    expect(offer(undefined)).toMatch(/m=audio 4000 RTP\/AVP 9 0 8 101\r\n[\s\S]*m=video 4002 RTP\/AVP 97 98\r\n/);
    expect(offer(undefined)).not.toContain('a=crypto');
  });

  test('is one codec, and keys', () => {
    expect(offer({ audio: 'PCMA' })).toContain('m=audio 4000 RTP/AVP 8 101\r\n');
  });

  test.each([
    [0, 98],
    [1, 97],
  ] as const)('is packetization mode %i', (packetizationMode, payloadType) => {
    expect(offer({ packetizationMode })).toContain(`m=video 4002 RTP/AVP ${payloadType}\r\n`);
  });

  test('is keyed, a key for each line', () => {
    const said = offer({ keying: 'SDES' });
    expect(said).toMatch(
      /m=audio 4000 RTP\/SAVP [\s\S]*a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:KEY-ONE\|2\^31\r\n[\s\S]*m=video 4002 RTP\/SAVP [\s\S]*inline:KEY-TWO\|2\^31\r\n/,
    );
  });

  test('is refused where the room has it not', () => {
    expect(() => offer({ audio: 'opus' })).toThrow('this room has no opus to offer');
  });
});
