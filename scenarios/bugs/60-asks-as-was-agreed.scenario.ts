import { H264_MODE_1, h264, h264Pictures, NoEvidence, PCMU } from '@plugfest/probe';
import { demultiplex, formatRtcpCompound, parseRtcpCompound, type RtcpPacket } from '@plugfest/rtp';
import { bug } from '@plugfest/scenario';

export default bug({
  number: 60,
  title: 'A key frame is asked for in the way that was agreed',
  sources: ['libjitsi#313', 'mediasoup#232', 'sipsorcery#620'],
  cause: 'PLI is sent to who offered FIR only, or the other way about, and is not heeded',
  cites: 'RFC 4585 §4.2, RFC 5104 §7.1',
  async speaks(probe) {
    const line = h264(H264_MODE_1, { lines: ['a=rtcp-fb:97 ccm fir'] });
    const call = await probe.invites({ sdp: probe.describes([PCMU, line]) });
    const [, ...withoutKey] = h264Pictures(probe.context.random, { frames: 8 });
    for (const packets of withoutKey) for (const packet of packets) call.sendsRtp(1, packet);
    await probe.until('a wish for a key frame', () => probe.exchange.rtcp(1).find(isWish));
  },
  faultIn(exchange) {
    const wishes = exchange.rtcp(1).filter(isWish);
    if (wishes.length === 0) throw new NoEvidence('nobody asked for a key frame');
    const wrong = wishes.find(({ type }) => type !== 'full-intra-request');
    return wrong && `only “ccm fir” was agreed, and ${wrong.type} is sent`;
  },
  badPeer: {
    defect: () => ({
      media(datagram, way) {
        if (way !== 'received' || demultiplex(datagram.bytes) !== 'rtcp') return [datagram];
        const parsed = parseRtcpCompound(datagram.bytes);
        if (!parsed.ok) return [datagram];
        return [{ ...datagram, bytes: formatRtcpCompound(parsed.value.map(asPli)) }];
      },
    }),
  },
});

function isWish({ type }: RtcpPacket): boolean {
  return type === 'full-intra-request' || type === 'picture-loss-indication';
}

function asPli(packet: RtcpPacket): RtcpPacket {
  if (packet.type !== 'full-intra-request') return packet;
  const { senderSsrc, entries } = packet;
  return { type: 'picture-loss-indication', senderSsrc, mediaSsrc: entries[0]?.ssrc ?? 0 };
}
