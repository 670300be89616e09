import { audio, describesItselfAs } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';
import { encodingsOf } from './audio-answers.ts';

export default bug({
  number: 35,
  title: 'Opus is always opus/48000/2',
  sources: ['baresip#730', 'go2rtc#1506'],
  cause: 'opus/48000/1 is offered or answered',
  cites: 'RFC 7587 §7: the rtpmap is opus/48000/2, mono or not',
  async speaks(probe) {
    await probe.invites();
    const other = await probe.another();
    await other.invites({ sdp: other.describes([audio(111, 'opus/48000/1')]) });
  },
  faultIn(exchange) {
    const described = exchange.finals('INVITE').filter(({ statusCode }) => statusCode < 300);
    const written = described.flatMap((_, nth) => exchange.answer(nth).media.flatMap(encodingsOf));
    const wrong = written.filter((one) => /^opus\//i.test(one) && !/^opus\/48000\/2$/i.test(one));
    return wrong.length === 0 ? undefined : `described as ${wrong.join(', ')}`;
  },
  badPeer: { defect: () => describesItselfAs((sdp) => sdp.replace('opus/48000/2', 'opus/48000/1')) },
});
