import { describesItselfAs } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';
import { soundIsTaken } from './audio-answers.ts';
import { browserOffer } from './browser-offer.ts';

export default bug({
  number: 13,
  title: 'Candidates are given once, and a line that is off does not spoil the others',
  sources: ['tieto/sipe#76'],
  cause: 'an answer that lists a candidate twice, or an m-line at port 0, is refused as a whole (ms-diagnostics 24000)',
  cites: 'RFC 8839 §4.2.1.2, RFC 3264 §6',
  async speaks(probe) {
    const [audio, video] = browserOffer(probe);
    if (audio && video) await probe.invites({ sdp: probe.describes([audio, ['video=0 UDP/TLS/RTP/SAVPF 97']]) });
  },
  faultIn(exchange) {
    const fault = soundIsTaken(exchange);
    if (fault !== undefined) return fault;
    for (const { kind, attributes } of exchange.answer().media) {
      const candidates = attributes.flatMap(({ name, value }) => (name === 'candidate' ? [value] : []));
      const twice = candidates.find((one, at) => candidates.indexOf(one) !== at);
      if (twice !== undefined) return `${kind}: “${twice}” is listed twice`;
    }
    return undefined;
  },
  badPeer: { defect: () => describesItselfAs((sdp) => sdp.replaceAll(/^(a=candidate:.*\r\n)/gm, '$1$1')) },
});
