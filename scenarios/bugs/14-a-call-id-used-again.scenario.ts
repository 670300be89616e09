import { answers, PCMU } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';

export default bug({
  number: 14,
  title: 'A second INVITE with the Call-ID of a call leaves that call alone',
  sources: ['tieto/sipe#67'],
  cause:
    'application sharing comes as an INVITE with the same Call-ID and another From tag: taken for the first call’s, it ends it',
  cites: 'RFC 3261 §12.2.2: a dialog is its Call-ID and both tags',
  async speaks(probe) {
    const call = await probe.invites({ sdp: probe.describes([PCMU]) });
    const sharing = probe.describes([
      ['applicationsharing TCP/RTP/AVP 127', 'a=rtpmap:127 x-data/90000', 'a=setup:active'],
    ]);
    await probe.invites({ sdp: sharing, callId: call.callId });
    await call.asks('OPTIONS');
    await call.hangsUp();
  },
  faultIn(exchange) {
    const { statusCode } = exchange.final('OPTIONS');
    return statusCode < 300 ? undefined : `within the first call, OPTIONS is then answered ${statusCode}`;
  },
  badPeer: {
    defect: () => answers('OPTIONS', 481, 'Call/Transaction Does Not Exist'),
  },
});
