import { type Exchange, H264_MODE_1, h264, PCMU } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';

export default bug({
  number: 26,
  title: 'Pictures go to the port of the video line, sound to that of the audio line',
  sources: ['rtpengine#1032', 'SIPp#230'],
  cause: 'video is sent to the audio port, the m-lines being mixed up',
  cites: 'RFC 8866 §5.14, RFC 3264 §5.1',
  async speaks(probe) {
    await probe.invites({ sdp: probe.describes([PCMU, h264(H264_MODE_1)]) });
    await probe.until('sound and pictures', () => bothCome(probe.exchange) || undefined);
  },
  faultIn(exchange) {
    const stray = [
      ...exchange.someRtp(0).filter(({ payloadType }) => payloadType === 97),
      ...exchange.rtp(1).filter(({ payloadType }) => payloadType !== 97),
    ];
    return stray.length === 0 ? undefined : `${stray.length} packets came to the other line’s port`;
  },
  badPeer: {
    defect: () => ({
      media: (datagram, way) => [way === 'received' && !datagram.onRtcpPort ? { ...datagram, line: 0 } : datagram],
    }),
  },
});

function bothCome(exchange: Exchange): boolean {
  const types = new Set([0, 1].flatMap((line) => exchange.rtp(line).map(({ payloadType }) => payloadType)));
  return types.has(0) && types.has(97);
}
