/** Two SIPp processes call each other over UDP: `node packages/sipp-ts-wrapper/examples/call.ts`. */
import { leaseUdpPorts, openTemporaryDirectory } from '@plugfest/host';
import { answerFlow, CALL_COMMANDS, callFlow, SippProcess } from '@plugfest/sipp-ts-wrapper';

await using directories = new AsyncDisposableStack();
const [there, here] = [
  directories.use(await openTemporaryDirectory('answers')),
  directories.use(await openTemporaryDirectory('calls')),
];
await using ports = await leaseUdpPorts({ count: 2 });
const [serverPort = 0, clientPort = 0] = ports.ports;
const local = (port: number) => ({ host: '127.0.0.1', port });
const description = { contentType: 'application/sdp', content: 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n' };

await using server = await SippProcess.start({
  scenario: answerFlow({ toTag: 'server', contactUser: 'server', description }),
  directory: there.path,
  local: local(serverPort),
});
await using client: SippProcess = await SippProcess.start({
  scenario: callFlow({
    target: `sip:server@127.0.0.1:${serverPort}`,
    from: '<sip:client@example.com>',
    fromTag: 'client',
    contactUser: 'client',
    description: { as: 'offer', ...description },
  }),
  directory: here.path,
  local: local(clientPort),
  remote: local(serverPort),
  onMessage: ({ direction, text }) => console.log(direction === 'sent' ? '→' : '←', text.split('\r\n')[0]),
  onCommand: ({ callId, command }) => {
    if (command === CALL_COMMANDS.answered) void client.command(callId, CALL_COMMANDS.hangUp);
  },
});
const { kind } = await client.outcome;
console.log('client', kind, 'server', (await server.outcome).kind);
