import type { RunEvent } from '@plugfest/model';
import { steadyText } from '@plugfest/scenario';
import { describe, expect, test } from 'vitest';
import { signallingDifferences } from './signalling-difference.ts';

const SDP =
  'v=0\r\no=- 17 2 IN IP4 127.0.0.1\r\ns=-\r\nm=audio 4000 RTP/AVP 0 96\r\na=rtpmap:96 opus/48000/2\r\na=sendrecv\r\n';

function invite(changes: {
  readonly tag?: string;
  readonly port?: number;
  readonly supported?: string;
  readonly sdp?: string;
}): string {
  const { tag = 'aaa', port = 5060, supported = 'timer', sdp = SDP } = changes;
  return [
    'INVITE sip:meeting@conference.example SIP/2.0',
    `Via: SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bK-${tag};rport`,
    `From: <sip:room@example>;tag=${tag}`,
    'To: <sip:meeting@conference.example>',
    `Call-ID: ${tag}@room`,
    `CSeq: ${port} INVITE`,
    `Supported: ${supported}`,
    '',
    sdp,
  ].join('\r\n');
}

function events(...messages: readonly (readonly [from: string, to: string, message: string])[]): RunEvent[] {
  return messages.map(([from, to, message], n) => ({
    atUs: n,
    type: 'sip.message',
    data: { transport: 'udp', source: `127.0.0.1:${from.length}`, destination: '127.0.0.1:2', from, to, message },
  }));
}

describe('signalling of two runs', () => {
  test('is the same where only what is drawn anew differs', () => {
    const a = events(['room', 'bridge', invite({})]);
    const b = events([
      'room',
      'bridge',
      invite({ tag: 'bbb', port: 6000, sdp: SDP.replace('17 2', '9 9').replace('4000', '5002') }),
    ]);
    expect(signallingDifferences(a, b)).toEqual([]);
  });

  test('passes retransmissions over', () => {
    const once = ['room', 'bridge', invite({})] as const;
    expect(signallingDifferences(events(once, once), events(once))).toEqual([]);
  });

  test('differs in a header, and in a line of a description', () => {
    const a = events(['room', 'bridge', invite({})]);
    const b = events([
      'room',
      'bridge',
      invite({ supported: '100rel', sdp: SDP.replace('opus/48000/2', 'G722/8000') }),
    ]);
    expect(signallingDifferences(a, b)).toMatchObject([
      { kind: 'header', a: 'Supported: timer', b: 'Supported: 100rel' },
      { kind: 'description', a: 'a=rtpmap:96 opus/48000/2', b: 'a=rtpmap:96 G722/8000' },
    ]);
  });

  test('a line that is rejected, and one that is gone, are differences', () => {
    const a = events(['room', 'bridge', invite({})]);
    const b = events([
      'room',
      'bridge',
      invite({ sdp: SDP.replace('m=audio 4000', 'm=audio 0').replace('a=sendrecv\r\n', '') }),
    ]);
    expect(signallingDifferences(a, b)).toMatchObject([
      { kind: 'description', a: 'm=audio * RTP/AVP 0 96', b: 'm=audio 0 RTP/AVP 0 96' },
      { kind: 'description', a: 'a=sendrecv', b: undefined },
    ]);
  });

  test('ends at the first message that the other has not', () => {
    const ok = 'SIP/2.0 200 OK\r\nCSeq: 1 INVITE\r\n\r\n';
    const refusal = 'SIP/2.0 488 Not Acceptable Here\r\nCSeq: 1 INVITE\r\n\r\n';
    const a = events(
      ['room', 'bridge', invite({})],
      ['bridge', 'room', ok],
      ['room', 'bridge', 'ACK sip:x SIP/2.0\r\n\r\n'],
    );
    const b = events(['room', 'bridge', invite({})], ['bridge', 'room', refusal]);
    expect(signallingDifferences(a, b)).toMatchObject([
      {
        kind: 'message',
        where: 'message 2 of bridge – room',
        a: 'bridge: SIP/2.0 200 OK',
        b: 'bridge: SIP/2.0 488 Not Acceptable Here',
      },
    ]);
  });
});

test('what two runs never share is overwritten, and nothing else', () => {
  const text = [
    'Authorization: Digest username="a", nonce="abc", response="123", algorithm=SHA-256',
    'Contact: <sip:abc123@x1y2z3a4.invalid;transport=ws>',
    'a=ice-ufrag:F7gI',
    'a=fingerprint:sha-256 AA:BB',
    'a=fmtp:97 profile-level-id=42e01f;packetization-mode=1',
    'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:abc|2^31',
  ].join('\r\n');
  expect(steadyText(text).split('\r\n')).toEqual([
    'Authorization: Digest username="a", nonce="*", response="*", algorithm=SHA-256',
    'Contact: <sip:*@*.invalid;transport=ws>',
    'a=ice-ufrag:*',
    'a=fingerprint:sha-256 *',
    'a=fmtp:97 profile-level-id=42e01f;packetization-mode=1',
    'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:*',
  ]);
});
