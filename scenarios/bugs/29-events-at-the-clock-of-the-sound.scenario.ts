import { describesItselfAs } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';
import { audioOf, encodingsOf } from './audio-answers.ts';
import { OPUS_WITH_EVENTS } from './opus-offer.ts';

export default bug({
  number: 29,
  title: 'telephone-event is agreed at the clock of the sound that it travels with',
  sources: ['rtpengine#1530'],
  cause:
    'telephone-event/8000 is answered beside a codec of another clock: timestamps of one stream run at two rates, and the sound is scrambled',
  cites: 'RFC 4733 §2.1: events that share the stream of the sound have its clock rate',
  async speaks(probe) {
    await probe.invites({ sdp: probe.describes([OPUS_WITH_EVENTS]) });
  },
  faultIn(exchange) {
    const encodings = encodingsOf(audioOf(exchange.answer()));
    const [sound = '', ...others] = encodings;
    const clock = sound.split('/')[1];
    const events = others.filter((one) => one.startsWith('telephone-event/'));
    return events.includes(`telephone-event/${clock}`)
      ? undefined
      : `${sound} is answered with ${events.join(', ') || 'no events'}`;
  },
  badPeer: {
    defect: () =>
      describesItselfAs((sdp) =>
        sdp.replaceAll(/^a=(rtpmap|fmtp):110 .*\r\n/gm, '').replace(/^(m=audio .*) 110/m, '$1'),
      ),
  },
});
