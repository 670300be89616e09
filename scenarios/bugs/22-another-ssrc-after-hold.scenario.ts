import { PCMU, pcmuStream, takesRtp } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';
import { isStillHeard } from './heard.ts';

export default bug({
  number: 22,
  title: 'Who comes back from hold with another SSRC is heard',
  sources: ['rtpengine#107', 'rtpengine#102'],
  cause: 'an Aastra resumes with another SSRC, and the receiver waits for the old one',
  cites: 'RFC 3550 §8.2, RFC 3264 §8.4',
  async speaks(probe) {
    const call = await probe.invites({ sdp: probe.describes([PCMU]) });
    const listener = await probe.another();
    await listener.invites({ sdp: listener.describes([PCMU]) });
    await call.speaks(pcmuStream(probe.context.random), 20);
    await call.invites({ sdp: probe.describes([[...PCMU, 'a=sendonly']]) });
    await call.invites({ sdp: probe.describes([[...PCMU, 'a=sendrecv']]) });
    await call.speaks(pcmuStream(probe.context.random), 35, 20);
  },
  faultIn: isStillHeard,
  badPeer: {
    defect: () =>
      takesRtp((packet, line, seen) => (packet.ssrc === seen.of('a').rtp(line, 'sent')[0]?.ssrc ? [packet] : [])),
  },
});
