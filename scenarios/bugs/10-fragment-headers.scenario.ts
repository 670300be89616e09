import { H264_MODE_1, h264, PCMU, sendsRtp } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';
import { FU_A, fragmentFault, nalTypeOf } from './h264-packets.ts';

export default bug({
  number: 10,
  title: 'Fragments say which NAL unit they are of',
  sources: ['linphone-sdk#596'],
  cause: 'the FU header is masked with 0x17, so that the type of the fragmented NAL unit is lost',
  cites: 'RFC 6184 §5.8',
  async speaks(probe) {
    await probe.invites({ sdp: probe.describes([PCMU, h264(H264_MODE_1)]) });
    await probe.until('pictures', () => probe.exchange.rtp(1).length > 30 || undefined);
  },
  faultIn: (exchange) => fragmentFault(exchange.someRtp(1, 20)),
  badPeer: {
    defect: () =>
      sendsRtp((packet) => {
        if (nalTypeOf(packet) !== FU_A) return [packet];
        const payload = Uint8Array.from(packet.payload);
        payload[1] = ((payload[1] ?? 0) & 0x17) | 0x80;
        return [{ ...packet, payload }];
      }),
  },
});
