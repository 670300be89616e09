import { h264, PCMU, refusesInvite } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';
import { packetizationModeOf, videoIsTaken, videoOf } from './video-answers.ts';

export default bug({
  number: 5,
  title: 'packetization-mode=0 alone is taken',
  sources: ['dart-sip-ua#404'],
  cause: 'a peer that knows only mode 1 answers 488 to an offer of mode 0',
  cites: 'RFC 6184 §6.2: the single NAL unit mode must be supported by all',
  async speaks(probe) {
    await probe.invites({ sdp: probe.describes([PCMU, h264('packetization-mode=0;profile-level-id=42e01f')]) });
  },
  faultIn(exchange) {
    const fault = videoIsTaken(exchange);
    if (fault !== undefined) return fault;
    const mode = packetizationModeOf(videoOf(exchange.answer()), 97);
    return mode === '0' ? undefined : `mode 0 is answered with mode ${mode}`;
  },
  badPeer: { defect: () => refusesInvite(488, 'Not Acceptable Here') },
});
