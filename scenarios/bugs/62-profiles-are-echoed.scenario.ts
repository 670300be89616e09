import { describesItselfAs, type MediaSection } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';
import { SUITE, securedAudio } from './secured.ts';

export default bug({
  number: 62,
  title: 'Each RTP profile is answered with itself',
  sources: ['pjproject#3729', 'pjproject#544', 'team-telnyx/freeswitch#519'],
  cause: 'AVP, AVPF, SAVP and SAVPF are mixed up between offer and answer, and the offerer refuses what it reads',
  cites: 'RFC 3264 §6, RFC 8866 §5.14, RFC 5124 §3',
  async speaks(probe) {
    for (const profile of PROFILES) {
      const party = await probe.another();
      await party.invites({ sdp: party.describes([sectionOf(profile)]) });
    }
  },
  faultIn(exchange) {
    const answered = PROFILES.map((_, at) => exchange.of(String.fromCharCode(98 + at)).answer().media[0]?.protocol);
    return answered.join() === PROFILES.join()
      ? undefined
      : `${PROFILES.join(', ')} are answered ${answered.join(', ')}`;
  },
  badPeer: { defect: () => describesItselfAs((sdp) => sdp.replaceAll(/RTP\/(S?)AVPF/g, 'RTP/$1AVP')) },
});

const PROFILES = ['RTP/AVP', 'RTP/AVPF', 'RTP/SAVP', 'RTP/SAVPF'] as const;

function sectionOf(profile: (typeof PROFILES)[number]): MediaSection {
  const [, ...lines] = securedAudio(`1 ${SUITE} KEY|2^31`);
  const isSecure = profile.startsWith('RTP/S');
  return [`audio ${profile} 0`, ...lines.filter((line) => isSecure || !line.startsWith('a=crypto'))];
}
