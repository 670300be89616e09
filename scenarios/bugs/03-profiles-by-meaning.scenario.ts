import { describesItselfAs, h264, PCMU } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';
import { switchedOff, videoIsTaken } from './video-answers.ts';

export default bug({
  number: 3,
  title: 'H.264 profiles are compared by meaning: 428014 is constrained baseline enough',
  sources: ['siprix/FlutterPluginFederated#36'],
  cause: 'profile-level-id 428014 and 42e034 are compared as strings, so that pictures are refused',
  cites: 'RFC 6184 §8.1, Table 5',
  async speaks(probe) {
    await probe.invites({ sdp: probe.describes([PCMU, h264('packetization-mode=1;profile-level-id=428014')]) });
  },
  faultIn: videoIsTaken,
  badPeer: { defect: () => describesItselfAs((sdp) => switchedOff(sdp, 'video')) },
});
