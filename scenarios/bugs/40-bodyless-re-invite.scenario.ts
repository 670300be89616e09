import { describesItselfAs, H264_MODE_1, h264, PCMU } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';

export default bug({
  number: 40,
  title: 'A re-INVITE without a description is answered with a whole offer',
  sources: ['doubango#200'],
  cause: 'the 200 to a re-INVITE without a body has no description, or one without transport addresses',
  cites: 'RFC 3261 §14.2, RFC 3264 §8',
  async speaks(probe) {
    const call = await probe.invites({ sdp: probe.describes([PCMU, h264(H264_MODE_1)]) });
    const response = await call.invites();
    call.acknowledges(response, probe.describes([PCMU, h264(H264_MODE_1)]));
  },
  faultIn(exchange) {
    const { statusCode } = exchange.final('INVITE', 1);
    if (statusCode >= 300) return `a re-INVITE without an offer is answered ${statusCode}`;
    const off = exchange.answer(1).media.filter(({ port }) => port === 0 || port === 9);
    return off.length === 0 ? undefined : `${off.length} lines of the offer have no transport address`;
  },
  badPeer: { defect: () => describesItselfAs((sdp) => sdp.replaceAll(/^(m=\S+) \d+/gm, '$1 9'), 1) },
});
