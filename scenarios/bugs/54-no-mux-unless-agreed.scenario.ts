import { H264_MODE_1, h264, NoEvidence, PCMU } from '@plugfest/probe';
import { demultiplex } from '@plugfest/rtp';
import { bug } from '@plugfest/scenario';

export default bug({
  number: 54,
  title: 'RTCP is not muxed onto the RTP port of who did not offer it',
  sources: ['libpeer#282', 'licode#2049'],
  cause: 'rtcp-mux is not in the offer, and RTCP comes to the RTP port',
  cites: 'RFC 5761 §5.1.1: without rtcp-mux in both, RTP and RTCP use two ports',
  async speaks(probe) {
    await probe.invites({ sdp: probe.describes([PCMU, h264(H264_MODE_1)]) });
    await probe.until('RTCP', () => probe.exchange.rtcp(1).length > 2 || undefined);
  },
  faultIn(exchange) {
    const reports = exchange.rtcp(1);
    if (reports.length === 0) throw new NoEvidence('no RTCP came');
    const stray = reports.filter(({ onRtcpPort }) => !onRtcpPort).length;
    return stray === 0 ? undefined : `${stray} of ${reports.length} RTCP packets came to the RTP port`;
  },
  badPeer: {
    defect: () => ({
      media: (datagram, way) => [
        way === 'received' && demultiplex(datagram.bytes) === 'rtcp' ? { ...datagram, onRtcpPort: false } : datagram,
      ],
    }),
  },
});
