import { expect, test } from 'vitest';
import { captureOf, hasTshark, tsharkFields } from '../testing/tshark.ts';
import { headerExtension, transportSequenceNumber, withTransportSequenceNumber } from './header-extension.ts';
import { formatRtp, parseRtp, type RtpPacket } from './rtp-packet.ts';

const packet: RtpPacket = {
  ...{ payloadType: 96, marker: true, sequenceNumber: 1, timestamp: 2, ssrc: 3, csrcs: [] },
  payload: Uint8Array.of(1, 2, 3),
};
const withData = (profile: number, ...data: number[]): RtpPacket => ({
  ...packet,
  extension: { profile, data: Uint8Array.from(data) },
});

test('a number goes into a packet and comes out of its bytes', () => {
  const bytes = formatRtp(withTransportSequenceNumber(packet, 5, 0xabcd));
  expect([...bytes.subarray(12, 20)]).toEqual([0xbe, 0xde, 0, 1, 0x51, 0xab, 0xcd, 0]);
  const parsed = parseRtp(bytes);
  if (!parsed.ok) throw new Error(parsed.error.text);
  expect(transportSequenceNumber(parsed.value, 5)).toBe(0xabcd);
  expect(transportSequenceNumber(parsed.value, 4)).toBeUndefined();
  expect(parsed.value.payload).toEqual(packet.payload);
});

test.each<[string, RtpPacket, number[] | undefined]>([
  ['among others, behind padding', withData(0xbede, 0x10, 1, 0, 0, 0x31, 7, 8, 0), [7, 8]],
  ['of one byte', withData(0xbede, 0x30, 9, 0, 0), [9]],
  ['not there', withData(0xbede, 0x10, 1, 0, 0), undefined],
  ['no extension', packet, undefined],
  ['two-byte headers', withData(0x1000, 0x31, 7, 8, 0), undefined],
  ['another profile', withData(0x0001, 0x31, 7, 8, 0), undefined],
  ['cut off', withData(0xbede, 0, 0, 0x33, 1), undefined],
  ['behind the reserved id', withData(0xbede, 0xf0, 1, 0x30, 9), undefined],
])('%s', (_, from, expected) => {
  const data = headerExtension(from, 3);
  expect(data && [...data]).toEqual(expected);
});

test('a number of another length is none', () => {
  expect(transportSequenceNumber(withData(0xbede, 0x30, 9, 0, 0), 3)).toBeUndefined();
  expect(transportSequenceNumber(withData(0xbede, 0x32, 9, 9, 9), 3)).toBeUndefined();
});

test.skipIf(!hasTshark)('tshark reads the number', () => {
  const bytes = formatRtp(withTransportSequenceNumber(packet, 5, 0xabcd));
  const fields = ['rtp.ext.rfc5285.id', 'rtp.ext.rfc5285.len', 'rtp.ext.rfc5285.data', 'rtp.payload'];
  const [row] = tsharkFields(captureOf([bytes], 5004), fields, ['-d', 'udp.port==5004,rtp']);
  expect(row).toMatchObject({
    ...{
      'rtp.ext.rfc5285.id': '5',
      'rtp.ext.rfc5285.len': '2',
      'rtp.ext.rfc5285.data': 'abcd',
      'rtp.payload': '010203',
    },
    '_ws.malformed': '',
  });
});
