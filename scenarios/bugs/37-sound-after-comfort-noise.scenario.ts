import { takesRtp } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';
import { speaksWithPauses } from './comfort-noise.ts';
import { isStillHeard } from './heard.ts';

export default bug({
  number: 37,
  title: 'Who spoke after comfort noise is heard',
  sources: ['rtpengine#1053', 'rtpengine#999', 'janus-gateway#2328'],
  cause: 'comfort noise in the path of the transcoder leaves it silent, or ends it',
  cites: 'RFC 3389 §4',
  speaks: speaksWithPauses,
  faultIn: isStillHeard,
  badPeer: {
    defect: () =>
      takesRtp((packet, line, seen) =>
        seen
          .of('a')
          .rtp(line, 'sent')
          .some(({ payloadType }) => payloadType === 13)
          ? []
          : [packet],
      ),
  },
});
