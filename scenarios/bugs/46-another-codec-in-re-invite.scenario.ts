import { audio, PCMU, sendsRtp } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';

export default bug({
  number: 46,
  title: 'A codec that changes in a re-INVITE changes in the stream',
  sources: [
    'livekit/sip#766',
    'livekit/sip#661',
    'signalwire/freeswitch#1484',
    'signalwire/freeswitch#2491',
    'signalwire/freeswitch#2812',
  ],
  cause: 'codec, port or fmtp of a re-INVITE are acknowledged and not followed',
  cites: 'RFC 3264 §8.3',
  async speaks(probe) {
    const call = await probe.invites({ sdp: probe.describes([PCMU]) });
    await call.invites({ sdp: probe.describes([audio(8, 'PCMA/8000')]) });
    await probe.listens(500);
  },
  faultIn(exchange) {
    const changed = exchange.requests('ACK', 'sent')[1];
    const after = exchange.since((changed?.atUs ?? 0) + 200_000).someRtp(0, 5);
    const wrong = after.filter(({ payloadType }) => payloadType !== 8);
    return wrong.length === 0
      ? undefined
      : `${wrong.length} of ${after.length} packets are still of type ${wrong[0]?.payloadType}`;
  },
  badPeer: { defect: () => sendsRtp((packet) => [{ ...packet, payloadType: 0 }]) },
});
