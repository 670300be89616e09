import { sendsRtp } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';
import { hasKeyPressed, someEvents } from './pressed-keys.ts';

export default bug({
  number: 31,
  title: 'Keys come under the payload type that was agreed for them',
  sources: ['pjproject#3700', 'pjproject#2679'],
  cause: 'a Cisco agrees on 122 for telephone-event and sends 121, or the other way about',
  cites: 'RFC 3264 §6.1, RFC 4733 §2.1',
  speaks: hasKeyPressed,
  faultIn(exchange) {
    const wrong = someEvents(exchange).find(({ payloadType }) => payloadType !== 110);
    return wrong && `110 was agreed for telephone-event/48000, and ${wrong.payloadType} is sent`;
  },
  badPeer: {
    defect: () => sendsRtp((packet) => [packet.payloadType === 110 ? { ...packet, payloadType: 121 } : packet]),
  },
});
