import { describesItselfAs } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';
import { audioOf, keyOf } from './audio-answers.ts';
import { SUITE, securedAudio } from './secured.ts';

export default bug({
  number: 19,
  title: 'Who writes a lifetime behind its key is answered one',
  sources: ['rtpengine#966'],
  cause: 'Teams refuses a key without a lifetime, and its own has one',
  cites: 'RFC 4568 §6.1 (the field is optional: a peer that asks for it is Microsoft’s)',
  async speaks(probe) {
    await probe.invites({ sdp: probe.describes([securedAudio(`1 ${SUITE} KEY|2^31`)]) });
  },
  faultIn(exchange) {
    const { lifetimePackets } = keyOf(audioOf(exchange.answer()));
    return lifetimePackets === undefined ? 'a key with lifetime is answered by one without' : undefined;
  },
  badPeer: { defect: () => describesItselfAs((sdp) => sdp.replace(/(inline:[^|\r]*)\|2\^\d+/, '$1')) },
});
