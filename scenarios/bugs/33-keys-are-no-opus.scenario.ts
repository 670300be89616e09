import { sendsRtp } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';
import { hasKeyPressed, someEvents } from './pressed-keys.ts';

export default bug({
  number: 33,
  title: 'Keys are not sent as sound',
  sources: ['rtpengine#1553', 'rtpengine#963'],
  cause: 'packets of telephone-event carry the payload type of Opus, and are decoded as sound',
  cites: 'RFC 4733 §2.1, RFC 3550 §5.1',
  speaks: hasKeyPressed,
  faultIn(exchange) {
    const asSound = someEvents(exchange).filter(({ payloadType }) => payloadType === 111).length;
    return asSound === 0 ? undefined : `${asSound} packets of a key carry the payload type of Opus`;
  },
  badPeer: {
    defect: () => sendsRtp((packet) => [packet.payloadType === 110 ? { ...packet, payloadType: 111 } : packet]),
  },
});
