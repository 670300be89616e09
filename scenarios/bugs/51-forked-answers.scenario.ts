import { answerTo, PCMU } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';
import { tagOf } from '@plugfest/sip';

export default bug({
  number: 51,
  title: 'Of several answers to one INVITE each is acknowledged, and all but one ended',
  sources: [
    'pjproject#657',
    'pjproject#635',
    'pjproject#111',
    'pjproject#1644',
    'pjproject#2123',
    'pjproject#3234',
    'baresip#2114',
    'doubango#484',
  ],
  cause:
    'a forked call (Skype v1 and v2 of one person) brings 18x and 200 with different tags; the second 200 is not acknowledged and comes for ever',
  cites: 'RFC 3261 §13.2.2.4',
  async speaks(probe) {
    const call = await probe.isCalled();
    const sdp = call.far && probe.describes(answerTo(call.far, { audio: PCMU }));
    for (const tag of ['v1', 'v2']) call.replies(180, { tag });
    for (const tag of ['v1', 'v2']) call.replies(200, { tag, ...(sdp ? { sdp } : {}) });
    await probe.until('an ACK', () => probe.exchange.requests('ACK')[0]);
    await probe.listens(300);
  },
  faultIn(exchange) {
    const tags = (method: string) =>
      [...new Set(exchange.requests(method).map((one) => tagOf(one, 'To')))].sort().join();
    if (tags('ACK') !== 'v1,v2') return `v1 and v2 answered, acknowledged: ${tags('ACK')}`;
    return tags('BYE').split(',').length === 1 && tags('BYE') !== ''
      ? undefined
      : `v1 and v2 answered, ended: ${tags('BYE')}`;
  },
  badPeer: {
    defect: () => ({
      sip: (message, way) =>
        way === 'received' && message.kind === 'request' && tagOf(message, 'To') === 'v2' ? [] : [message],
    }),
  },
});
