import { describesItselfAs } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';
import { attribute } from '@plugfest/sdp';
import { browserOffer } from './browser-offer.ts';

export default bug({
  number: 52,
  title: 'Who answers actpass takes a role, and keeps it',
  sources: ['rtpengine#43', 'rtpengine#2156', 'rtpengine#211', 'pjproject#4639'],
  cause: 'the answer says actpass, or the role flips in a re-INVITE: both wait, or both call',
  cites: 'RFC 8842 §5.3, §5.5; RFC 5763 §5',
  async speaks(probe) {
    const call = await probe.invites({ sdp: probe.describes(browserOffer(probe)) });
    await call.invites({ sdp: probe.describes(browserOffer(probe)) });
  },
  faultIn(exchange) {
    const [first, second] = [exchange.answer(0), exchange.answer(1)].map(({ media }) =>
      attribute({ attributes: media[0]?.attributes ?? [] }, 'setup'),
    );
    if (first !== 'active' && first !== 'passive') return `actpass is answered ${first}`;
    return second === first ? undefined : `the role goes from ${first} to ${second} though nothing else changed`;
  },
  badPeer: { defect: () => describesItselfAs((sdp) => sdp.replaceAll(/a=setup:\w+/g, 'a=setup:actpass')) },
});
