import { H264_MODE_1, h264, NoEvidence, PCMU } from '@plugfest/probe';
import { demultiplex } from '@plugfest/rtp';
import { bug } from '@plugfest/scenario';
import { videoOf } from './video-answers.ts';

export default bug({
  number: 53,
  title: 'rtcp-mux that was agreed is kept: RTCP comes to the RTP port',
  sources: ['rtpengine#310', 'rtpengine#1976', 'rtpengine#126'],
  cause: 'rtcp-mux is answered, and RTCP sent to the next port all the same',
  cites: 'RFC 5761 §5.1.1',
  async speaks(probe) {
    await probe.invites({
      sdp: probe.describes([PCMU, h264(H264_MODE_1, { lines: ['a=rtcp-fb:* nack pli', 'a=rtcp-mux'] })]),
    });
    await probe.until('RTCP', () => probe.exchange.rtcp(1).length > 2 || undefined);
  },
  faultIn(exchange) {
    if (!videoOf(exchange.answer()).attributes.some(({ name }) => name === 'rtcp-mux'))
      throw new NoEvidence('no rtcp-mux in the answer');
    const reports = exchange.rtcp(1);
    if (reports.length === 0) throw new NoEvidence('no RTCP came');
    const stray = reports.filter(({ onRtcpPort }) => onRtcpPort).length;
    return stray === 0 ? undefined : `${stray} of ${reports.length} RTCP packets came to the port after the agreed one`;
  },
  badPeer: {
    defect: () => ({
      media: (datagram, way) => [
        way === 'received' && demultiplex(datagram.bytes) === 'rtcp' ? { ...datagram, onRtcpPort: true } : datagram,
      ],
    }),
  },
});
