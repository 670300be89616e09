import { answerTo, H264_MODE_1, h264, PCMU, sendsRtp } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';
import { answersLate } from './late-offer.ts';

export default bug({
  number: 27,
  title: 'Each side sends with the payload types of the other’s description',
  sources: ['rtpengine#1750'],
  cause:
    'an EX90 answers with other numbers than it was offered; the far side goes on with its own, and is not decoded',
  cites: 'RFC 3264 §6.1, §5.1: the numbers in a description are those that its sender wants to receive',
  async speaks(probe) {
    await answersLate(probe, (offer) =>
      answerTo(offer, { audio: PCMU, video: h264(H264_MODE_1, { payloadType: 118 }) }),
    );
    await probe.until('pictures', () => probe.exchange.rtp(1).length > 10 || undefined);
  },
  faultIn(exchange) {
    const wrong = exchange.someRtp(1, 5).find(({ payloadType }) => payloadType !== 118);
    return wrong && `payload type 118 was answered, and ${wrong.payloadType} is sent`;
  },
  badPeer: { defect: () => sendsRtp((packet, line) => [line === 1 ? { ...packet, payloadType: 97 } : packet]) },
});
