import { type Defect, PCMU, withBody } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';

export default bug({
  number: 64,
  title: 'The roster begins whole, and each later one has the next version',
  sources: ['kamailio#276', 'OpenSIPS#62'],
  cause: 'the first NOTIFY is partial, or versions repeat or jump: the subscriber waits for what it missed',
  cites: 'RFC 4575 §4.1, §4.4, §5.1',
  async speaks(probe) {
    await probe.invites({ sdp: probe.describes([PCMU]) });
    const headers = [
      { name: 'Event', value: 'conference' },
      { name: 'Accept', value: 'application/conference-info+xml' },
      { name: 'Expires', value: '60' },
    ];
    await probe.asks('SUBSCRIBE', { headers });
    await probe.until('the first roster', () => probe.exchange.requests('NOTIFY')[0]);
    const other = await probe.another();
    await other.invites({ sdp: other.describes([PCMU]) });
    await probe.until('the next roster', () => probe.exchange.requests('NOTIFY')[1]);
  },
  faultIn(exchange) {
    const rosters = exchange.requests('NOTIFY').map(({ body }) => Buffer.from(body).toString());
    const said = rosters.map((xml) => ({
      state: /<(?:\w+:)?conference-info[^>]*\bstate="(\w+)"/.exec(xml)?.[1] ?? 'full',
      version: Number(/<(?:\w+:)?conference-info[^>]*\bversion="(\d+)"/.exec(xml)?.[1]),
    }));
    if (said[0]?.state !== 'full') return `the first roster is ${said[0]?.state}`;
    const [first = 0, ...later] = said.map(({ version }) => version);
    return later.every((version, at) => version === first + at + 1)
      ? undefined
      : `versions ${[first, ...later].join(', ')}`;
  },
  badPeer: {
    defect: () => rostersOfOneVersion(),
  },
});

function rostersOfOneVersion(): Defect {
  return {
    sip(message, way) {
      if (way !== 'received' || message.kind !== 'request' || message.method !== 'NOTIFY') return [message];
      const xml = Buffer.from(message.body).toString('latin1');
      return [
        withBody(
          message,
          xml.replace(/(conference-info[^>]*\bversion=")\d+/, (_, head) => `${head}7`),
        ),
      ];
    },
  };
}
