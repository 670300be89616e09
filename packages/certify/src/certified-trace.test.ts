import { expect, test } from 'vitest';
import { asSent, type TracedRtp } from './certified-trace.ts';

function packet(sequenceNumber: number, ssrc = 7): TracedRtp {
  const header = { ssrc, sequenceNumber, payloadType: 0, timestamp: 160 * sequenceNumber, marker: false };
  return { atUs: 1000 * sequenceNumber, packet: { ...header, csrcs: [], payload: Uint8Array.of(1) } };
}
const numbers = (packets: readonly TracedRtp[]): number[] => packets.map((row) => row.packet.sequenceNumber);

test('what the wire lost stands where it was sent, also over the end of sequence numbers, and whole bursts of it', () => {
  const arrived = [65_533, 65_535, 0, 4].map((number) => packet(number));
  const lost = [65_532, 65_534, 1, 2, 3, 5].map((number) => packet(number));
  expect(numbers(asSent(arrived, lost))).toEqual([65_532, 65_533, 65_534, 65_535, 0, 1, 2, 3, 4, 5]);
});

test('streams are told apart, and what the endpoint itself left out is still missing', () => {
  const arrived = [packet(1), packet(9, 8), packet(4)];
  expect(numbers(asSent(arrived, [packet(2), packet(10, 8)]))).toEqual([1, 2, 9, 10, 4]);
  expect(numbers(asSent(arrived, []))).toEqual([1, 9, 4]);
});
