import { h264, PCMU, refusesInvite } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';
import { videoIsTaken } from './video-answers.ts';

export default bug({
  number: 1,
  title: 'H.264 as a Polycom offers it, 42800d without a mode, is taken',
  sources: ['baresip/baresip#443'],
  cause: 'packetization-mode is compared as text, so that an absent one does not match 0',
  cites: 'RFC 6184 §8.1, §8.2.2',
  async speaks(probe) {
    await probe.invites({ sdp: probe.describes([PCMU, h264('profile-level-id=42800d')]) });
  },
  faultIn: videoIsTaken,
  badPeer: { defect: () => refusesInvite(488, 'Not Acceptable Here') },
});
