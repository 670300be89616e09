import { type Exchange, H264_MODE_1, h264, NoEvidence, PCMU } from '@plugfest/probe';
import { demultiplex, formatRtcpCompound, parseRtcpCompound } from '@plugfest/rtp';
import { bug } from '@plugfest/scenario';

export default bug({
  number: 63,
  title: 'A sender report names the moment of the packets around it',
  sources: ['janus-gateway#2007', 'mediasoup#1881', 'mediasoup#302', 'pjproject#740'],
  cause: 'the RTP timestamp in SR belongs to another moment than its NTP time: lips and voice come apart',
  cites: 'RFC 3550 §6.4.1',
  async speaks(probe) {
    await probe.invites({ sdp: probe.describes([PCMU, h264(H264_MODE_1)]) });
    await probe.until('two sender reports', () => reportsOf(probe.exchange).length > 1 || undefined);
  },
  faultIn(exchange) {
    const reports = reportsOf(exchange);
    if (reports.length === 0) throw new NoEvidence('no sender report came');
    for (const { rtpTimestamp, atUs } of reports) {
      const before = exchange.someRtp(1).findLast((packet) => packet.atUs <= atUs);
      if (!before) continue;
      const mediaMs = ((rtpTimestamp - before.timestamp) | 0) / 90;
      const wallMs = (atUs - before.atUs) / 1000;
      if (Math.abs(mediaMs - wallMs) > TOLERANCE_MS)
        return `a sender report is ${Math.round(mediaMs - wallMs)} ms off the packet before it`;
    }
    return undefined;
  },
  badPeer: {
    defect: () => ({
      media(datagram, way) {
        if (way !== 'received' || demultiplex(datagram.bytes) !== 'rtcp') return [datagram];
        const parsed = parseRtcpCompound(datagram.bytes);
        if (!parsed.ok) return [datagram];
        const shifted = parsed.value.map((one) =>
          one.type === 'sender-report' ? { ...one, rtpTimestamp: (one.rtpTimestamp + 90_000) >>> 0 } : one,
        );
        return [{ ...datagram, bytes: formatRtcpCompound(shifted) }];
      },
    }),
  },
});

/** Pictures are made ahead of their packets, by the time that an encoder takes. */
const TOLERANCE_MS = 150;

function reportsOf(exchange: Exchange) {
  return exchange.rtcp(1).filter((one) => one.type === 'sender-report');
}
