import { sendsRtp } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';
import { eventsOf, hasKeyPressed, someEvents } from './pressed-keys.ts';

export default bug({
  number: 30,
  title: 'A pressed key has a beginning, not only its end',
  sources: ['SIP.js#968'],
  cause: 'with telephone-event at 8 and at 48 kHz in the description, only the packets with the end bit are sent',
  cites: 'RFC 4733 §2.5.1.2, §2.5.1.4',
  speaks: hasKeyPressed,
  faultIn(exchange) {
    const events = someEvents(exchange);
    const ends = events.filter(({ end }) => end).length;
    return ends < events.length && ends >= 3
      ? undefined
      : `of ${events.length} packets of a key ${ends} have the end bit`;
  },
  badPeer: {
    defect: () =>
      sendsRtp((packet) => {
        const [event] = eventsOf([{ ...packet, atUs: 0, bytes: packet.payload }]);
        return event && !event.end ? [] : [packet];
      }),
  },
});
