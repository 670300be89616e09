import { H264_MODE_1, h264, ignores, NoEvidence, PCMU } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';
import { bringsKeyFrame } from './h264-packets.ts';

export default bug({
  number: 59,
  title: 'Who cannot send PLI asks by INFO, and is sent a key frame',
  sources: ['janus-gateway#3517'],
  cause: 'a SIP peer over RTP/AVP has no RTCP feedback; its INFO with picture_fast_update is not heeded',
  cites: 'RFC 5168 §7',
  async speaks(probe) {
    const line = h264(H264_MODE_1, { protocol: 'RTP/AVP', lines: [] });
    const call = await probe.invites({ sdp: probe.describes([PCMU, line]) });
    await probe.until('pictures', () => probe.exchange.rtp(1).length > 60 || undefined);
    call.asksForPicture();
    await probe.listens(600);
  },
  faultIn(exchange) {
    const asked = exchange.requests('INFO', 'sent')[0];
    if (!asked) throw new NoEvidence('no INFO was sent');
    const after = exchange.rtp(1).filter(({ atUs }) => atUs > asked.atUs);
    return after.some(bringsKeyFrame) ? undefined : `no key frame among ${after.length} packets after the INFO`;
  },
  badPeer: { defect: () => ignores('INFO') },
});
