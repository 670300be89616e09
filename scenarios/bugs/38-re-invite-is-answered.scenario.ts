import { H264_MODE_1, h264, ignores, PCMU } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';

export default bug({
  number: 38,
  title: 'A re-INVITE that comes right after the answer is answered',
  sources: ['webrtc2sip#117'],
  cause: 'the re-INVITE that a Cisco room sends after the answer, to narrow the codecs, is lost between the two legs',
  cites: 'RFC 3261 §14.2, RFC 3264 §8',
  async speaks(probe) {
    const call = await probe.invites({ sdp: probe.describes([PCMU, h264(H264_MODE_1)]) });
    await call.invites({ sdp: probe.describes([PCMU, h264(H264_MODE_1)]) });
  },
  faultIn(exchange) {
    exchange.final('INVITE');
    const again = exchange.finals('INVITE')[1];
    return again ? undefined : 'the re-INVITE has no final response';
  },
  badPeer: { defect: () => ignores('INVITE', 1) },
});
