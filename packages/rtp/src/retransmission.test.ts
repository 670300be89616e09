import { expect, test } from 'vitest';
import { originalOf, RtxSender } from './retransmission.ts';
import { formatRtp, parseRtp, type RtpPacket } from './rtp-packet.ts';

const ORIGINAL: RtpPacket = {
  payloadType: 97,
  marker: true,
  sequenceNumber: 0xfffe,
  timestamp: 4_000_000_000,
  ssrc: 0xdead_beef,
  csrcs: [],
  payload: Uint8Array.of(1, 2, 3),
};

test('a retransmission is the original behind its number, in a stream of its own', () => {
  const sender = new RtxSender({ ssrc: 5, payloadType: 99, firstSequenceNumber: 0xffff });
  const bytes = formatRtp(sender.packet(ORIGINAL));
  // By hand, RFC 4588 §4: PT 99 with the marker, number 65535, the original's timestamp, SSRC 5, OSN 0xfffe.
  expect(Buffer.from(bytes).toString('hex')).toBe('80e3ffffee6b280000000005fffe010203');
  expect(sender.packet(ORIGINAL).sequenceNumber).toBe(0);
});

test('the original comes out again, byte by byte', () => {
  const sender = new RtxSender({ ssrc: 5, payloadType: 99, firstSequenceNumber: 7 });
  const read = parseRtp(formatRtp(sender.packet(ORIGINAL)));
  expect(read.ok && originalOf(read.value, ORIGINAL)).toEqual(ORIGINAL);
});

test.each([0, 1, 2])('%i octets of payload are no original', (length) => {
  expect(originalOf({ ...ORIGINAL, payload: new Uint8Array(length) }, ORIGINAL)).toBeUndefined();
});
