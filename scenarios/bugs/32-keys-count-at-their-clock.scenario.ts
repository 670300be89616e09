import { sendsRtp } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';
import { durationFault, hasKeyPressed, someEvents } from './pressed-keys.ts';

export default bug({
  number: 32,
  title: 'The length of a key counts at the agreed clock',
  sources: ['baresip#2062', 'baresip#241'],
  cause: 'durations are counted at 8000 Hz whatever clock telephone-event was agreed at',
  cites: 'RFC 4733 §2.3.5: the duration is in timestamp units',
  speaks: hasKeyPressed,
  faultIn: (exchange) => durationFault(someEvents(exchange), 48_000),
  badPeer: {
    defect: () =>
      sendsRtp((packet) => {
        if (packet.payloadType !== 110) return [packet];
        const payload = Uint8Array.from(packet.payload);
        const view = new DataView(payload.buffer);
        view.setUint16(2, view.getUint16(2) / 6);
        return [{ ...packet, payload }];
      }),
  },
});
