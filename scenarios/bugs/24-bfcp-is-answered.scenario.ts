import { describesItselfAs, H264_MODE_1, h264, PCMU } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';
import { BFCP, withoutLine } from './content-lines.ts';

export default bug({
  number: 24,
  title: 'An m-line of UDP/BFCP is answered in its place',
  sources: ['freeswitch/sofia-sip#36', 'signalwire/freeswitch#784'],
  cause: 'the answer leaves the BFCP line out: the offerer can match no line any more, or waits for the floor for ever',
  cites: 'RFC 3264 §6: as many m-lines as the offer, in its order',
  async speaks(probe) {
    await probe.invites({ sdp: probe.describes([PCMU, h264(H264_MODE_1), BFCP]) });
  },
  faultIn(exchange) {
    const answered = exchange.answer().media.map(({ kind, protocol }) => `${kind} ${protocol}`);
    return answered[2] === 'application UDP/BFCP'
      ? undefined
      : `the third line is answered “${answered[2] ?? 'not at all'}”`;
  },
  badPeer: { defect: () => describesItselfAs((sdp) => withoutLine(sdp, 'application')) },
});
