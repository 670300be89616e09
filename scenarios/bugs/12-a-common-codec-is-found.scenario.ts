import { h264, refusesInvite } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';
import { soundIsTaken } from './audio-answers.ts';

export default bug({
  number: 12,
  title: 'A common codec behind twelve private ones is found',
  sources: ['tieto/sipe#83'],
  cause: 'the answerer looks at the first formats only, finds nothing it knows and refuses with ms-diagnostics 24012',
  cites: 'RFC 3264 §6: a stream is refused only where no offered format is supported',
  async speaks(probe) {
    const lync: [string, ...string[]] = [
      'audio RTP/AVP 114 104 112 111 116 115 103 97 8 13 101',
      ...[
        'a=rtpmap:114 x-msrta/16000',
        'a=rtpmap:104 SILK/16000',
        'a=rtpmap:112 G7221/16000',
        'a=rtpmap:111 SIREN/16000',
      ],
      ...[
        'a=rtpmap:116 AAL2-G726-32/8000',
        'a=rtpmap:115 x-msrta/8000',
        'a=rtpmap:103 SILK/8000',
        'a=rtpmap:97 RED/8000',
      ],
      ...['a=rtpmap:8 PCMA/8000', 'a=rtpmap:13 CN/8000', 'a=rtpmap:101 telephone-event/8000', 'a=fmtp:101 0-16'],
    ];
    await probe.invites({ sdp: probe.describes([lync, h264('packetization-mode=1;mst-mode=NI-TC')]) });
  },
  faultIn: soundIsTaken,
  badPeer: { defect: () => refusesInvite(488, 'Not Acceptable Here') },
});
