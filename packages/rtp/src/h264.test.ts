import { seededRandom } from '@plugfest/model';
import { describe, expect, it } from 'vitest';
import { NAL, nalType, splitAnnexB } from './annex-b.ts';
import { H264Depacketizer } from './h264-depacketizer.ts';
import { packetizeH264 } from './h264-packetizer.ts';
import type { RtpPacket, RtpPayload } from './rtp-packet.ts';

/** A unit of a type with a body that says where each byte was; slices begin at macroblock 0. */
const unit = (header: number, bytes: number): Uint8Array =>
  Uint8Array.from({ length: bytes }, (_, at) => (at === 0 ? header : at === 1 ? 0x88 : 1 + (at % 200)));
const SPS = unit(0x67, 12);
const PPS = unit(0x68, 6);
const IDR = unit(0x65, 5000);
const SLICE = unit(0x41, 2500);
const annexB = (...units: readonly Uint8Array[]): Uint8Array =>
  Buffer.concat(units.flatMap((each) => [Uint8Array.of(0, 0, 0, 1), each]));

const packets = (payloads: readonly RtpPayload[], first: number, timestamp: number): RtpPacket[] =>
  payloads.map(({ payload, marker }, index) => ({
    payloadType: 97,
    marker,
    sequenceNumber: (first + index) & 0xffff,
    timestamp,
    ssrc: 1,
    csrcs: [],
    payload,
  }));
const raw = (sequenceNumber: number, timestamp: number, marker: boolean, ...payload: number[]): RtpPacket =>
  packets([{ payload: Uint8Array.from(payload), marker }], sequenceNumber, timestamp)[0] as RtpPacket;
const mode1 = (...units: readonly Uint8Array[]): RtpPayload[] =>
  packetizeH264(annexB(...units), { packetizationMode: 1 });

describe('packetizing H.264', () => {
  it('mode 1: parameter sets in one STAP-A of the highest importance, the picture in FU-A of even size', () => {
    const payloads = mode1(SPS, PPS, IDR);
    expect(payloads.map(({ payload }) => nalType(payload))).toEqual([NAL.stapA, ...Array(5).fill(NAL.fuA)]);
    expect(payloads[0]?.payload[0]).toBe(0x60 | NAL.stapA);
    const fragments = payloads.slice(1);
    expect(fragments.map(({ payload }) => payload[0])).toEqual(Array(5).fill(0x60 | NAL.fuA));
    expect(fragments.map(({ payload }) => payload[1])).toEqual([0x85, 0x05, 0x05, 0x05, 0x45]);
    expect(Math.max(...payloads.map(({ payload }) => payload.length))).toBeLessThanOrEqual(1200);
    expect(payloads.map(({ marker }) => marker)).toEqual([...Array(5).fill(false), true]);
  });

  it('mode 1: a unit that just fits is sent as it is, one byte more is two fragments', () => {
    expect(mode1(unit(0x41, 1200)).map(({ payload }) => payload.length)).toEqual([1200]);
    expect(mode1(unit(0x41, 1201)).map(({ payload }) => nalType(payload))).toEqual([NAL.fuA, NAL.fuA]);
  });

  it('mode 0: never anything but single units, even where one is too long', () => {
    const payloads = packetizeH264(annexB(SPS, PPS, IDR), { packetizationMode: 0 });
    expect(payloads.map(({ payload }) => nalType(payload))).toEqual([NAL.sps, NAL.pps, NAL.idr]);
    expect(payloads[2]?.payload).toHaveLength(5000);
  });

  it('leaves out delimiters and filler, and makes nothing of nothing', () => {
    expect(mode1(unit(0x09, 2), unit(0x0c, 50), SLICE)).toHaveLength(3);
    expect(mode1()).toEqual([]);
    expect(packetizeH264(new Uint8Array(100), { packetizationMode: 1 })).toEqual([]);
  });
});

describe('depacketizing H.264', () => {
  const key = (first: number, timestamp = 0): RtpPacket[] => packets(mode1(SPS, PPS, IDR), first, timestamp);

  it('gives the access unit back, over the wrap of the numbers', () => {
    const depacketizer = new H264Depacketizer();
    const frames = key(65_533).flatMap((packet) => depacketizer.push(packet));
    expect(frames).toHaveLength(1);
    expect(frames[0]).toMatchObject({ keyFrame: true, complete: true, hasParameterSets: true, lossBefore: false });
    expect(Buffer.from(frames[0]?.data ?? []).equals(annexB(SPS, PPS, IDR))).toBe(true);
  });

  it('ends a picture without a marker when the next begins', () => {
    const depacketizer = new H264Depacketizer();
    const unmarked = packets(mode1(SLICE), 6, 0).map((packet) => ({ ...packet, marker: false }));
    expect([...key(0), ...unmarked].flatMap((packet) => depacketizer.push(packet))).toHaveLength(1);
    const next = packets(mode1(SLICE), 9, 3000).flatMap((packet) => depacketizer.push(packet));
    expect(next.map(({ timestamp, complete }) => [timestamp, complete])).toEqual([
      [0, true],
      [3000, true],
    ]);
  });

  it.each([0, 1, 2, 3, 4, 5])('without packet %i of a key frame: flagged, and no half unit in it', (lost) => {
    const depacketizer = new H264Depacketizer();
    for (const packet of packets(mode1(SLICE), 100, 0)) depacketizer.push(packet);
    const arrived = key(103, 3000).filter((_, index) => index !== lost);
    const next = packets(mode1(SLICE), 109, 6000);
    const frames = [...arrived, ...next].flatMap((packet) => depacketizer.push(packet));
    const damaged = frames.find(({ timestamp }) => timestamp === 3000);
    // Whether lost parameter sets were of this picture cannot be seen: then the loss is before it.
    expect(damaged).toMatchObject(lost === 0 ? { complete: true, lossBefore: true } : { complete: false });
    for (const each of splitAnnexB(damaged?.data ?? new Uint8Array())) {
      expect([SPS, PPS, IDR].some((whole) => Buffer.from(whole).equals(each))).toBe(true);
    }
    expect(frames.find(({ timestamp }) => timestamp === 6000)?.complete).toBe(true);
    expect(depacketizer.counters.incomplete).toBe(lost === 0 ? 0 : 1);
  });

  it('a whole picture lost: the next is whole, and says that something is missing before it', () => {
    const depacketizer = new H264Depacketizer();
    for (const packet of key(0)) depacketizer.push(packet);
    const frames = packets(mode1(SLICE), 9, 6000).flatMap((packet) => depacketizer.push(packet));
    expect(frames[0]).toMatchObject({ complete: true, lossBefore: true, keyFrame: false });
  });

  it('joined in the middle of a picture: flagged; without parameter sets so far: said', () => {
    const depacketizer = new H264Depacketizer();
    const frames = packets(mode1(SLICE), 0, 0)
      .slice(1)
      .flatMap((packet) => depacketizer.push(packet));
    expect(frames).toEqual([]);
    expect(depacketizer.counters.incomplete).toBe(1);
    const alone = packets(mode1(IDR), 3, 3000).flatMap((packet) => depacketizer.push(packet));
    expect(alone[0]).toMatchObject({ keyFrame: true, complete: true, hasParameterSets: false });
  });

  it('passes over PACSI and empty packets, and is not troubled by old or repeated ones', () => {
    const depacketizer = new H264Depacketizer();
    const [first, ...rest] = key(1);
    const pacsi = raw(0, 0, false, 0x7e, 1, 2, 3);
    const frames = [pacsi, first, first, raw(65_000, 0, false, 0x41, 0x88), ...rest, raw(7, 0, false)].flatMap(
      (packet) => depacketizer.push(packet as RtpPacket),
    );
    expect(frames.map(({ keyFrame, data }) => [keyFrame, data.length])).toEqual([[true, annexB(SPS, PPS, IDR).length]]);
  });

  it.each([
    ['a STAP-A cut off', [0x78, 0, 9, 0x67]],
    ['a STAP-A with an empty unit', [0x78, 0, 0, 0, 2, 0x67, 1]],
    ['a STAP-A in a STAP-A', [0x78, 0, 2, 0x78, 1]],
    ['a STAP-A with bytes over', [0x78, 0, 2, 0x67, 1, 9]],
    ['FU-A without a body', [0x7c, 0x85]],
    ['FU-A of a FU-A', [0x7c, 0x9c, 1]],
    ['the middle of a FU-A alone', [0x7c, 0x05, 1]],
    ['mode 2', [0x7d, 1, 2, 3]],
  ])('%s is malformed', (_, payload) => {
    const depacketizer = new H264Depacketizer();
    for (const packet of key(0)) depacketizer.push(packet);
    expect(depacketizer.push(raw(6, 3000, true, ...payload)).every(({ complete }) => !complete)).toBe(true);
    expect(depacketizer.counters).toEqual({ malformed: 1, incomplete: 1 });
  });

  it('survives whatever comes', () => {
    const random = seededRandom(5);
    const depacketizer = new H264Depacketizer();
    for (let round = 0; round < 20_000; round++) {
      const payload = Array.from({ length: random.uint32() % 12 }, () => random.uint32() & 0xff);
      depacketizer.push(raw(round + (random.uint32() % 3), random.uint32() % 4, random.uint32() % 3 === 0, ...payload));
    }
    const frames = key(40_000, 99).flatMap((packet) => depacketizer.push(packet));
    expect(frames.at(-1)).toMatchObject({ complete: true, keyFrame: true });
  });
});
