import { describesItselfAs, h264, PCMU } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';
import { switchedOff, videoIsTaken } from './video-answers.ts';

export default bug({
  number: 4,
  title: 'An offered level that is not ours is negotiated, not refused',
  sources: ['mediasoup#269'],
  cause: 'the level within profile-level-id is matched as a string, level-asymmetry-allowed or not',
  cites: 'RFC 6184 §8.2.2: the level is downgradable, and with level-asymmetry-allowed each has its own',
  async speaks(probe) {
    const fmtp = 'packetization-mode=1;profile-level-id=42e00b;level-asymmetry-allowed=1';
    await probe.invites({ sdp: probe.describes([PCMU, h264(fmtp)]) });
  },
  faultIn: videoIsTaken,
  badPeer: { defect: () => describesItselfAs((sdp) => switchedOff(sdp, 'video')) },
});
