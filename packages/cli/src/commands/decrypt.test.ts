import type { RunEvent } from '@plugfest/model';
import { expect, test } from 'vitest';
import { closedLegs } from './decrypt.ts';

const offer = (participant: string, profile: string): RunEvent => ({
  atUs: 1,
  type: 'sip.message',
  participant,
  data: {
    transport: 'udp',
    source: '127.0.0.1:1',
    destination: '127.0.0.1:2',
    from: participant,
    to: 'bridge',
    message: `INVITE sip:a@b SIP/2.0\r\n\r\nv=0\r\nm=audio 4000 ${profile} 0\r\n`,
  },
});

test('legs that are keyed by DTLS stay closed, unless an end has told its keys', () => {
  const events = [
    offer('browser', 'UDP/TLS/RTP/SAVPF'),
    offer('wrtc', 'UDP/TLS/RTP/SAVP'),
    offer('wrtc', 'UDP/TLS/RTP/SAVP'),
    offer('lync', 'RTP/SAVP'),
    offer('room', 'RTP/AVP'),
  ];
  expect(closedLegs(events, { version: 1, secrets: [] })).toEqual(['browser', 'wrtc']);
  const told = { participant: 'wrtc', origin: 'dtls' as const, suite: '', keyAndSalt: '', sources: [] };
  expect(closedLegs(events, { version: 1, secrets: [told] })).toEqual(['browser']);
});
