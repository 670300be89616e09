import { audio, sendsRtp } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';
import { audioOf, ofFormat } from './audio-answers.ts';

export default bug({
  number: 34,
  title: 'Who did not ask for stereo is sent mono',
  sources: ['signalwire/freeswitch#3142', 'signalwire/freeswitch#2503', 'signalwire/freeswitch#1115'],
  cause: 'stereo=1 is answered to a mono CUCM, or stereo is sent to it: sound one way only',
  cites: 'RFC 7587 §6.1 stereo: mono is preferred where it is absent; §3.4',
  async speaks(probe) {
    await probe.invites({ sdp: probe.describes([audio(111, 'opus/48000/2')]) });
    await probe.until('sound', () => probe.exchange.rtp(0).length > 5 || undefined);
  },
  faultIn(exchange) {
    if (/stereo=1/.test(ofFormat(audioOf(exchange.answer()), 'fmtp', 111)))
      return 'stereo=1 is answered to who did not say it';
    const packets = exchange.someRtp(0, 5);
    // RFC 6716 §3.1: bit 2 of the first byte says stereo.
    const inStereo = packets.filter(({ payload: [toc = 0] }) => (toc & 0x04) !== 0).length;
    return inStereo === 0 ? undefined : `${inStereo} of ${packets.length} packets are stereo`;
  },
  badPeer: {
    defect: () =>
      sendsRtp((packet) => {
        const payload = Uint8Array.from(packet.payload);
        payload[0] = (payload[0] ?? 0) | 0x04;
        return [{ ...packet, payload }];
      }),
  },
});
