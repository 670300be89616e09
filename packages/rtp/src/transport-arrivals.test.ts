import { seededRandom } from '@plugfest/model';
import { expect, test } from 'vitest';
import { captureOf, hasTshark, tsharkFields } from '../testing/tshark.ts';
import { formatRtcpCompound } from './format-rtcp.ts';
import { parseRtcpCompound } from './parse-rtcp.ts';
import type { TransportFeedback } from './rtcp-packet.ts';
import { TransportArrivals } from './transport-arrivals.ts';

const MS = 1000;
const START_US = 640_000;

/** What a reader of the bytes makes of it: number and time of arrival, null for what did not come. */
function read(reports: readonly Omit<TransportFeedback, 'senderSsrc' | 'mediaSsrc'>[]): [number, number | null][][] {
  return reports.map((report) => {
    const rtcp = formatRtcpCompound([
      { type: 'receiver-report', ssrc: 1, reports: [] },
      { ...report, senderSsrc: 1, mediaSsrc: 2 },
    ]);
    expect(rtcp.length).toBeLessThan(1200);
    const parsed = parseRtcpCompound(rtcp);
    const feedback = parsed.ok ? parsed.value[1] : undefined;
    if (feedback?.type !== 'transport-cc') throw new Error('no feedback');
    let atUs = feedback.referenceTime * 64 * MS;
    return feedback.packets.map(({ sequenceNumber, received, deltaUs = 0 }) => {
      atUs += deltaUs;
      return [sequenceNumber, received ? atUs : null];
    });
  });
}

function arrive(arrivals: TransportArrivals, all: readonly (readonly [number, number])[]): void {
  for (const [number, atMs] of all) arrivals.arrived(number, START_US + atMs * MS);
}
const at = (ms: number): number => START_US + ms * MS;

test('tells of each number once when it came, of gaps, and of nothing where nothing came', () => {
  const arrivals = new TransportArrivals();
  expect(arrivals.feedback()).toEqual([]);
  arrive(arrivals, [
    [7, 3],
    [8, 4.5],
    [11, 90],
  ]);
  const [first] = arrivals.feedback();
  expect(first).toMatchObject({ baseSequenceNumber: 7, referenceTime: 10, feedbackPacketCount: 0 });
  expect(read(first ? [first] : [])).toEqual([
    [
      [7, at(3)],
      [8, at(4.5)],
      [9, null],
      [10, null],
      [11, at(90)],
    ],
  ]);
  expect(arrivals.feedback()).toEqual([]);
  arrive(arrivals, [[12, 100]]);
  expect(arrivals.feedback()).toMatchObject([{ baseSequenceNumber: 12, feedbackPacketCount: 1 }]);
});

test('numbers wrap, and so does the count of feedback', () => {
  const arrivals = new TransportArrivals();
  arrive(arrivals, [
    [65_534, 0],
    [65_535, 1],
    [0, 2],
    [1, 3],
  ]);
  expect(read(arrivals.feedback())[0]?.map(([number]) => number)).toEqual([65_534, 65_535, 0, 1]);
  const counts = Array.from({ length: 300 }, (_, n) => {
    arrive(arrivals, [[n + 2, n + 4]]);
    return arrivals.feedback()[0]?.feedbackPacketCount;
  });
  expect([counts[0], counts[254], counts[255]]).toEqual([1, 255, 0]);
});

test('what came twice came first; what was overtaken is told with its neighbours, after its feedback too', () => {
  const arrivals = new TransportArrivals();
  arrive(arrivals, [
    [1, 0],
    [3, 10],
    [2, 11],
    [3, 20],
    [5, 30],
  ]);
  expect(read(arrivals.feedback())).toEqual([
    [
      [1, at(0)],
      [2, at(11)],
      [3, at(10)],
      [4, null],
      [5, at(30)],
    ],
  ]);
  arrive(arrivals, [
    [5, 40],
    [4, 41],
  ]);
  expect(read(arrivals.feedback())).toEqual([
    [
      [4, at(41)],
      [5, at(30)],
    ],
  ]);
});

test('a pause longer than a delta tells begins a feedback of its own', () => {
  const arrivals = new TransportArrivals();
  arrive(arrivals, [
    [1, 0],
    [2, 8000],
    [3, 17_000],
  ]);
  expect(read(arrivals.feedback())).toEqual([
    [
      [1, at(0)],
      [2, at(8000)],
    ],
    [[3, at(17_000)]],
  ]);
});

test('what is rounded off does not add up', () => {
  const arrivals = new TransportArrivals();
  for (let n = 0; n < 250; n++) arrivals.arrived(n, START_US + Math.round(n * 1110.4));
  const [told = []] = read(arrivals.feedback());
  for (const [n, atUs] of told) expect(Math.abs((atUs ?? 0) - START_US - n * 1110.4)).toBeLessThan(126);
});

test('many are told in several, each within a datagram; a leap is another count', () => {
  const arrivals = new TransportArrivals();
  for (let n = 0; n < 700; n++) arrivals.arrived(n, START_US + n * 65 * MS);
  const told = read(arrivals.feedback());
  expect(told.flat()).toHaveLength(700);
  expect(told.length).toBeLessThan(10);
  arrive(arrivals, [[30_000, 50_000]]);
  expect(read(arrivals.feedback())).toEqual([[[30_000, at(50_000)]]]);
  arrive(arrivals, [[100, 50_001]]);
  expect(read(arrivals.feedback())).toEqual([[[100, at(50_001)]]]);
});

test('whatever numbers come, and whenever, what is told and kept is bounded', () => {
  const random = seededRandom(5);
  const arrivals = new TransportArrivals();
  let nowUs = START_US;
  for (let round = 0; round < 400; round++) {
    for (let n = 0; n < 20; n++) {
      nowUs += random.next() < 0.1 ? random.uint32() : 500;
      arrivals.arrived(random.next() < 0.5 ? random.uint32() & 0xffff : (round * 1000) & 0xffff, nowUs);
    }
    const told = read(arrivals.feedback());
    expect(told.flat().length).toBeLessThanOrEqual(1024);
  }
});

test.skipIf(!hasTshark)('tshark reads the same times', () => {
  const arrivals = new TransportArrivals();
  arrive(arrivals, [
    [100, 3],
    [101, 4.5],
    [103, 200],
    [102, 201],
    [104, 202],
  ]);
  const [report] = arrivals.feedback();
  if (!report) throw new Error('no feedback');
  const rtcp = formatRtcpCompound([
    { type: 'receiver-report', ssrc: 1, reports: [] },
    { ...report, senderSsrc: 1, mediaSsrc: 2 },
  ]);
  const fields = ['baseseq', 'statuscount', 'reftime', 'recv_delta'].map((name) => `rtcp.rtpfb.transportcc.${name}`);
  const [row] = tsharkFields(captureOf([rtcp], 5005), fields, ['-d', 'udp.port==5005,rtcp']);
  expect(row?.['_ws.malformed']).toBe('');
  expect(row).toMatchObject({
    'rtcp.rtpfb.transportcc.baseseq': '100',
    'rtcp.rtpfb.transportcc.statuscount': '5',
    'rtcp.rtpfb.transportcc.reftime': '10',
    // Of 250 µs each: 3, 1.5, 196.5, -1 and 2 ms.
    'rtcp.rtpfb.transportcc.recv_delta': '0x0c,0x06,0x0312,0xfffc,0x08',
  });
});
