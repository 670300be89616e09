import { answerTo, describesItselfAs, H264_MODE_1, h264, PCMU } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';
import { answersLate } from '../bugs/late-offer.ts';

/** CUCM sends the room's call on without an offer; the bridge offers in its 200, the room answers in the ACK. */
export default bug({
  title: 'A room calls without an offer: the bridge’s 200 offers, the ACK answers, and both media flow',
  sources: ['suitenumerique/meet#934', 'livekit/sip#820', 'pjproject#3709'],
  cause: 'the offer in the 200 lacks pictures, or the answer in the ACK is half heard',
  cites: 'RFC 3261 §13.2.2.4, RFC 3264 §4; FEDERATION §3 “late offer”',
  async speaks(probe) {
    await answersLate(probe, (offer) => answerTo(offer, { audio: PCMU, video: h264(H264_MODE_1) }));
    await probe.listens(700);
  },
  faultIn(exchange) {
    const kinds = exchange
      .answer()
      .media.filter(({ port }) => port > 0)
      .map(({ kind }) => kind);
    if (kinds.join(' ') !== 'audio video') return `the 200 offers “${kinds.join(' ')}”`;
    if (exchange.rtp(0).length === 0) return 'no sound came after the ACK';
    return exchange.rtp(1).length > 0 ? undefined : 'no pictures came after the ACK';
  },
  badPeer: { defect: () => describesItselfAs((sdp) => sdp.split(/(?=^m=video )/m)[0] ?? sdp) },
});
