import { describesItselfAs, PCMU } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';
import { directionOf } from './audio-answers.ts';

export default bug({
  number: 45,
  title: 'inactive is answered inactive, and a second hold is no resume',
  sources: ['signalwire/freeswitch#323', 'pjproject#1181'],
  cause: 'inactive is answered recvonly, and the hold of who holds already toggles it',
  cites: 'RFC 3264 §6.1: inactive must be answered inactive',
  async speaks(probe) {
    const call = await probe.invites({ sdp: probe.describes([PCMU]) });
    for (let time = 0; time < 2; time++) await call.invites({ sdp: probe.describes([[...PCMU, 'a=inactive']]) });
  },
  faultIn(exchange) {
    const directions = [exchange.answer(1), exchange.answer(2)].map(directionOf);
    return directions.every((one) => one === 'inactive')
      ? undefined
      : `inactive, twice, is answered ${directions.join(' and ')}`;
  },
  badPeer: { defect: () => describesItselfAs((sdp) => sdp.replaceAll('a=inactive', 'a=recvonly')) },
});
