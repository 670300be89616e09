import { describesItselfAs } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';
import { attribute } from '@plugfest/sdp';
import { browserOffer } from './browser-offer.ts';

export default bug({
  number: 57,
  title: 'An ICE restart is answered by a restart',
  sources: ['janus-gateway#348', 'pjproject#1798'],
  cause: 'new ufrag and pwd in a re-INVITE are answered with the old ones: checks go astray',
  cites: 'RFC 8839 §4.4.1.1.1, RFC 8445 §9',
  async speaks(probe) {
    const call = await probe.invites({ sdp: probe.describes(browserOffer(probe)) });
    const renewed = { ufrag: 'zY9x', password: 'zyxwvutsrqponmlkjihgfe98' };
    await call.invites({ sdp: probe.describes(browserOffer(probe, renewed)) });
  },
  faultIn(exchange) {
    const [before, after] = [exchange.answer(0), exchange.answer(1)].map(({ media, attributes }) =>
      attribute({ attributes: [...(media[0]?.attributes ?? []), ...attributes] }, 'ice-ufrag'),
    );
    return before !== after ? undefined : `a restart is answered with the old ufrag “${before}”`;
  },
  badPeer: {
    defect: () => {
      let first: string | undefined;
      return describesItselfAs((sdp) => {
        first ??= /a=ice-ufrag:(\S+)/.exec(sdp)?.[1];
        return sdp.replaceAll(/a=ice-ufrag:\S+/g, `a=ice-ufrag:${first}`);
      });
    },
  },
});
