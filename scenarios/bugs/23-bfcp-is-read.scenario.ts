import { H264_MODE_1, h264, PCMU, refusesInvite } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';
import { BFCP } from './content-lines.ts';
import { videoIsTaken } from './video-answers.ts';

export default bug({
  number: 23,
  title: 'An m-line of UDP/BFCP does not spoil the description',
  sources: ['pion/sdp#150', 'webrtc-rs#507'],
  cause: 'the parser knows no protocol UDP/BFCP and no format “*”, and refuses all',
  cites: 'RFC 8866 §5.14, RFC 8856 §4',
  async speaks(probe) {
    await probe.invites({ sdp: probe.describes([PCMU, h264(H264_MODE_1), BFCP]) });
  },
  faultIn: videoIsTaken,
  badPeer: { defect: () => refusesInvite(400, 'Bad Request') },
});
