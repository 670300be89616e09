import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { udpPayloads } from '../testing/pcap.ts';
import { parseRtp } from './rtp-packet.ts';
import {
  formatTelephoneEvent,
  parseTelephoneEvent,
  TelephoneEventReceiver,
  telephoneEventPackets,
} from './telephone-event.ts';

const PCAPS = fileURLToPath(new URL('../../../../shared/data/pcap', import.meta.url));
const isMissing = !existsSync(PCAPS);
if (isMissing) console.warn(`skipped: no captures at ${PCAPS}`);

describe('telephone events', () => {
  it('are read as they are written', () => {
    const event = { event: 11, end: true, volume: 10, durationTicks: 800 };
    expect(parseTelephoneEvent(formatTelephoneEvent(event))).toEqual({ ok: true, value: event });
    expect(parseTelephoneEvent(Uint8Array.of(1, 2, 3)).ok).toBe(false);
  });

  it('a digit is a growing duration and three ends', () => {
    const packets = telephoneEventPackets('#', { clockRateHz: 48_000, durationMs: 50 });
    const events = packets.map(({ payload }) => parseTelephoneEvent(payload));
    expect(events.map((event) => event.ok && [event.value.event, event.value.durationTicks, event.value.end])).toEqual([
      [11, 960, false],
      [11, 1920, false],
      [11, 2400, false],
      [11, 2400, true],
      [11, 2400, true],
      [11, 2400, true],
    ]);
    expect(packets.map(({ marker }) => marker)).toEqual([true, false, false, false, false, false]);
    expect(telephoneEventPackets('x', { clockRateHz: 8000 })).toEqual([]);
  });

  it('each key press is heard once: repeated, out of order, without its start or its end', () => {
    const receiver = new TelephoneEventReceiver();
    const heard: string[] = [];
    const hear = (digit: string, timestamp: number, keep: (index: number) => boolean, ssrc = 1): void => {
      for (const [index, { payload }] of telephoneEventPackets(digit, { clockRateHz: 8000 }).entries()) {
        const report = keep(index) ? receiver.push({ ssrc, timestamp, payload }) : undefined;
        if (report !== undefined) heard.push(report.digit);
      }
    };
    hear('1', 1000, () => true);
    hear('1', 3000, (index) => index > 4);
    hear('a', 5000, (index) => index < 3);
    hear('2', 7000, () => true);
    hear('a', 5000, (index) => index > 4);
    hear('3', 7000, () => true, 2);
    hear('4', 7000 - 500_000, () => true, 2);
    expect(heard).toEqual(['1', '1', 'A', '2', '3', '4']);
  });

  it('a key held for longer than the field counts is one press', () => {
    const receiver = new TelephoneEventReceiver();
    const payload = formatTelephoneEvent({ event: 5, end: false, volume: 1, durationTicks: 0xffff });
    const heard = [0, 1, 2].map((segment) => receiver.push({ ssrc: 1, timestamp: segment * 0xffff, payload }));
    expect(heard).toEqual([{ digit: '5' }, undefined, undefined]);
  });

  it.skipIf(isMissing).each([
    ['1', '1'],
    ['pound', '#'],
    ['star', '*'],
  ])("SIPp's capture of %s is %s, once", (name, digit) => {
    const receiver = new TelephoneEventReceiver();
    const payloads = udpPayloads(readFileSync(`${PCAPS}/sipp--dtmf_2833_${name}.pcap`));
    const heard = [...(payloads?.values() ?? [])].flatMap((bytes) => {
      const packet = parseRtp(bytes);
      return (packet.ok && receiver.push(packet.value)) || [];
    });
    expect(heard).toEqual([{ digit }]);
  });
});
