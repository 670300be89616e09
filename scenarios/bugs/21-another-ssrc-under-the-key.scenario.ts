import { PCMU, pcmuStream, takesRtp } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';
import { isStillHeard } from './heard.ts';
import { ownSrtp, SUITE, securedAudio } from './secured.ts';

export default bug({
  number: 21,
  title: 'A stream that begins anew under the same key is read',
  sources: ['pjproject#4522', 'pjproject#5269', 'pjproject#2531', 'pjproject#1075'],
  cause:
    'the sender restarts with another SSRC; the receiver keeps the old roll-over counter for it, and unprotecting fails',
  cites: 'RFC 3711 §3.2.3: a cryptographic context is kept for each SSRC',
  async speaks(probe) {
    const call = await probe.invites({ sdp: probe.describes([securedAudio(`1 ${SUITE} KEY|2^31`)]) });
    const listener = await probe.another();
    await listener.invites({ sdp: listener.describes([PCMU]) });
    const srtp = ownSrtp();
    const protect = (bytes: Uint8Array): Uint8Array => srtp.protectRtp(bytes);
    await call.speaks(pcmuStream(probe.context.random), 20, 0, protect);
    await call.speaks(pcmuStream(probe.context.random), 35, 20, protect);
  },
  faultIn: isStillHeard,
  badPeer: {
    defect: () =>
      takesRtp((packet, line, seen) => (packet.ssrc === seen.of('a').rtp(line, 'sent')[0]?.ssrc ? [packet] : [])),
  },
});
