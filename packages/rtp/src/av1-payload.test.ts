import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { Av1Depacketizer, packetizeAv1 } from './av1-payload.ts';
import type { RtpPacket } from './rtp-packet.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/[^0-9a-f]/g, ''), 'hex');
const packet = (payload: Uint8Array, sequenceNumber = 1, marker = true, timestamp = 0): RtpPacket => ({
  ...{ payloadType: 45, marker, sequenceNumber, timestamp, ssrc: 1, csrcs: [] },
  payload,
});

/** A temporal delimiter, a sequence header of 3 octets and a frame of 5. */
const UNIT = hex('12 00 | 0a 03 a1a2a3 | 32 05 f1f2f3f4f5');

describe('packets as the payload format’s text has them', () => {
  it('of a whole unit: no delimiter, no sizes, two elements counted, a new sequence', () => {
    expect(packetizeAv1(UNIT)).toEqual([{ marker: true, payload: hex('28 | 04 08a1a2a3 | 30f1f2f3f4f5') }]);
  });

  it('of a unit that refers to another: no new sequence', () => {
    expect(packetizeAv1(hex('12 00 | 32 02 f1f2'))).toEqual([{ marker: true, payload: hex('10 | 30f1f2') }]);
  });

  it('of more than one packet: what goes on says so in both', () => {
    const frame = Buffer.concat([hex('32 28'), Buffer.alloc(40, 7)]);
    const payloads = packetizeAv1(frame, 30);
    expect(payloads.map(({ payload }) => payload[0])).toEqual([0x50, 0x90]);
    expect(payloads.map(({ marker }) => marker)).toEqual([false, true]);
    expect(Buffer.concat(payloads.map(({ payload }) => payload.subarray(1)))).toEqual(
      Buffer.concat([hex('30'), Buffer.alloc(40, 7)]),
    );
  });

  test.each([
    ['a length for each element (W = 0)', '08 | 04 08a1a2a3 | 06 30f1f2f3f4f5'],
    ['sizes that the sender left in', '28 | 05 0a03a1a2a3 | 3205f1f2f3f4f5'],
    ['a delimiter that should not have been sent', '38 | 02 1200 | 04 08a1a2a3 | 30f1f2f3f4f5'],
  ])('are read with %s', (_, text) => {
    const [frame] = new Av1Depacketizer().push(packet(hex(text)));
    expect(frame).toMatchObject({ keyFrame: true, complete: true });
    expect(Buffer.from(frame?.data ?? [])).toEqual(UNIT);
  });

  it('are read where an octet of extension follows the header', () => {
    const [frame] = new Av1Depacketizer().push(packet(hex('10 | 34 08 f1f2')));
    expect(Buffer.from(frame?.data ?? [])).toEqual(hex('12 00 | 36 08 02 f1f2'));
  });
});

test('whatever the units and the size of packets: what comes out went in', () => {
  const obu = fc.record({
    type: fc.constantFrom(1, 3, 4, 5, 6),
    body: fc.uint8Array({ minLength: 1, maxLength: 900 }),
  });
  fc.assert(
    fc.property(fc.array(obu, { minLength: 1, maxLength: 9 }), fc.integer({ min: 24, max: 1200 }), (obus, max) => {
      const unit = Buffer.concat([
        hex('12 00'),
        ...obus.map(({ type, body }) =>
          Buffer.concat([
            Uint8Array.of((type << 3) | 2),
            body.length < 128
              ? Uint8Array.of(body.length)
              : Uint8Array.of((body.length & 0x7f) | 0x80, body.length >> 7),
            body,
          ]),
        ),
      ]);
      const payloads = packetizeAv1(unit, max);
      expect(payloads.every(({ payload }) => payload.length <= max)).toBe(true);
      const depacketizer = new Av1Depacketizer();
      const frames = payloads.flatMap(({ payload, marker }, n) => depacketizer.push(packet(payload, n, marker)));
      expect(frames).toHaveLength(1);
      expect(Buffer.from(frames[0]?.data ?? [])).toEqual(unit);
      expect(frames[0]).toMatchObject({ complete: true, keyFrame: obus.some(({ type }) => type === 1) });
    }),
  );
});

test('a lost part spoils its picture and no other', () => {
  const depacketizer = new Av1Depacketizer();
  const large = packetizeAv1(Buffer.concat([hex('32 28'), Buffer.alloc(40, 7)]), 20);
  expect(large.length).toBeGreaterThan(2);
  const first = large.flatMap(({ payload, marker }, n) =>
    n === 1 ? [] : depacketizer.push(packet(payload, n, marker)),
  );
  expect(first.every(({ complete }) => !complete)).toBe(true);
  expect(depacketizer.counters.incomplete).toBe(1);
  const [next] = depacketizer.push(packet(hex('10 | 30f1f2'), large.length, true, 3000));
  expect(next).toMatchObject({ complete: true });
});

test('cut anywhere and with any octet changed it is read or counted, never thrown', () => {
  const whole = hex('28 | 04 08a1a2a3 | 30f1f2f3f4f5');
  const depacketizer = new Av1Depacketizer();
  let sequenceNumber = 0;
  const push = (bytes: Uint8Array): unknown =>
    depacketizer.push(packet(bytes, sequenceNumber++ & 0xffff, true, sequenceNumber * 3000));
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
