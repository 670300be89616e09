import { bug } from '@plugfest/scenario';
import { backOffFault, refusesReinviteOnce } from './glare.ts';
import { hasty } from './hasty-clock.ts';

export default bug({
  number: 43,
  title: 'After 491, who made the Call-ID waits 2.1 to 4 s',
  sources: ['drachtio-server#318', 'drachtio-server#402', 'siphon-ai#454'],
  cause: 'both sides of a glare wait as long, or not at all, and meet again for ever',
  cites: 'RFC 3261 §14.1',
  speaks: (probe) => refusesReinviteOnce(probe),
  faultIn: backOffFault,
  badPeer: { speaks: (probe) => refusesReinviteOnce(probe, hasty(probe.context.clock)) },
});
