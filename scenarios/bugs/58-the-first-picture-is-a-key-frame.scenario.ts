import { H264_MODE_1, h264, PCMU, sendsRtp } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';
import { bringsKeyFrame, parameterSetsOf } from './h264-packets.ts';

export default bug({
  number: 58,
  title: 'The first picture is a key frame, with its parameter sets',
  sources: ['pjproject#1234', 'pjproject#1437'],
  cause: 'sending begins in the middle of a group of pictures: black until somebody asks',
  cites: 'RFC 6184 §8.4',
  async speaks(probe) {
    await probe.invites({ sdp: probe.describes([PCMU, h264(H264_MODE_1)]) });
    await probe.until('pictures', () => probe.exchange.rtp(1).length > 40 || undefined);
  },
  faultIn(exchange) {
    const packets = exchange.someRtp(1, 5);
    const first = packets.filter(({ timestamp }) => timestamp === packets[0]?.timestamp);
    if (!first.some(bringsKeyFrame)) return 'the first picture is no key frame';
    return first.some((packet) => parameterSetsOf(packet).length > 0)
      ? undefined
      : 'the first key frame has no parameter sets';
  },
  badPeer: {
    defect: () => {
      let first: number | undefined;
      return sendsRtp((packet, line) => {
        if (line !== 1) return [packet];
        first ??= packet.timestamp;
        return packet.timestamp === first ? [] : [packet];
      });
    },
  },
});
