import { createRequest, createResponse } from '@plugfest/sip';
import { expect, it } from 'vitest';
import { legClassOf, sourceNetworkOf } from './leg-class.ts';

const SOUND = 'v=0\r\nm=audio 4000 RTP/AVP 0\r\n';
const PICTURES = `${SOUND}m=video 4002 RTP/AVP 97\r\n`;

function invite(headers: Readonly<Record<string, string>>, sdp = PICTURES, from = '<sip:a@b.example>;tag=1') {
  return createRequest({
    ...{ method: 'INVITE', uri: 'sip:room@c.example', from, to: '<sip:room@c.example>', callId: 'x', sequence: 1 },
    headers: Object.entries(headers).map(([name, value]) => ({ name, value })),
    body: { contentType: 'application/sdp', body: Buffer.from(sdp) },
  });
}

const trust = (network: string) => ({
  'ms-edge-proxy-message-trust': `ms-source-type=AuthorizedServer;ms-ep-fqdn=sip.corp.example;ms-source-verified-user=verified;ms-source-network=${network}`,
});
const LYNC = { 'User-Agent': 'UCCAPI/15.0.4569.1503 OC/15.0.4569.1503 (Microsoft Lync)' };

it.each([
  ['skype-gw', invite({ ...trust('publiccloud'), 'User-Agent': 'x' })],
  ['skype-gw', invite({ 'User-Agent': 'SkypeLyncGateway/2.0 Skype/7.0.0.102 (Windows desktop)' })],
  ['mssip-peer', invite({ ...trust('federation'), ...LYNC })],
  ['mssip-avmcu', invite(LYNC, PICTURES, '<sip:org@corp.example;gruu;opaque=app:conf:audio-video:id:ABC>;tag=1')],
  ['cisco-room', invite({ 'User-Agent': 'TANDBERG/529 (TC7.3.0.1234) Cisco-MX700ST' })],
  ['webrtc', invite({}, 'v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n')],
  ['audio-only', invite({}, SOUND)],
  ['audio-only', invite({}, `${SOUND}m=video 0 RTP/AVP 97\r\n`)],
  ['sip', invite({})],
  ['sip', invite({}, '')],
] as const)('%s', (legClass, request) => {
  expect(legClassOf(request)).toBe(legClass);
});

it('knows who answers by the Server header', () => {
  const headers = [{ name: 'Server', value: 'TANDBERG/529 (TC7.3.0.1234)' }];
  expect(legClassOf(createResponse(invite({}), { statusCode: 200, headers }))).toBe('cisco-room');
});

it('reads the source network, and nothing where no edge speaks', () => {
  expect(sourceNetworkOf(invite(trust('federation')))).toBe('federation');
  expect(sourceNetworkOf(invite({}))).toBe('unknown');
});
