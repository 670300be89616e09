import { H264_MODE_1, h264, NoEvidence, PCMU } from '@plugfest/probe';
import { demultiplex } from '@plugfest/rtp';
import { bug } from '@plugfest/scenario';

export default bug({
  number: 61,
  title: 'A limit by TMMBR is confirmed',
  sources: ['rtpengine#1798'],
  cause: 'TMMBR does not reach the sender of the pictures: the rate stays, and nobody confirms',
  cites: 'RFC 5104 §3.5.4.4, §4.2.2',
  async speaks(probe) {
    const line = h264(H264_MODE_1, { lines: ['a=rtcp-fb:97 nack pli', 'a=rtcp-fb:97 ccm tmmbr'] });
    const call = await probe.invites({ sdp: probe.describes([PCMU, line]) });
    const [first] = await probe.until('pictures', () =>
      probe.exchange.rtp(1).length > 5 ? probe.exchange.rtp(1) : undefined,
    );
    const ssrc = 4711;
    const limit = { ssrc: first?.ssrc ?? 0, bitrateBps: 200_000, overheadBytes: 40 };
    call.sendsRtcp(1, [
      { type: 'receiver-report', ssrc, reports: [] },
      { type: 'tmmbr', senderSsrc: ssrc, mediaSsrc: 0, entries: [limit] },
    ]);
    await probe.listens(800);
  },
  faultIn(exchange) {
    if (exchange.rtcp(1, 'sent').length === 0) throw new NoEvidence('no TMMBR was sent');
    return exchange.rtcp(1).some(({ type }) => type === 'tmmbn') ? undefined : 'a TMMBR is not confirmed by TMMBN';
  },
  badPeer: {
    defect: () => ({
      media: (datagram, way) => (way === 'sent' && demultiplex(datagram.bytes) === 'rtcp' ? [] : [datagram]),
    }),
  },
});
