import { createSocket } from 'node:dgram';
import { hostClock } from '@plugfest/host';
import type { RtpPacket } from '@plugfest/rtp';
import { expect, test } from 'vitest';
import { RTCDtlsTransport, RTCIceGatherer, RTCIceTransport } from 'werift';
import { UdpTransport } from './leg/udp-transport.ts';
import { WebRtcConnection } from './leg/webrtc-connection.ts';

const host = '127.0.0.1';
/** The beginning of a DTLS 1.2 ClientHello, and 12 octets of RTP. */
const CLIENT_HELLO = Buffer.from(`16fefd0000000000000000002a0100001e000000000000001efefd${'00'.repeat(28)}`, 'hex');
const RTP = Buffer.from('800000010000000112345678', 'hex');

async function inject(port: number, packets: readonly Uint8Array[]): Promise<void> {
  const socket = createSocket('udp4');
  for (const bytes of packets) await new Promise((resolve) => socket.send(bytes, port, host, resolve));
  await new Promise<void>((resolve) => socket.close(() => resolve()));
}

test('a WebRTC connection gives its handshake nothing from who passed no connectivity check', async () => {
  await using connection = await WebRtcConnection.open({
    host,
    clock: hostClock,
    source: { ssrc: 1, cname: 'test' },
    trickles: false,
    onConsentLost: undefined,
  });
  await inject(connection.port, [CLIENT_HELLO, RTP, CLIENT_HELLO]);
  await expect.poll(() => connection.refused).toBe(3);
  const [audio, video] = [connection.line(), connection.line()];
  expect([audio.refused, video.refused]).toEqual([3, 0]);
});

test('a werift without that guard does give them on: this is what the guard is for', async () => {
  const ice = new RTCIceTransport(
    new RTCIceGatherer({ useIpv4: false, useIpv6: false, additionalHostAddresses: [host] }),
  );
  ice.connection.stunServer = undefined;
  const dtls = new RTCDtlsTransport({}, ice, await RTCDtlsTransport.SetupCertificate(), []);
  await ice.gather();
  let reached = 0;
  ice.connection.onData.subscribe(() => reached++);
  await inject(ice.localCandidates[0]?.port ?? 0, [CLIENT_HELLO]);
  await expect.poll(() => reached).toBe(1);
  await dtls.stop();
  await ice.stop();
});

test('an RTP port takes packets of the described address only', async () => {
  await using transport = await UdpTransport.open(host, hostClock);
  const taken: RtpPacket[] = [];
  transport.onRtp = (packet) => taken.push(packet);
  await inject(transport.rtpPort, [RTP, CLIENT_HELLO]);
  await expect.poll(() => transport.refused).toBe(2);
  expect(taken).toEqual([]);
});
