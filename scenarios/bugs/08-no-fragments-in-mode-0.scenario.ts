import { h264, PCMU, sendsRtp } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';
import { FU_A, fragmented, nalTypeOf } from './h264-packets.ts';

export default bug({
  number: 8,
  title: 'Who was promised packetization-mode 0 is sent no fragments',
  sources: ['gortsplib#1092'],
  cause: 'FU-A is sent although packetization-mode=0 was agreed, which the receiver cannot put together',
  cites: 'RFC 6184 §6.2: only single NAL unit packets may be used',
  async speaks(probe) {
    await probe.invites({ sdp: probe.describes([PCMU, h264('packetization-mode=0;profile-level-id=42e01f')]) });
    await probe.until('pictures', () => probe.exchange.rtp(1).length > 30 || undefined);
  },
  faultIn(exchange) {
    const types = exchange.someRtp(1, 20).map(nalTypeOf);
    const wrong = types.filter((type) => type > 23);
    return wrong.length === 0
      ? undefined
      : `${wrong.length} of ${types.length} packets are of type ${[...new Set(wrong)].join(', ')}`;
  },
  badPeer: {
    defect: () => sendsRtp((packet, line) => (line === 1 && nalTypeOf(packet) < FU_A ? fragmented(packet) : [packet])),
  },
});
