import { describesItselfAs, PCMU } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';
import { directionOf } from './audio-answers.ts';

export default bug({
  number: 44,
  title: 'Hold is understood as sendonly and as the address 0.0.0.0',
  sources: ['livekit/sip#779', 'diago#125'],
  cause: 'hold by sendonly is answered sendrecv, hold by c=0.0.0.0 is answered by media to nowhere',
  cites: 'RFC 3264 §6.1, §8.4',
  async speaks(probe) {
    const call = await probe.invites({ sdp: probe.describes([PCMU]) });
    await call.invites({ sdp: probe.describes([[...PCMU, 'a=sendonly']]) });
    await call.invites({ sdp: probe.describes([PCMU], { connection: '0.0.0.0' }) });
  },
  faultIn(exchange) {
    const direction = directionOf(exchange.answer(1));
    if (direction !== 'recvonly' && direction !== 'inactive') return `sendonly is answered ${direction}`;
    const { statusCode } = exchange.final('INVITE', 2);
    return statusCode < 300 ? undefined : `hold by c=0.0.0.0 is answered ${statusCode}`;
  },
  badPeer: { defect: () => describesItselfAs((sdp) => sdp.replaceAll('a=recvonly', 'a=sendrecv')) },
});
