import { SrtpContext } from '@plugfest/rtp';
import { bug } from '@plugfest/scenario';
import { audioOf, keyOf } from './audio-answers.ts';
import { SUITE, securedAudio } from './secured.ts';

export default bug({
  number: 15,
  title: 'SRTP is protected with the key that was answered',
  sources: ['rtpengine#203'],
  cause: 'packets are protected with another key than the one in the answer, and are heard as white noise',
  cites: 'RFC 4568 §6.1, RFC 3711 §3.3',
  async speaks(probe) {
    await probe.invites({ sdp: probe.describes([securedAudio(`1 ${SUITE} KEY|2^31`)]) });
    await probe.until('sound', () => probe.exchange.rtp(0).length > 10 || undefined);
  },
  faultIn(exchange) {
    const { key, salt, suite, mki } = keyOf(audioOf(exchange.answer()));
    const context = new SrtpContext({ suite, key, salt, ...(mki ? { mki } : {}) });
    const packets = exchange.someRtp(0, 10);
    const unread = packets.filter(({ bytes }) => !context.unprotectRtp(bytes).ok).length;
    return unread === 0
      ? undefined
      : `${unread} of ${packets.length} packets do not authenticate with the answered key`;
  },
  badPeer: {
    defect: () => ({
      media({ bytes, ...rest }, way) {
        const wrong = Uint8Array.from(bytes, (byte, at) => (at >= 12 ? byte ^ 0x5a : byte));
        return [{ ...rest, bytes: way === 'received' ? wrong : bytes }];
      },
    }),
  },
});
