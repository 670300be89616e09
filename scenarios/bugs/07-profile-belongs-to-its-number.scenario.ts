import { describesItselfAs, PCMU } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';
import { profileOf, videoOf } from './video-answers.ts';

export default bug({
  number: 7,
  title: 'The answer’s profile is the one that was offered under that payload type',
  sources: ['unispeech/sofia-sip#1'],
  cause: 'the answerer copies the first offered H.264 payload type though that one means another profile',
  cites: 'RFC 6184 §8.2.2: profile_idc must be used symmetrically, RFC 3264 §6.1',
  async speaks(probe) {
    await probe.invites({
      sdp: probe.describes([
        PCMU,
        [
          'video RTP/AVPF 96 97',
          'a=rtpmap:96 H264/90000',
          'a=fmtp:96 packetization-mode=1;profile-level-id=640028',
          'a=rtpmap:97 H264/90000',
          'a=fmtp:97 packetization-mode=1;profile-level-id=42e01f',
        ],
      ]),
    });
  },
  faultIn(exchange) {
    const offered: Record<string, string> = { 96: 'high', 97: 'constrained-baseline' };
    const video = videoOf(exchange.answer());
    const wrong = video.formats.filter((format) => profileOf(video, format) !== offered[format]);
    return wrong.length === 0
      ? undefined
      : wrong
          .map((format) => `payload type ${format}: ${offered[format]} is answered ${profileOf(video, format)}`)
          .join('; ');
  },
  badPeer: {
    defect: () =>
      describesItselfAs((sdp) =>
        sdp.replaceAll(/^(m=video .*) 97\b/gm, '$1 96').replaceAll(/^a=(rtpmap|fmtp):97 /gm, 'a=$1:96 '),
      ),
  },
});
