import { sendsRtp } from '@plugfest/probe';
import { SrtpContext } from '@plugfest/rtp';
import { bug } from '@plugfest/scenario';
import { audioOf, keyOf } from './audio-answers.ts';
import { SUITE, securedAudio } from './secured.ts';

export default bug({
  number: 16,
  title: 'A key with MKI is either not taken, or its MKI is in each packet',
  sources: ['asterisk/asterisk#825'],
  cause: '“|2^31|1:1” is accepted without the MKI being written: nothing authenticates',
  cites: 'RFC 4568 §6.1, RFC 3711 §3.1',
  async speaks(probe) {
    await probe.invites({ sdp: probe.describes([securedAudio(`2 ${SUITE} KEY|2^31|1:1`)]) });
    await probe.until('sound', () => probe.exchange.rtp(0).length > 10 || undefined);
  },
  faultIn(exchange) {
    const { key, salt, suite, mki } = keyOf(audioOf(exchange.answer()));
    const context = new SrtpContext({ suite, key, salt, ...(mki ? { mki } : {}) });
    const packets = exchange.someRtp(0, 10);
    const unread = packets.filter(({ bytes }) => !context.unprotectRtp(bytes).ok).length;
    const agreed = mki ? `MKI ${mki.value} of ${mki.lengthBytes} byte` : 'no MKI';
    return unread === 0
      ? undefined
      : `${agreed} was answered, and ${unread} of ${packets.length} packets do not authenticate so`;
  },
  badPeer: {
    defect: () =>
      sendsRtp((packet) => {
        const withoutMki = [...packet.payload.subarray(0, -11), ...packet.payload.subarray(-10)];
        return [{ ...packet, payload: Uint8Array.from(withoutMki) }];
      }),
  },
});
