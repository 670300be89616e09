import { describesItselfAs } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';
import { browserOffer } from './browser-offer.ts';

export default bug({
  number: 56,
  title: 'Who trickles over SIP without INFO is answered with all candidates',
  sources: ['pjproject#2667', 'pion/webrtc#767', 'asterisk#1929'],
  cause:
    'trickle and end-of-candidates in the offer make the answerer wait for, or promise, candidates that never come',
  cites: 'RFC 8838 §5, RFC 8839 §4.2.1',
  async speaks(probe) {
    const more = ['a=ice-options:trickle', 'a=end-of-candidates'];
    await probe.invites({ sdp: probe.describes(browserOffer(probe, { more })) });
  },
  faultIn(exchange) {
    const bare = exchange
      .answer()
      .media.filter(({ attributes }) => attributes.every(({ name }) => name !== 'candidate'));
    return bare.length === 0
      ? undefined
      : `${bare.map(({ kind }) => kind).join(' and ')}: answered without a candidate`;
  },
  badPeer: {
    defect: () => describesItselfAs((sdp) => sdp.replaceAll(/^a=(candidate:.*|end-of-candidates)\r\n/gm, '')),
  },
});
