import { describesItselfAs, h264, PCMU } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';
import { packetizationModeOf, videoOf } from './video-answers.ts';

export default bug({
  number: 2,
  title: 'An offer without packetization-mode is one of mode 0',
  sources: ['sipsorcery#1363'],
  cause: 'the answerer takes an absent packetization-mode for 1, and answers with what was not offered',
  cites: 'RFC 6184 §8.1: when packetization-mode is not present, its value is 0',
  async speaks(probe) {
    await probe.invites({ sdp: probe.describes([PCMU, h264('profile-level-id=42e01f')]) });
  },
  faultIn(exchange) {
    const video = videoOf(exchange.answer());
    const mode = packetizationModeOf(video, 97);
    return mode === '0' ? undefined : `the answer says packetization-mode=${mode}`;
  },
  badPeer: {
    defect: () => describesItselfAs((sdp) => sdp.replace('packetization-mode=0', 'packetization-mode=1')),
  },
});
