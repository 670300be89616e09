import { expect, test } from 'vitest';
import { H263Depacketizer } from './h263-payload.ts';
import type { RtpPacket } from './rtp-packet.ts';
import { Vp9Depacketizer } from './vp9-payload.ts';

const packet = (payload: Uint8Array, sequenceNumber = 1): RtpPacket => ({
  ...{ payloadType: 98, marker: true, sequenceNumber, timestamp: 0, ssrc: 1, csrcs: [] },
  payload,
});
/** A key frame of profile 0, and one that refers to others. */
const [KEY, INTER] = ['82498342', '86004092'];

test.each([
  ['B E alone', `0c${KEY}`, true],
  ['7-bit picture id', `8c05${KEY}`, true],
  ['15-bit picture id', `8c8005${KEY}`, true],
  ['layers with TL0PICIDX', `ac8005 2007${KEY}`, true],
  ['flexible: layers without TL0PICIDX, two reference indices', `fc8005 20 0302${INTER}`, false],
  // N_S 0, Y, G: 640×360, one frame in the group with one reference.
  ['scalability structure', `8e8005 18 02800168 01 0401${KEY}`, true],
])('VP9 behind a descriptor of %s (RFC 9628 §4.2)', (_, hex, keyFrame) => {
  const [frame] = new Vp9Depacketizer().push(packet(Buffer.from(hex.replaceAll(' ', ''), 'hex')));
  expect(frame).toMatchObject({ keyFrame, complete: true });
  expect(Buffer.from(frame?.data ?? []).toString('hex')).toBe(keyFrame ? KEY : INTER);
});

test('H.263 behind VRC and an extra picture header (RFC 4629 §5.1), and an intra picture by PLUSPTYPE', () => {
  // P, V, PLEN 2, PEBIT 0; VRC; the extra header; then the start code's rest, TR 0, PTYPE with PLUS, UFEP 1, OPPTYPE, MPPTYPE 000.
  const picture = '80021e060400040000';
  const [frame] = new H263Depacketizer().push(
    packet(Buffer.from(`0610 a1 beef ${picture}`.replaceAll(' ', ''), 'hex')),
  );
  expect(Buffer.from(frame?.data ?? []).toString('hex')).toBe(`0000${picture}`);
  expect(frame?.complete).toBe(true);
});

test.each([
  ['VP9', Vp9Depacketizer, `fe8005 20 0302 18 02800168 01 0401${KEY}`],
  ['H.263', H263Depacketizer, '0610a1beef80021e060400040000'],
] as const)('%s cut anywhere and with any octet changed is read or counted, never thrown', (_, Depacketizer, hex) => {
  const whole = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  const depacketizer = new Depacketizer();
  let sequenceNumber = 0;
  const push = (bytes: Uint8Array): unknown => depacketizer.push(packet(bytes, sequenceNumber++ & 0xffff));
  for (let length = 0; length <= whole.length; length++) expect(() => push(whole.subarray(0, length))).not.toThrow();
  for (let at = 0; at < whole.length; at++) {
    for (let value = 0; value < 256; value++) {
      const changed = Buffer.from(whole);
      changed[at] = value;
      push(changed);
    }
  }
  expect(depacketizer.counters.malformed).toBeGreaterThan(0);
});
