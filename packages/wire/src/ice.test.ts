import { hostClock } from '@plugfest/host';
import { seededRandom } from '@plugfest/model';
import { expect, test } from 'vitest';
import { RTCPeerConnection, RTCSessionDescription } from 'werift';
import { MediaWire } from './media-wire.ts';

// An independent implementation of ICE, DTLS and SCTP at both ends: the wire must be in the way of every packet, and of no handshake.
test.each(['max-bundle', 'disable'] as const)('ICE and DTLS pass end to end (%s)', async (bundlePolicy) => {
  await using wire = await MediaWire.open({
    participant: 'browser',
    clock: hostClock,
    random: seededRandom(1),
    mLines: 2,
  });
  const options = { bundlePolicy, iceServers: [], iceUseIpv6: false, iceAdditionalHostAddresses: ['127.0.0.1'] };
  const [near, far] = [new RTCPeerConnection(options), new RTCPeerConnection(options)];
  near.addTransceiver('audio', { direction: 'sendrecv' });
  const channel = near.createDataChannel('hello');
  const heard = new Promise((resolve) => {
    far.onDataChannel.subscribe((remote) => remote.onMessage.subscribe((message) => resolve(String(message))));
  });
  await near.setLocalDescription(await near.createOffer());
  const offer = wire.rewriteLocal(near.localDescription?.sdp ?? '');
  expect(offer.match(/^a=candidate:/gm)?.length).toBe(bundlePolicy === 'disable' ? 2 : offer.match(/^m=/gm)?.length);
  await far.setRemoteDescription(new RTCSessionDescription(offer, 'offer'));
  await far.setLocalDescription(await far.createAnswer());
  const answer = wire.rewriteRemote(far.localDescription?.sdp ?? '');
  await near.setRemoteDescription(new RTCSessionDescription(answer, 'answer'));
  channel.stateChanged.subscribe((state) => state === 'open' && channel.send('through the wire'));
  expect(await heard).toBe('through the wire');
  const { sent, received } = wire.stats();
  expect(sent.mLines[0]?.packets).toBeGreaterThan(5);
  expect(received.mLines[0]?.packets).toBeGreaterThan(5);
  await Promise.all([near.close(), far.close()]);
});
