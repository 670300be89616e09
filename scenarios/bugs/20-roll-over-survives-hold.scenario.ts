import { PCMU, pcmuStream, takesRtp } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';
import { isStillHeard } from './heard.ts';
import { ownSrtp, renumbered, SUITE, securedAudio } from './secured.ts';

export default bug({
  number: 20,
  title: 'The roll-over counter of SRTP survives a hold',
  sources: ['rtpengine#1443'],
  cause: 'after hold and resume with the same key, the receiver counts from roll-over 0 again: nothing authenticates',
  cites: 'RFC 3711 §3.3.1, RFC 3264 §8.4',
  async speaks(probe) {
    const section = securedAudio(`1 ${SUITE} KEY|2^31`);
    const call = await probe.invites({ sdp: probe.describes([section]) });
    const listener = await probe.another();
    await listener.invites({ sdp: listener.describes([PCMU]) });
    const srtp = ownSrtp();
    const stream = pcmuStream(probe.context.random);
    const number = renumbered(65_530);
    const protect = (bytes: Uint8Array): Uint8Array => srtp.protectRtp(number(bytes));
    await call.speaks(stream, 20, 0, protect);
    await call.invites({ sdp: probe.describes([[...section, 'a=sendonly']]) });
    await call.invites({ sdp: probe.describes([[...section, 'a=sendrecv']]) });
    await call.speaks(stream, 35, 20, protect);
  },
  faultIn: isStillHeard,
  badPeer: {
    defect: () => takesRtp((packet, _, seen) => (seen.of('a').requests('INVITE', 'sent').length > 2 ? [] : [packet])),
  },
});
