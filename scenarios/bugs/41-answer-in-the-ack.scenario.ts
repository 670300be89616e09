import { answerTo, PCMU, sendsRtp } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';
import { answersLate } from './late-offer.ts';

export default bug({
  number: 41,
  title: 'Media flow after an answer in the ACK',
  sources: ['pjproject#3709', 'drachtio-fsmrf#71'],
  cause: 'the answer in the ACK is not looked at: the call is up, and nothing is sent',
  cites: 'RFC 3261 §13.2.2.4, RFC 3264 §4',
  async speaks(probe) {
    await answersLate(probe, (offer) => answerTo(offer, { audio: PCMU }));
    await probe.listens(500);
  },
  faultIn(exchange) {
    const { statusCode } = exchange.final('INVITE');
    if (statusCode >= 300) return `answered ${statusCode}`;
    return exchange.rtp(0).length > 0 ? undefined : 'no sound came in half a second after the ACK';
  },
  badPeer: { defect: () => sendsRtp(() => []) },
});
