import { answers } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';
import { speaksWithPauses } from './comfort-noise.ts';

export default bug({
  number: 36,
  title: 'A packet of comfort noise does not end the call',
  sources: ['usecallmanagernz/patches#36'],
  cause: 'payload type 13 is taken for a broken stream, and the call is dropped',
  cites: 'RFC 3389 §4, RFC 3551 §6',
  speaks: speaksWithPauses,
  faultIn(exchange) {
    if (exchange.of('a').requests('BYE').length > 0) return 'the call is ended after a packet of comfort noise';
    const { statusCode } = exchange.final('OPTIONS');
    return statusCode < 300 ? undefined : `after comfort noise, the call is answered ${statusCode}`;
  },
  badPeer: { defect: () => answers('OPTIONS', 481, 'Call/Transaction Does Not Exist') },
});
