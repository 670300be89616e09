import { describedIn, H264_MODE_1, h264, NoEvidence, PCMU } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';

/** The other way round: the bridge calls without an offer, the room offers in its 200, and the bridge's ACK answers. */
export default bug({
  title: 'A room is called without an offer: its 200 offers, the bridge’s ACK answers, and both media flow',
  sources: ['livekit/sip#820', 'pjproject#3709', 'drachtio-fsmrf#71'],
  cause: 'the ACK to a 2xx with an offer brings no answer: the room hears and shows nothing',
  cites: 'RFC 3261 §13.2.1: the answer to an offer in the 2xx must be in the ACK',
  async speaks(probe) {
    const call = await probe.isCalled((uri) => probe.context.dialOut(uri, { lateOffer: true }));
    call.replies(200, { sdp: probe.describes([PCMU, h264(H264_MODE_1)]) });
    await probe.until('the ACK', () => probe.exchange.requests('ACK').at(0));
    await probe.listens(700);
  },
  faultIn(exchange) {
    const [invite] = exchange.requests('INVITE');
    if (!invite) throw new NoEvidence('the bridge did not call');
    if (invite.body.length > 0) return 'the INVITE has an offer';
    const [ack] = exchange.requests('ACK');
    if (!ack) return 'the 2xx is not acknowledged';
    const answer = describedIn(ack);
    if (!answer) return 'the ACK has no answer';
    const ports = answer.media.map(({ kind, port }) => `${kind} ${port > 0 ? 'on' : 'off'}`).join(', ');
    if (ports !== 'audio on, video on') return `the ACK answers “${ports}”`;
    return exchange.rtp(0).length > 0 && exchange.rtp(1).length > 0 ? undefined : 'sound or pictures do not flow';
  },
  badPeer: {
    defect: () => ({
      sip: (message, way) =>
        way === 'received' && message.kind === 'request' && message.method === 'ACK'
          ? [{ ...message, body: new Uint8Array() }]
          : [message],
    }),
  },
});
