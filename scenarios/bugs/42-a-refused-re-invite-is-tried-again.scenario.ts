import { bug } from '@plugfest/scenario';
import { isTriedAgain, refusesReinviteOnce } from './glare.ts';

export default bug({
  number: 42,
  title: 'A re-INVITE that met another is tried again',
  sources: ['pjproject#1166', 'pjproject#3886', 'baresip#2929', 'resiprocate#35'],
  cause: 'two re-INVITEs meet, one is answered 491, and is never sent again: hold or resume is lost',
  cites: 'RFC 3261 §14.1',
  speaks: (probe) => refusesReinviteOnce(probe),
  faultIn: isTriedAgain,
  badPeer: {
    defect: () => ({
      sip: (message, way, seen) =>
        way === 'received' &&
        message.kind === 'request' &&
        message.method === 'INVITE' &&
        seen.requests('INVITE').length > 1
          ? []
          : [message],
    }),
  },
});
