import { H264_MODE_1, h264, PCMU, sendsRtp } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';

/** Pictures that were on their way when the number changed are no fault. */
const SETTLED_US = 200_000;

export default bug({
  number: 28,
  title: 'A re-offer may give the codec another number, and it is sent with that',
  sources: ['rtpengine#1789', 'rtpengine#1493', 'rtpengine#2130', 'signalwire/freeswitch#541', 'unimrcp#248'],
  cause: 'after a re-INVITE that maps H.264 to another payload type, the old number is still sent',
  cites: 'RFC 3264 §8.3.2',
  async speaks(probe) {
    const call = await probe.invites({ sdp: probe.describes([PCMU, h264(H264_MODE_1)]) });
    await call.invites({ sdp: probe.describes([PCMU, h264(H264_MODE_1, { payloadType: 102 })]) });
    const changedUs = probe.context.clock.nowUs();
    await probe.until(
      'pictures after the re-offer',
      () => probe.exchange.since(changedUs + SETTLED_US + 50_000).rtp(1).length > 5 || undefined,
    );
  },
  faultIn(exchange) {
    const changed = exchange.requests('ACK', 'sent')[1];
    const after = exchange.since((changed?.atUs ?? 0) + SETTLED_US).someRtp(1, 5);
    const wrong = after.filter(({ payloadType }) => payloadType !== 102);
    return wrong.length === 0
      ? undefined
      : `${wrong.length} of ${after.length} packets are still of type ${wrong[0]?.payloadType}`;
  },
  badPeer: { defect: () => sendsRtp((packet, line) => [line === 1 ? { ...packet, payloadType: 97 } : packet]) },
});
