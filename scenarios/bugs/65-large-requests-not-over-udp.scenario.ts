import { H264_MODE_1, h264, PCMU, type Probe } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';
import { formatMessage } from '@plugfest/sip';

export default bug({
  number: 65,
  title: 'A request of more than 1300 bytes does not go over UDP',
  sources: ['64characters/Telephone#586', 'nksip#45', 'OpenSIPS#650'],
  cause: 'the INVITE of a Cisco room is larger than the path takes: as a fragmented datagram it never arrives',
  cites: 'RFC 3261 §18.1.1',
  speaks: (probe) => callsWithMuch(probe, 'tcp'),
  faultIn(exchange) {
    exchange.final('INVITE');
    const large = exchange.messages.find(
      ({ transport, message }) =>
        transport === 'udp' && message.kind === 'request' && formatMessage(message).length > 1300,
    );
    return large && `a request of ${formatMessage(large.message).length} bytes goes over UDP`;
  },
  badPeer: { speaks: (probe) => callsWithMuch(probe, 'udp') },
});

/** As many formats as a room offers: some 3 kB. */
async function callsWithMuch(probe: Probe, transport: 'udp' | 'tcp'): Promise<void> {
  const formats = Array.from({ length: 40 }, (_, at) => [
    `a=rtpmap:${at + 34} X-PRIVATE-${at}/90000`,
    `a=fmtp:${at + 34} profile-level-id=428016;max-br=5000;max-mbps=${490_000 + at}`,
  ]);
  const [mLine, ...lines] = h264(H264_MODE_1);
  await probe.invites({ sdp: probe.describes([PCMU, [mLine, ...lines, ...formats.flat()]]), transport });
}
