import { describe, expect, test } from 'vitest';
import { examineEvents, examineH264, examineTimeline, packetizeH264, telephoneEventPackets } from './index.ts';
import type { RtpPacket } from './rtp-packet.ts';
import type { TimedRtp } from './timed-rtp.ts';

type Change = (packet: RtpPacket, index: number) => Partial<RtpPacket> | undefined;

/** Packets with consecutive numbers; `change` returns what is different, undefined leaves a packet out. */
function stream(
  packets: readonly (Partial<RtpPacket> & { readonly atMs: number })[],
  change: Change = () => ({}),
): TimedRtp[] {
  return packets.flatMap(({ atMs, ...given }, index) => {
    const whole = {
      ...{ payloadType: 96, marker: false, ssrc: 1, csrcs: [], payload: new Uint8Array(1), timestamp: 0 },
      // Over the roll-over.
      sequenceNumber: (65_530 + index) & 0xffff,
      ...given,
    };
    const changed = change(whole, index);
    return changed ? [{ packet: { ...whole, ...changed }, atUs: atMs * 1000, number: index + 1 }] : [];
  });
}

const texts = ({ faults }: { readonly faults: readonly { readonly text: string }[] }): string[] =>
  faults.map(({ text }) => text);

describe('the timeline of a stream', () => {
  /** 20 ms of 8 kHz, a pause of three seconds in the middle; timestamps roll over. */
  const sound = Array.from({ length: 180 }, (_, i) => {
    const atMs = i * 20 + (i >= 30 ? 3000 : 0);
    return { atMs, timestamp: (0xffff_f000 + atMs * 8) >>> 0 };
  });

  test('is right over a pause, a roll-over, loss, doubles and what a network delays', () => {
    const good = stream(sound, (_, i) => (i % 7 === 3 ? undefined : {}));
    const delayed = good.map((one, i) => ({ ...one, atUs: one.atUs + (i % 5) * 100_000 }));
    for (const packets of [
      good,
      delayed,
      [...good, ...good.slice(-3)],
      good.toSpliced(10, 2, ...good.slice(10, 12).reverse()),
    ])
      expect(examineTimeline(packets, 8000)).toMatchObject({ faults: [] });
  });

  test('one packet that was held back for seconds is the network’s', () => {
    const packets = stream(sound).map((one, i) => (i === 20 ? { ...one, atUs: one.atUs + 2_000_000 } : one));
    expect(texts(examineTimeline(packets, 8000))).toEqual([]);
  });

  test('a machine that stood still: what was late comes at once, or is left out', () => {
    const late = stream(sound).map((one, i) =>
      i > 60 && i < 100 ? { ...one, atUs: Math.max(one.atUs, 5_100_000) } : one,
    );
    expect(texts(examineTimeline(late, 8000))).toEqual([]);
    const leftOut = late.flatMap((one, i) => (i > 61 && i < 99 ? [] : [one]));
    const renumbered = leftOut.map((one, i) => ({ ...one, packet: { ...one.packet, sequenceNumber: i } }));
    expect(texts(examineTimeline(renumbered, 8000))).toEqual([]);
  });

  test.each<[string, Change]>([
    [
      'begins anew after the pause',
      ({ timestamp }, i) => (i < 30 ? {} : { timestamp: (timestamp - 30 * 160 - 24_000) >>> 0 }),
    ],
    ['stands still over the pause', ({ timestamp }, i) => (i < 30 ? {} : { timestamp: (timestamp - 24_000) >>> 0 })],
    ['jumps ahead', ({ timestamp }, i) => (i < 12 ? {} : { timestamp: (timestamp + 80_000) >>> 0 })],
  ])('%s: one fault, at the packet where it does', (_, change) => {
    const { faults, judged } = examineTimeline(stream(sound, change), 8000);
    expect(judged).toBe(180);
    expect(faults).toHaveLength(1);
    expect([13, 31]).toContain(faults[0]?.at.number);
  });
});

describe('telephone-events', () => {
  const press = (clockRateHz: number): TimedRtp[] =>
    stream(
      ['1', '2'].flatMap((digit, key) =>
        telephoneEventPackets(digit, { clockRateHz, durationMs: 200 }).map(({ afterMs, ...payload }) => ({
          atMs: key * 400 + afterMs,
          timestamp: key * 3200,
          ...payload,
        })),
      ),
    );

  test.each([8000, 16_000, 48_000])('on a clock of %i Hz are right where that was agreed', (rateHz) => {
    expect(examineEvents(press(rateHz), rateHz)).toEqual({ judged: 2, faults: [] });
  });

  test.each([
    ['twice', 16_000, 8000],
    ['half', 8000, 16_000],
    ['six times', 48_000, 8000],
    ['in milliseconds', 1000, 8000],
  ])('%s their clock are wrong, each of them', (_, is, agreed) => {
    const { judged, faults } = examineEvents(press(is), agreed);
    expect([judged, faults.length]).toEqual([2, 2]);
    expect(faults[0]?.text).toContain(`agreed at ${agreed} Hz`);
  });

  test('too short to say anything are not judged', () => {
    expect(examineEvents(press(8000).slice(0, 2), 8000)).toEqual({ judged: 0, faults: [] });
  });
});

describe('H.264', () => {
  const unit = (type: number, bytes: number): Uint8Array =>
    Uint8Array.from({ length: bytes }, (_, i) => (i === 0 ? 0x60 | type : i));
  const packetize = (packetizationMode: 0 | 1, ...units: Uint8Array[]): TimedRtp[] => {
    const frame = Buffer.concat(units.flatMap((one) => [Buffer.from([0, 0, 0, 1]), one]));
    const payloads = packetizeH264(frame, { packetizationMode, maxPayloadBytes: 500 });
    return stream(payloads.map((payload, i) => ({ atMs: i, timestamp: 90_000, ...payload })));
  };
  const fragmented = packetize(1, unit(7, 12), unit(8, 6), unit(5, 1700), unit(1, 100));
  const change = (packets: readonly TimedRtp[], at: number, edit: (payload: Uint8Array) => Uint8Array): TimedRtp[] =>
    packets.map((one, i) =>
      i === at ? { ...one, packet: { ...one.packet, payload: edit(one.packet.payload) } } : one,
    );
  const isFuA = ({ packet }: TimedRtp): boolean => ((packet.payload[0] ?? 0) & 0x1f) === 28;
  const firstFuA = fragmented.findIndex(isFuA);
  const lastFuA = fragmented.findLastIndex(isFuA);

  test('as our own packetizer makes it is right in both modes, also with losses', () => {
    expect(firstFuA).toBeGreaterThan(-1);
    const single = packetize(0, unit(7, 12), unit(8, 6), unit(1, 400));
    expect(examineH264(single, () => 0)).toMatchObject({ judged: 3, faults: [] });
    expect(texts(examineH264(fragmented, () => 1))).toEqual([]);
    for (let lost = 0; lost < fragmented.length; lost++)
      expect(texts(examineH264(fragmented.toSpliced(lost, 1), () => 1))).toEqual([]);
  });

  test('fragments in mode 0 are wrong; before it is known what holds, nothing is', () => {
    const count = fragmented.filter(isFuA).length;
    const found = examineH264(fragmented.filter(isFuA), () => 0);
    expect(found.faults).toHaveLength(count);
    expect(found.faults[0]?.text).toMatch(/FU-A in packetization mode 0/);
    expect(examineH264(fragmented, () => undefined)).toEqual({ judged: 0, faults: [] });
  });

  test.each<[string, TimedRtp[], RegExp]>([
    [
      'FU-B',
      change(fragmented, firstFuA, (p) => Uint8Array.from([(p[0] ?? 0) + 1, p[1] ?? 0, 0, 0, ...p.subarray(2)])),
      /FU-B/,
    ],
    ['no first fragment', change(fragmented, firstFuA, (p) => p.with(1, (p[1] ?? 0) & 0x7f)), /never began/],
    ['no last fragment', change(fragmented, lastFuA, (p) => p.with(1, (p[1] ?? 0) & 0xbf)), /before its fragments/],
    ['first and last at once', change(fragmented, firstFuA, (p) => p.with(1, (p[1] ?? 0) | 0xc0)), /both/],
    ['the forbidden bit', change(fragmented, 0, (p) => p.with(0, (p[0] ?? 0) | 0x80)), /forbidden/],
    [
      'an aggregate cut short',
      change(stream([{ atMs: 0, payload: Uint8Array.of(24, 0, 2, 7, 7, 0, 1, 8) }]), 0, (p) => p.subarray(0, 7)),
      /add up/,
    ],
    ['an empty fragment', change(fragmented, firstFuA, (p) => p.subarray(0, 2)), /without a byte/],
  ])('%s is a fault', (_, packets, text) => {
    expect(texts(examineH264(packets, () => 1)).join()).toMatch(text);
  });
});
