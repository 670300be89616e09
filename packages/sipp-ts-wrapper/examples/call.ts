/** Two SIPp processes, one calls the other over UDP, is answered and hangs up: `node packages/sipp-ts-wrapper/examples/call.ts`. */
import { leaseUdpPorts, openTemporaryDirectory } from '@plugfest/host';
import { answerFlow, SippCall, SippProcess } from '@plugfest/sipp-ts-wrapper';

const host = '127.0.0.1';
const description = { contentType: 'application/sdp', content: 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n' };
await using there = await openTemporaryDirectory('answers');
await using here = await openTemporaryDirectory('calls');
await using lease = await leaseUdpPorts({ count: 2 });
const [serverPort = 0, clientPort = 0] = lease.ports;

await using server = await SippProcess.start({
  scenario: answerFlow({ toTag: 'server', contactUser: 'server', description }),
  directory: there.path,
  local: { host, port: serverPort },
});
await using call = await SippCall.start({
  call: {
    target: `sip:server@${host}:${serverPort}`,
    from: '<sip:client@example.com>',
    fromTag: 'client',
    contactUser: 'client',
    description: { as: 'offer', ...description },
  },
  directory: here.path,
  local: { host, port: clientPort },
  remote: { host, port: serverPort },
  onMessage: ({ isCommand, direction, text }) => {
    if (!isCommand) console.log(direction === 'sent' ? '→' : '←', text.split('\r\n')[0]);
  },
});
const { statusCode, reasonPhrase } = await call.answered;
console.log('answered', statusCode, reasonPhrase);
console.log('client', (await call.hangUp()).kind, '· server', (await server.outcome).kind);
