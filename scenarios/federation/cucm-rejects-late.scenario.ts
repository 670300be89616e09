import { PCMU, sendsRtp } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';
import { answersLate } from '../bugs/late-offer.ts';

/** The same in an answer: a telephone behind CUCM answers the bridge's late offer, and refuses the pictures. */
export default bug({
  title: 'An ACK that refuses the pictures as CUCM does leaves a call with sound',
  sources: ['suitenumerique/meet#934', 'pjproject#3709'],
  cause: 'the call is ended for the refused line, or pictures are sent to nowhere',
  cites: 'RFC 3264 §6, §7; FEDERATION §3 “CUCM rejects”',
  async speaks(probe) {
    await answersLate(probe, ({ media }) =>
      media.map(({ kind, protocol, formats }) =>
        kind === 'audio' ? PCMU : [`${kind}=0 ${protocol} ${formats.join(' ')}`, 'c=IN IP4 0.0.0.0', 'a=inactive'],
      ),
    );
    await probe.listens(500);
  },
  faultIn(exchange) {
    if (exchange.requests('BYE').length > 0) return 'the call is ended';
    if (exchange.rtp(0).length === 0) return 'no sound came';
    return exchange.rtp(1).length === 0 ? undefined : 'pictures are sent to who refused them';
  },
  badPeer: { defect: () => sendsRtp((packet, line) => (line === 0 ? [] : [packet])) },
});
