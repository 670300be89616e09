import { H264_MODE_1, h264, PCMU, withBody } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';
import { cseqOf } from '@plugfest/sip';
import { referenceAgent } from './reference-agent.ts';
import { isReliable, rackOf } from './reliable.ts';

export default bug({
  number: 49,
  title: 'An offer in a PRACK is answered in its 200',
  sources: ['pjproject#2967', 'baresip/re#430'],
  cause: 'the 200 to a PRACK that brings an offer has no answer',
  cites: 'RFC 3262 §5, RFC 6337 §2.2',
  async speaks(probe) {
    await using agent = await referenceAgent(probe);
    agent.onInvite = (session) => {
      const answer = { contentType: 'application/sdp', body: Buffer.from(probe.describes([PCMU])) };
      session.onReinvite = () => answer;
      void session.progressReliably({ statusCode: 183, body: answer }).then(() => session.accept());
    };
    const call = probe.starts({ sdp: probe.describes([PCMU]), headers: [{ name: 'Require', value: '100rel' }] });
    const ringing = await probe.until('a reliable 183', () => probe.exchange.responses('INVITE').find(isReliable));
    call.isAnswered(ringing);
    await call.asks('PRACK', { sdp: probe.describes([PCMU, h264(H264_MODE_1)]), headers: [rackOf(ringing)] });
  },
  faultIn(exchange) {
    const { statusCode, body } = exchange.final('PRACK');
    if (statusCode >= 300) return `PRACK with an offer is answered ${statusCode}`;
    return body.length > 0 ? undefined : 'the offer in the PRACK is not answered';
  },
  badPeer: {
    defect: () => ({
      sip: (message, way) =>
        way === 'received' && message.kind === 'response' && cseqOf(message)?.method === 'PRACK'
          ? [withBody(message, '')]
          : [message],
    }),
  },
});
