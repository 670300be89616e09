import { h264, PCMU, refusesInvite } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';
import { videoIsTaken } from './video-answers.ts';

export default bug({
  number: 6,
  title: 'The five digits of a TANDBERG 990 MXP do not end the call',
  sources: ['DoubangoTelecom/telepresence#25'],
  cause: 'profile-level-id=4280D is one digit short, and is answered 488 in place of being tolerated',
  cites: 'RFC 6184 §8.1 (three bytes), RFC 3261 §13.3.1.3 (488 is for offers of which nothing can be taken)',
  async speaks(probe) {
    await probe.invites({ sdp: probe.describes([PCMU, h264('profile-level-id=4280D')]) });
  },
  faultIn: videoIsTaken,
  badPeer: { defect: () => refusesInvite(488, 'Not Acceptable Here') },
});
