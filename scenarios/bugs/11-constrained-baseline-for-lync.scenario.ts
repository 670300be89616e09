import { H264_MODE_1, h264, NoEvidence, PCMU, sendsRtp } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';
import { parameterSetsOf } from './h264-packets.ts';

export default bug({
  number: 11,
  title: 'What is sent as constrained baseline says so in its parameter set',
  sources: ['tieto/sipe#68'],
  cause:
    'Skype for Business decodes constrained baseline only; a stream whose SPS says another profile than agreed stays black',
  cites: 'RFC 6184 §8.1 profile-level-id, H.264 A.2.1.1',
  async speaks(probe) {
    await probe.invites({ sdp: probe.describes([PCMU, h264(H264_MODE_1)]) });
    await probe.until('pictures', () => probe.exchange.rtp(1).length > 10 || undefined);
  },
  faultIn(exchange) {
    const sets = exchange.someRtp(1).flatMap((packet) => parameterSetsOf(packet));
    if (sets.length === 0) throw new NoEvidence('no sequence parameter set was sent');
    const wrong = sets.find(([, profile = 0, constraints = 0]) => profile !== 66 || (constraints & 0x40) === 0);
    return wrong && `the SPS says profile_idc ${wrong[1]}, constraints 0x${wrong[2]?.toString(16)}`;
  },
  badPeer: {
    defect: () =>
      sendsRtp((packet) => {
        const [set] = parameterSetsOf(packet);
        if (!set) return [packet];
        const payload = Uint8Array.from(packet.payload);
        payload[set.byteOffset - packet.payload.byteOffset + 1] = 100;
        return [{ ...packet, payload }];
      }),
  },
});
