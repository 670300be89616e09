import { answerTo, PCMU } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';
import { header, withHeader } from '@plugfest/sip';

export default bug({
  number: 50,
  title: 'A reliable response that comes twice is acknowledged once, one without a description too',
  sources: ['SIP.js#144', 'SIP.js#373', 'team-telnyx/freeswitch#660'],
  cause: 'a retransmitted 183 is taken for a new one, and a reliable 180 without a description for a fault',
  cites: 'RFC 3262 §4',
  async speaks(probe) {
    const call = await probe.isCalled();
    const reliably = (rseq: number) => [
      { name: 'Require', value: '100rel' },
      { name: 'RSeq', value: `${rseq}` },
    ];
    const pracks = (count: number) => () => (probe.exchange.requests('PRACK').length >= count ? true : undefined);
    const answer = call.far && probe.describes(answerTo(call.far, { audio: PCMU }));
    for (let time = 0; time < 2; time++)
      call.replies(183, { ...(answer ? { sdp: answer } : {}), headers: reliably(1) });
    await probe.until('a PRACK', pracks(1));
    call.replies(180, { headers: reliably(2) });
    await probe.until('a PRACK for the 180', pracks(2));
    await probe.listens(300);
    call.replies(200);
    await probe.until('the ACK', () => probe.exchange.requests('ACK')[0]);
  },
  faultIn(exchange) {
    const numbers = exchange.requests('PRACK').map((prack) => header(prack, 'RAck')?.split(' ')[0]);
    return numbers.join() === '1,2'
      ? undefined
      : `1 and 2 were said, and acknowledged: ${numbers.join(', ') || 'none'}`;
  },
  badPeer: {
    defect: () => ({
      sip(message, way) {
        if (way !== 'received' || message.kind !== 'request' || message.method !== 'PRACK') return [message];
        return header(message, 'RAck')?.startsWith('1 ')
          ? [message, withHeader(message, 'CSeq', '99 PRACK')]
          : [message];
      },
    }),
  },
});
