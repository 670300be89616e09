import { seededRandom } from '@plugfest/model';
import { describe, expect, it } from 'vitest';
import { JitterBuffer, type JitterItem } from './jitter-buffer.ts';
import type { RtpPacket } from './rtp-packet.ts';

const packet = (sequenceNumber: number, timestamp = sequenceNumber * 160, ssrc = 1): RtpPacket => ({
  payloadType: 0,
  marker: false,
  sequenceNumber: sequenceNumber & 0xffff,
  timestamp: timestamp >>> 0,
  ssrc,
  csrcs: [],
  payload: Uint8Array.of(1),
});
const numbers = (items: readonly JitterItem[]): (number | string)[] =>
  items.map((item) =>
    item.kind === 'packet' ? item.packet.sequenceNumber : `lost ${item.sequenceNumber}+${item.count}`,
  );
const ms = (value: number): number => value * 1000;

describe('immediate pacing (video)', () => {
  const open = (): JitterBuffer => new JitterBuffer({ clockRateHz: 90_000, pacing: 'immediate' });

  it('holds nothing back that is next in sequence, over the wrap too', () => {
    const buffer = open();
    for (let sequence = 65_534; sequence < 65_540; sequence++) {
      buffer.push(packet(sequence), ms(sequence));
      expect(numbers(buffer.pop(ms(sequence)))).toEqual([sequence & 0xffff]);
    }
  });

  it('waits for what was overtaken, then lets all out at once', () => {
    const buffer = open();
    for (const sequence of [1, 3, 4]) buffer.push(packet(sequence), ms(10));
    expect(numbers(buffer.pop(ms(10)))).toEqual([1]);
    expect(buffer.nextReleaseUs()).toBe(ms(50));
    expect(buffer.pop(ms(49))).toEqual([]);
    buffer.push(packet(2), ms(49));
    expect(numbers(buffer.pop(ms(49)))).toEqual([2, 3, 4]);
    expect(buffer.counters).toEqual({ late: 0, duplicate: 0, lost: 0, reordered: 1 });
  });

  it('gives a gap up after the delay, and calls what comes then late', () => {
    const buffer = open();
    for (const sequence of [1, 4]) buffer.push(packet(sequence), ms(10));
    buffer.pop(ms(10));
    expect(numbers(buffer.pop(ms(50)))).toEqual(['lost 2+2', 4]);
    expect(buffer.push(packet(3), ms(51))).toBe('late');
    expect(buffer.push(packet(5), ms(52))).toBe('queued');
    expect(buffer.push(packet(5), ms(52))).toBe('duplicate');
    expect(buffer.counters).toEqual({ late: 1, duplicate: 1, lost: 2, reordered: 0 });
  });

  it('asks for what is missing, not for what was only overtaken, and not for ever', () => {
    const buffer = open();
    buffer.push(packet(1), 0);
    buffer.push(packet(4), ms(1));
    expect(buffer.missing(ms(2))).toEqual([]);
    buffer.push(packet(3), ms(3));
    expect(buffer.missing(ms(7))).toEqual([2]);
    expect(buffer.missing(ms(8))).toEqual([]);
    const asked = Array.from({ length: 50 }, (_, at) => buffer.missing(ms(10 + at * 10)).length);
    expect(asked.reduce((sum, count) => sum + count)).toBe(3);
    buffer.pop(ms(1000));
    expect(buffer.missing(ms(1000))).toEqual([]);
  });

  it('follows a change of SSRC at once, and a jump in numbers when it is confirmed', () => {
    const buffer = open();
    buffer.push(packet(1), 0);
    buffer.pop(0);
    buffer.push(packet(9000, 0, 2), 1);
    expect(numbers(buffer.pop(1))).toEqual([9000]);
    expect(buffer.push(packet(20_000, 0, 2), 2)).toBe('jump');
    expect(buffer.push(packet(20_001, 0, 2), 2)).toBe('queued');
    expect(numbers(buffer.pop(2))).toEqual([20_001]);
    expect(buffer.push(packet(50, 0, 2), 3)).toBe('jump');
    expect(buffer.push(packet(900, 0, 2), 3)).toBe('jump');
  });

  it('bounds what it holds', () => {
    const buffer = new JitterBuffer({ clockRateHz: 90_000, pacing: 'immediate', capacityPackets: 8 });
    buffer.push(packet(1), 0);
    buffer.pop(0);
    for (let sequence = 3; sequence < 11; sequence++) buffer.push(packet(sequence), 1);
    expect(numbers(buffer.pop(2))[0]).toBe('lost 2+1');
    const outcomes = Array.from({ length: 40 }, (_, at) => buffer.push(packet(12 + at), 3));
    expect(outcomes.filter((outcome) => outcome === 'overflow')).toHaveLength(40 - 16);
  });

  it('whatever comes: out in order, each once', () => {
    const random = seededRandom(9);
    const buffer = open();
    const out: number[] = [];
    const sent = Array.from({ length: 5000 }, (_, at) => ({ at: at * 2 + random.next() * 60, sequence: at + 64_000 }));
    const lost = new Set(sent.filter(() => random.next() < 0.05).map(({ sequence }) => sequence));
    for (const { at, sequence } of sent.filter((each) => !lost.has(each.sequence)).sort((a, b) => a.at - b.at)) {
      buffer.push(packet(sequence), ms(at));
      if (random.next() < 0.1) buffer.push(packet(sequence), ms(at));
      for (const item of buffer.pop(ms(at))) if (item.kind === 'packet') out.push(item.packet.sequenceNumber);
    }
    expect(new Set(out).size).toBe(out.length);
    // Numbers wrap once on the way.
    const unwrapped = out.map((number) => (number < 32_768 ? number + 65_536 : number));
    expect(unwrapped).toEqual([...unwrapped].sort((a, b) => a - b));
    // 60 ms of jitter against 40 ms of patience: some come too late, most do not.
    expect(out.length + buffer.counters.late).toBeGreaterThan(4600);
    expect(out.length).toBeGreaterThan(3500);
  });
});

describe('playout pacing (audio)', () => {
  const open = (maxDelayMs = 40): JitterBuffer =>
    new JitterBuffer({ clockRateHz: 8000, pacing: 'playout', delayMs: 40, maxDelayMs });

  it('shows what waits behind a gap of just that many, before the gap is given up', () => {
    const buffer = new JitterBuffer({ clockRateHz: 8000, pacing: 'playout', delayMs: 40 });
    for (const sequence of [65_534, 65_535])
      buffer.push(packet(sequence, sequence * 160), ms((sequence - 65_534) * 20));
    expect(buffer.behindGap(1)).toBeUndefined();
    expect(numbers(buffer.pop(ms(60)))).toEqual([65_534, 65_535]);
    expect(buffer.behindGap(1)).toBeUndefined();
    buffer.push(packet(65_538, 65_538 * 160), ms(80));
    expect([0, 1, 2, 3].map((missing) => buffer.behindGap(missing)?.sequenceNumber)).toEqual([
      undefined,
      undefined,
      2,
      undefined,
    ]);
    buffer.push(packet(65_537, 65_537 * 160), ms(81));
    expect([1, 2].map((missing) => buffer.behindGap(missing)?.sequenceNumber)).toEqual([1, undefined]);
    buffer.push(packet(65_536, 65_536 * 160), ms(82));
    expect([0, 1, 2].map((missing) => buffer.behindGap(missing))).toEqual([undefined, undefined, undefined]);
  });

  it('lets each packet out its delay after its media time, however it came', () => {
    const buffer = open();
    const arrivals = [0, 35, 41, 60, 95].map(ms);
    for (const [index, at] of arrivals.entries()) buffer.push(packet(index), at);
    for (const index of arrivals.keys()) {
      const dueUs = ms(40 + index * 20);
      expect(buffer.nextReleaseUs()).toBe(dueUs);
      expect(buffer.pop(dueUs - 1)).toEqual([]);
      expect(numbers(buffer.pop(dueUs))).toEqual([index]);
    }
  });

  it('says what is missing when the next is due', () => {
    const buffer = open();
    for (const sequence of [0, 1, 3]) buffer.push(packet(sequence), ms(sequence * 20));
    expect(numbers(buffer.pop(ms(60)))).toEqual([0, 1]);
    expect(numbers(buffer.pop(ms(99)))).toEqual([]);
    expect(numbers(buffer.pop(ms(100)))).toEqual(['lost 2+1', 3]);
  });

  it('grows with the jitter where it may, and comes back', () => {
    const buffer = open(200);
    const arrive = (sequence: number, lateMs: number): void => {
      buffer.push(packet(sequence), ms(sequence * 20 + lateMs));
      buffer.pop(ms(sequence * 20));
    };
    arrive(0, 0);
    arrive(1, 100);
    expect(buffer.delayMs).toBe(105);
    for (let sequence = 2; sequence < 300; sequence++) arrive(sequence, 0);
    expect(buffer.delayMs).toBe(40);
  });

  it("follows a sender's clock that is 500 ppm slow, without piling up", () => {
    const buffer = open();
    let waiting = 0;
    for (let sequence = 0; sequence < 15_000; sequence++) {
      const at = ms(sequence * 20 * 1.0005);
      buffer.push(packet(sequence), at);
      buffer.pop(at);
      waiting = Math.max(waiting, buffer.size);
    }
    expect(waiting).toBeLessThanOrEqual(4);
    expect(buffer.counters.late).toBe(0);
  });

  it('goes on when the timestamps begin anew', () => {
    const buffer = open();
    for (let sequence = 0; sequence < 5; sequence++) buffer.push(packet(sequence), ms(sequence * 20));
    for (let sequence = 5; sequence < 10; sequence++)
      buffer.push(packet(sequence, 3e9 + sequence * 160), ms(sequence * 20));
    expect(numbers(buffer.pop(ms(9 * 20 + 45)))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});
