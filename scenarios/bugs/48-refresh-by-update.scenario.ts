import { answers, PCMU } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';

export default bug({
  number: 48,
  title: 'A session is refreshed by UPDATE as well',
  sources: ['drachtio-server#87', 'ivozprovider#320'],
  cause:
    'UPDATE without a description, as session timers send it, is refused or not answered, and the call ends when the timer does',
  cites: 'RFC 4028 §7.4, §9; RFC 3311 §5.2',
  async speaks(probe) {
    const call = await probe.invites({ sdp: probe.describes([PCMU]) });
    await call.asks('UPDATE');
  },
  faultIn(exchange) {
    const { statusCode } = exchange.final('UPDATE');
    return statusCode < 300 ? undefined : `UPDATE is answered ${statusCode}`;
  },
  badPeer: { defect: () => answers('UPDATE', 405, 'Method Not Allowed') },
});
