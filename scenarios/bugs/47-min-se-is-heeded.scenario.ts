import { bug } from '@plugfest/scenario';
import { callsWithTimer, timerIsAgreed } from './session-timer.ts';

export default bug({
  number: 47,
  title: 'A session interval that is too small is asked for again, larger',
  sources: ['JsSIP#397', 'pjproject#2120'],
  cause: '422 with Min-SE ends the call, or the caller, in place of being followed',
  cites: 'RFC 4028 §7.1, §7.3',
  speaks: (probe) => callsWithTimer(probe, 'follows Min-SE'),
  faultIn: timerIsAgreed,
  badPeer: { speaks: (probe) => callsWithTimer(probe, 'gives up') },
});
