import { answers, PCMU } from '@plugfest/probe';
import { bug } from '@plugfest/scenario';

export default bug({
  number: 66,
  title: 'Over TCP, a request may come in any pieces, with keep-alives before it',
  sources: ['phoneblock#443', 'pjproject#482', 'pjproject#5062', 'opensips#2817', 'doubango#290'],
  cause: 'CRLF keep-alives, or a Content-Length that is split between two segments, end the connection',
  cites: 'RFC 3261 §7.5, §18.3; RFC 5626 §4.4.1',
  async speaks(probe) {
    probe.writes(Buffer.from('\r\n\r\n\r\n'));
    const segments = (bytes: Uint8Array): Uint8Array[] => Array.from(bytes, (byte) => Uint8Array.of(byte));
    await probe.invites({ sdp: probe.describes([PCMU]), transport: 'tcp', segments });
  },
  faultIn(exchange) {
    const { statusCode } = exchange.final('INVITE');
    return statusCode < 300 ? undefined : `an INVITE in single bytes is answered ${statusCode}`;
  },
  badPeer: { defect: () => answers('INVITE', 400, 'Bad Request') },
});
