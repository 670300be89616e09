import { refusesInvite } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';
import { soundIsTaken } from './audio-answers.ts';
import { SUITE, securedAudio } from './secured.ts';

export default bug({
  number: 17,
  title: '“UNENCRYPTED_SRTCP” behind a Cisco’s key does not end the call',
  sources: ['livekit/media-sdk#71'],
  cause: '“|2^48 UNENCRYPTED_SRTCP” aborts the reading of the whole description',
  cites: 'RFC 4568 §6.3.3, §9.1',
  async speaks(probe) {
    await probe.invites({ sdp: probe.describes([securedAudio(`1 ${SUITE} KEY|2^48 UNENCRYPTED_SRTCP`)]) });
  },
  faultIn: soundIsTaken,
  badPeer: { defect: () => refusesInvite(488, 'Not Acceptable Here') },
});
