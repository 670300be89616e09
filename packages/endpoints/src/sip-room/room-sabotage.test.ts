import type { Sabotage } from '@plugfest/model';
import { examineH264, examineTimeline, packetizeH264, type RtpPacket, type TimedRtp } from '@plugfest/rtp';
import { describe, expect, test } from 'vitest';
import { RoomSabotage } from './room-sabotage.ts';

const broken = (...kinds: Sabotage['kind'][]): RoomSabotage =>
  new RoomSabotage(kinds.map((kind) => ({ participant: 'room', kind })));
const packet = (sequenceNumber: number, timestamp: number, payload: Uint8Array = new Uint8Array(4)): RtpPacket => ({
  ...{ payloadType: 97, marker: false, sequenceNumber, timestamp, ssrc: 7, csrcs: [], payload },
});
const FRAME = Buffer.concat(
  [[7, 12] as const, [8, 6] as const, [5, 5000] as const].map(([type, bytes]) =>
    Buffer.concat([Buffer.from([0, 0, 0, 1, 0x60 | type]), Buffer.alloc(bytes, 3)]),
  ),
);
const seen = (packets: readonly RtpPacket[]): TimedRtp[] =>
  packets.map((one, i) => ({ packet: one, atUs: i * 20_000, number: i + 1 }));

describe('a room that is broken on purpose', () => {
  test('packetizes H.264 wrongly after a new offer, and rightly before', () => {
    const room = broken('h264-after-reinvite');
    const send = (): TimedRtp[] =>
      seen(
        packetizeH264(FRAME, { packetizationMode: 1 }).map(({ payload }, i) =>
          room.alterPicture(packet(i, 0, payload)),
        ),
      );
    expect(examineH264(send(), () => 1).faults).toEqual([]);
    room.renegotiated();
    const texts = examineH264(send(), () => 1).faults.map(({ text }) => text);
    expect(texts.join()).toMatch(/STAP-B/);
    expect(texts.join()).toMatch(/FU-B/);
  });

  test('begins its timestamps anew when it resumes, each time', () => {
    const room = broken('timestamp-reset');
    const sent = Array.from({ length: 300 }, (_, i) => {
      if (i === 100 || i === 200) room.resumed();
      return room.alterSound(packet(i, 5000 + i * 160));
    });
    expect(sent[100]?.timestamp).toBe(5000);
    expect(examineTimeline(seen(sent), 8000).faults.map(({ at }) => at.number)).toEqual([101, 201]);
  });

  test('is a good one where nothing of it is broken', () => {
    const room = broken('mute');
    room.renegotiated();
    room.resumed();
    const one = packet(1, 2, FRAME);
    expect([room.alterSound(one), room.alterPicture(one), room.eventClockFactor]).toEqual([one, one, 1]);
  });
});
