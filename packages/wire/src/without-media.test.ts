import { expect, test } from 'vitest';
import { interfaceBlock, LINK_TYPE, packetBlock, sectionHeaderBlock } from './pcapng.ts';
import { readPcapng } from './pcapng-reader.ts';
import { withoutMedia } from './without-media.ts';

const UDP_OVER_IPV4 = 28;

function udp(payload: Buffer): Buffer {
  const packet = Buffer.alloc(UDP_OVER_IPV4 + payload.length);
  packet[0] = 0x45;
  payload.copy(packet, UDP_OVER_IPV4);
  return packet;
}

test('of RTP the headers stay, of all else everything', () => {
  const speech = Buffer.alloc(172, 0x53);
  const rtp = Buffer.concat([Buffer.from('8060000100000001deadbeef', 'hex'), speech]);
  const rtcp = Buffer.concat([Buffer.from('80c90001deadbeef', 'hex')]);
  const stun = Buffer.alloc(20);
  const sip = Buffer.from('INVITE sip:a@b SIP/2.0\r\n\r\n');
  const recording = Buffer.concat([
    sectionHeaderBlock('test', 'test'),
    interfaceBlock(LINK_TYPE.rawIp, 'room'),
    interfaceBlock(LINK_TYPE.rawIp, 'sip'),
    ...[rtp, rtcp, stun].map((payload) => packetBlock({ interfaceId: 0, epochUs: 7, data: udp(payload) })),
    packetBlock({ interfaceId: 1, epochUs: 8, data: udp(sip), comment: 'the call' }),
  ]);
  const stripped = withoutMedia(recording);
  const packets = [...readPcapng(stripped)].filter((block) => block.kind === 'packet');
  expect(packets.map(({ data }) => data.length)).toEqual([40, 36, 48, 28 + sip.length]);
  expect(packets.map(({ epochUs }) => epochUs)).toEqual([7, 7, 7, 8]);
  expect(stripped.includes('the call')).toBe(true);
  expect(stripped.includes(Buffer.alloc(16, 0x53))).toBe(false);
  // The length that it had on the wire is still told.
  expect(stripped.includes(Buffer.from(Uint32Array.of(40, 28 + rtp.length).buffer))).toBe(true);
});
