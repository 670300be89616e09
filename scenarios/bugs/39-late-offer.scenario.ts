import { refusesInvite } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';

export default bug({
  number: 39,
  title: 'An INVITE without a description is answered with an offer',
  sources: ['suitenumerique/meet#934', 'livekit/sip#820'],
  cause: 'late offer, as CUCM and Cisco rooms call, is refused',
  cites: 'RFC 3261 §13.2.1, RFC 3264 §4',
  async speaks(probe) {
    await probe.invites();
  },
  faultIn(exchange) {
    const { statusCode } = exchange.final('INVITE');
    if (statusCode >= 300) return `an INVITE without an offer is answered ${statusCode}`;
    const off = exchange.answer().media.filter(({ port }) => port === 0);
    return off.length === 0 ? undefined : `the offer has ${off.length} lines at port 0`;
  },
  badPeer: { defect: () => refusesInvite(488, 'Not Acceptable Here') },
});
