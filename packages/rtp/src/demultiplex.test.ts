import { expect, test } from 'vitest';
import { demultiplex, type PacketClass } from './demultiplex.ts';

/** RFC 7983 §7, Figure 3 (with RFC 9443's QUIC), written out anew: first octet, last octet, what it is. */
const RANGES: readonly (readonly [number, number, PacketClass])[] = [
  [0, 3, 'stun'],
  [4, 15, 'unknown'],
  [16, 19, 'zrtp'],
  [20, 63, 'dtls'],
  [64, 79, 'turn-channel'],
  [80, 127, 'quic'],
  [128, 191, 'rtp'],
  [192, 255, 'quic'],
];

test('of every first octet and every length up to 64 octets exactly one class comes out, by RFC 7983', () => {
  for (const [first, last, is] of RANGES) {
    for (let octet = first; octet <= last; octet++) {
      for (let length = 1; length <= 64; length++) {
        const bytes = new Uint8Array(length).fill(octet, 0, 1);
        // One octet of RTP does not show whether it is RTCP.
        expect(demultiplex(bytes)).toBe(is === 'rtp' && length === 1 ? 'unknown' : is);
      }
    }
  }
  expect(demultiplex(new Uint8Array())).toBe('unknown');
});

test('RTCP is told from RTP by the second octet: 192..223, that is payload types 64..95 with the marker (RFC 5761 §4)', () => {
  for (let second = 0; second < 256; second++) {
    expect(demultiplex(Uint8Array.of(0x80, second))).toBe(second >= 192 && second <= 223 ? 'rtcp' : 'rtp');
  }
});
