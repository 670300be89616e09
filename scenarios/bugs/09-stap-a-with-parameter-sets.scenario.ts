import { H264_MODE_1, h264, h264Pictures, PCMU, takesRtp } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';
import { nalTypeOf, STAP_A } from './h264-packets.ts';
import { keyFrameIsTaken } from './key-frames.ts';

export default bug({
  number: 9,
  title: 'Parameter sets in a STAP-A are taken',
  sources: ['signalwire/freeswitch#2137'],
  cause: 'the STAP-A that carries SPS and PPS is dropped: nothing can be decoded, the picture stays black',
  cites: 'RFC 6184 §5.7.1',
  async speaks(probe) {
    const call = await probe.invites({ sdp: probe.describes([PCMU, h264(H264_MODE_1)]) });
    for (const packets of h264Pictures(probe.context.random, { frames: 4 }))
      for (const packet of packets) call.sendsRtp(1, packet);
    await probe.listens(1500);
  },
  faultIn: keyFrameIsTaken,
  badPeer: { defect: () => takesRtp((packet) => (nalTypeOf(packet) === STAP_A ? [] : [packet])) },
});
