import { describesItselfAs, H264_MODE_1, h264, PCMU } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';
import { ACTIVE_CONTROL, withoutLine } from './content-lines.ts';

export default bug({
  number: 25,
  title: 'A refused m-line keeps its place in the answer',
  sources: ['rtpengine#1473', 'pion/webrtc#616', 'webrtc-rs/rtc#66'],
  cause: 'the answer drops the refused line or sorts the lines: the offerer takes video for sound',
  cites: 'RFC 3264 §6',
  async speaks(probe) {
    await probe.invites({ sdp: probe.describes([ACTIVE_CONTROL, PCMU, h264(H264_MODE_1)]) });
  },
  faultIn(exchange) {
    const kinds = exchange
      .answer()
      .media.map(({ kind }) => kind)
      .join(' ');
    return kinds === 'application audio video' ? undefined : `“application audio video” is answered “${kinds}”`;
  },
  badPeer: { defect: () => describesItselfAs((sdp) => withoutLine(sdp, 'application')) },
});
