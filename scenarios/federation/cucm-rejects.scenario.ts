import { describesItselfAs, H264_MODE_1, h264, type MediaSection, PCMU } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';
import { BFCP } from '../bugs/content-lines.ts';

/** CUCM takes a line back with port 0 and `a=inactive`, and says of floor control that it is nowhere. */
const OFF: readonly MediaSection[] = [
  ['video=0 RTP/AVP 97', 'a=rtpmap:97 H264/90000', 'a=inactive'],
  [BFCP[0], 'c=IN IP4 0.0.0.0', ...BFCP.slice(1)],
];

export default bug({
  title: 'What CUCM takes back stays off: port 0 with a=inactive, floor control at 0.0.0.0; sound goes on',
  sources: ['livekit/sip#779', 'rtpengine#1473', 'signalwire/freeswitch#784'],
  cause: 'the lines are answered as if they were on, or the whole call is put on hold',
  cites: 'RFC 3264 §6, §8.2, §8.4; RFC 8856 §5; FEDERATION §3 “CUCM rejects”',
  async speaks(probe) {
    const call = await probe.invites({
      sdp: probe.describes([PCMU, h264(H264_MODE_1, { protocol: 'RTP/AVP' }), BFCP]),
    });
    await probe.listens(300);
    await call.invites({ sdp: probe.describes([PCMU, ...OFF]) });
    await probe.listens(500);
  },
  faultIn(exchange) {
    const second = exchange.answer(1);
    const ports = second.media.map(({ kind, port }) => `${kind} ${port > 0 ? 'on' : 'off'}`).join(', ');
    if (ports !== 'audio on, video off, application off') return `the lines are answered “${ports}”`;
    const since = exchange.since((exchange.final('INVITE', 1).atUs ?? 0) + 100_000);
    if (since.rtp(0).length === 0) return 'sound stops with the pictures';
    return since.rtp(1).length === 0 ? undefined : 'pictures go on to who took them back';
  },
  badPeer: { defect: () => describesItselfAs((sdp) => sdp.replaceAll(/^m=video 0 /gm, 'm=video 5000 '), 1) },
});
