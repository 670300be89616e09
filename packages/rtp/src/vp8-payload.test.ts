import { describe, expect, it } from 'vitest';
import type { RtpPacket } from './rtp-packet.ts';
import { Vp8Depacketizer, Vp8Packetizer } from './vp8-payload.ts';

const packet = (
  sequenceNumber: number,
  timestamp: number,
  marker: boolean,
  payload: Uint8Array | number[],
): RtpPacket => ({
  payloadType: 96,
  marker,
  sequenceNumber,
  timestamp,
  ssrc: 1,
  csrcs: [],
  payload: Uint8Array.from(payload),
});
const FRAME = Uint8Array.from({ length: 3000 }, (_, at) => (at * 7) & 0xfe);

describe('VP8', () => {
  it('goes into packets with a running picture identifier that wraps at 15 bits', () => {
    const packetizer = new Vp8Packetizer({ firstPictureId: 0x7fff });
    const first = packetizer.packetize(FRAME);
    expect(first.map(({ payload }) => [...payload.subarray(0, 4)])).toEqual([
      [0x90, 0x80, 0xff, 0xff],
      [0x80, 0x80, 0xff, 0xff],
      [0x80, 0x80, 0xff, 0xff],
    ]);
    expect(first.map(({ marker }) => marker)).toEqual([false, false, true]);
    expect([...(packetizer.packetize(FRAME)[0]?.payload.subarray(0, 4) ?? [])]).toEqual([0x90, 0x80, 0x80, 0]);
    expect(packetizer.packetize(new Uint8Array())).toEqual([]);
  });

  it.each([0, 1, 2])('a frame without packet %i is flagged', (lost) => {
    const depacketizer = new Vp8Depacketizer();
    const packetizer = new Vp8Packetizer();
    let sequenceNumber = 0;
    const frames = [0, 1, 2].flatMap((index) =>
      packetizer.packetize(FRAME).flatMap(({ payload, marker }, at) => {
        const each = packet(sequenceNumber++, index * 3000, marker, payload);
        return index === 1 && at === lost ? [] : depacketizer.push(each);
      }),
    );
    expect(frames.map(({ complete }) => complete)).toEqual([true, false, true]);
    expect(frames.map(({ lossBefore }) => lossBefore)).toEqual([false, lost === 0, lost === 2]);
    expect(Buffer.from(frames[2]?.data ?? []).equals(FRAME)).toBe(true);
  });

  it.each([
    ['no extension', [0x10, 0x00, 1], true],
    ['picture identifier of 7 bits', [0x90, 0x80, 0x05, 0x00, 1], true],
    ['picture identifier of 15 bits', [0x90, 0x80, 0x81, 0x05, 0x00, 1], true],
    ['all fields', [0x90, 0xf0, 0x81, 0x05, 9, 0x20, 0x00, 1], true],
    ['a frame that is no key frame', [0x10, 0x01, 1], false],
  ])('descriptor with %s', (_, payload, keyFrame) => {
    const [frame] = new Vp8Depacketizer().push(packet(0, 0, true, payload));
    expect(frame).toMatchObject({ keyFrame, complete: true });
    expect(frame?.data[1]).toBe(1);
  });

  it.each([[[0x90]], [[0x90, 0x80]], [[0x90, 0xf0, 0x81]], [[0x10]], [[0x90, 0x70, 1]]])(
    'a descriptor cut off (%j) is malformed',
    (payload) => {
      const depacketizer = new Vp8Depacketizer();
      expect(depacketizer.push(packet(0, 0, true, payload))).toEqual([]);
      expect(depacketizer.counters.malformed).toBe(1);
    },
  );
});
