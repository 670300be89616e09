import { refusesInvite } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';
import { soundIsTaken } from './audio-answers.ts';
import { SUITE, securedAudio } from './secured.ts';

export default bug({
  number: 18,
  title: 'The lifetime behind a key is no part of the key',
  sources: ['emiago/diago#182', 'rtpengine#57'],
  cause: 'the lifetime suffix is fed to the base64 decoder, and the key refused',
  cites: 'RFC 4568 §6.1',
  async speaks(probe) {
    await probe.invites({ sdp: probe.describes([securedAudio(`1 ${SUITE} KEY|2^31`)]) });
  },
  faultIn: soundIsTaken,
  badPeer: { defect: () => refusesInvite(488, 'Not Acceptable Here') },
});
