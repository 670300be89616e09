import { growth } from '@plugfest/model/cost-fixture';
import { expect, test } from 'vitest';
import { type RelayAddresses, rewriteDescription } from './sdp-rewrite.ts';

const relay = (port: number, address = '127.0.0.1'): RelayAddresses => ({
  rtp: { address, port },
  rtcp: { address, port: port + 1 },
});
const RELAYS = [relay(20_000), relay(20_010)];
const sdp = (...lines: string[]): string => [...lines, ''].join('\r\n');
const SESSION = ['v=0', 'o=- 1 1 IN IP4 127.0.0.9', 's=-', 'c=IN IP4 127.0.0.5', 't=0 0'];

test('plain RTP: the session address and the ports, nothing else', () => {
  const { sdp: rewritten, sections } = rewriteDescription(
    sdp(
      ...SESSION,
      'm=audio 5000 RTP/AVP 0 96',
      'a=rtpmap:96 opus/48000/2',
      'a=x-odd:  kept  ',
      'm=video 5002/2 RTP/AVP 97',
      'a=rtcp:7777',
    ),
    RELAYS,
  );
  expect(rewritten).toBe(
    sdp(
      'v=0',
      'o=- 1 1 IN IP4 127.0.0.9',
      's=-',
      'c=IN IP4 127.0.0.1',
      't=0 0',
      'm=audio 20000 RTP/AVP 0 96',
      'a=rtpmap:96 opus/48000/2',
      'a=x-odd:  kept  ',
      'm=video 20010/2 RTP/AVP 97',
      'a=rtcp:20011',
    ),
  );
  expect(sections).toMatchObject([
    { relay: 0, rtp: { address: '127.0.0.5', port: 5000 }, rtcp: { address: '127.0.0.5', port: 5001 }, ice: false },
    { relay: 1, rtp: { address: '127.0.0.5', port: 5002 }, rtcp: { address: '127.0.0.5', port: 7777 } },
  ]);
  expect(sections[0]?.clockRatesHz).toEqual(
    new Map([
      [0, 8000],
      [96, 48_000],
    ]),
  );
});

test('line ends and a missing last one stay', () => {
  const text = 'v=0\nc=IN IP4 127.0.0.1\nm=audio 5000 RTP/AVP 0\na=sendrecv';
  expect(rewriteDescription(text, RELAYS).sdp).toBe(text.replace('5000', '20000'));
});

test('refused m-lines and those over TCP are left alone, with their address', () => {
  const tcp = ['m=application 6000 TCP/BFCP *', 'a=floorctrl:c-s'];
  const { sdp: rewritten, sections } = rewriteDescription(sdp(...SESSION, 'm=audio 0 RTP/AVP 0', ...tcp), RELAYS);
  expect(rewritten).toContain('m=audio 0 RTP/AVP 0\r\n');
  expect(rewritten).toContain('m=application 6000 TCP/BFCP *\r\nc=IN IP4 127.0.0.5\r\na=floorctrl:c-s\r\n');
  expect(sections.map((section) => section.relay)).toEqual([undefined, undefined]);
});

test('an m-line more than there are relays is refused', () => {
  const three = [5000, 5002, 5004].map((port) => `m=audio ${port} RTP/AVP 0`);
  expect(rewriteDescription(sdp(...SESSION, ...three), RELAYS).sdp).toContain('m=audio 0 RTP/AVP 0\r\n');
});

test.each(['c=IN IP4 192.0.2.1', 'c=IN IP6 ::1', 'c=IN IP4 224.2.1.1/127', 'c=IN IP4 host.example'])(
  'nothing is sent to %s: the line is refused',
  (connection) => {
    const lines = ['v=0', 'o=- 1 1 IN IP4 127.0.0.9', 's=-', 't=0 0', 'm=audio 5000 RTP/AVP 0', connection];
    const { sdp: rewritten, sections } = rewriteDescription(sdp(...lines), RELAYS);
    expect(rewritten).toContain('m=audio 0 RTP/AVP 0');
    expect(sections[0]).toMatchObject({ relay: undefined, rtp: undefined });
  },
);

test('hold by an address of zeros stays a hold', () => {
  const { sdp: rewritten, sections } = rewriteDescription(
    sdp(...SESSION, 'm=audio 5000 RTP/AVP 0', 'c=IN IP4 0.0.0.0'),
    RELAYS,
  );
  expect(rewritten).toContain('m=audio 20000 RTP/AVP 0\r\nc=IN IP4 0.0.0.0\r\n');
  expect(sections[0]).toMatchObject({ relay: 0, rtp: undefined });
});

test('IPv6', () => {
  const lines = ['v=0', 's=-', 'c=IN IP6 ::1', 't=0 0', 'm=audio 5000 RTP/AVP 0', 'a=rtcp:5001 IN IP6 ::1'];
  const { sdp: rewritten } = rewriteDescription(sdp(...lines), [relay(20_000, '::1')]);
  expect(rewritten).toBe(
    sdp('v=0', 's=-', 'c=IN IP6 ::1', 't=0 0', 'm=audio 20000 RTP/AVP 0', 'a=rtcp:20001 IN IP6 ::1'),
  );
});

const ICE = [
  'a=ice-ufrag:abcd',
  'a=ice-pwd:0123456789012345678901',
  'a=candidate:1 1 udp 2122260223 127.0.0.1 50000 typ host generation 0 network-id 1',
  'a=candidate:1 2 UDP 2122260222 127.0.0.1 50001 typ host generation 0',
  'a=candidate:2 1 udp 2122194687 4f1a3a0e-1111-2222-3333-444455556666.local 50002 typ host',
  'a=candidate:3 1 udp 1686052607 198.51.100.7 50000 typ srflx raddr 127.0.0.1 rport 50000',
  'a=candidate:4 1 tcp 1518280447 127.0.0.1 9 typ host tcptype active',
  'a=candidate:5 1 udp 2122262783 ::1 50003 typ host',
  'a=candidate:6 1 udp 2122260224 192.0.2.55 50004 typ host',
  'a=end-of-candidates',
];

test('ICE: one host candidate a component, on the relay; what cannot be relayed is out', () => {
  const { sdp: rewritten, sections } = rewriteDescription(
    sdp(
      'v=0',
      's=-',
      't=0 0',
      'm=audio 50000 UDP/TLS/RTP/SAVPF 111',
      'c=IN IP4 198.51.100.7',
      'a=rtcp:50001 IN IP4 198.51.100.7',
      ...ICE,
    ),
    RELAYS,
  );
  expect(rewritten).toBe(
    sdp(
      'v=0',
      's=-',
      't=0 0',
      'm=audio 20000 UDP/TLS/RTP/SAVPF 111',
      'c=IN IP4 127.0.0.1',
      'a=rtcp:20001 IN IP4 127.0.0.1',
      'a=ice-ufrag:abcd',
      'a=ice-pwd:0123456789012345678901',
      'a=candidate:1 1 udp 2122260223 127.0.0.1 20000 typ host generation 0 network-id 1',
      'a=candidate:1 2 UDP 2122260222 127.0.0.1 20001 typ host generation 0',
      'a=end-of-candidates',
    ),
  );
  expect(sections[0]).toMatchObject({ ice: true, rtp: { port: 50_000 }, rtcp: { port: 50_001 } });
});

test('BUNDLE: m-lines of one transport share one relay, placeholders stay', () => {
  const bundled = (port: number): string[] => [
    `m=video ${port} UDP/TLS/RTP/SAVPF 96`,
    'c=IN IP4 127.0.0.1',
    'a=rtcp-mux',
    ...ICE.slice(0, 3),
  ];
  const { sdp: same, sections } = rewriteDescription(
    sdp('v=0', 's=-', 't=0 0', ...bundled(50_000), ...bundled(50_000)),
    RELAYS,
  );
  expect(same.match(/^m=video 20000 /gm)).toHaveLength(2);
  expect(sections.map((section) => section.relay)).toEqual([0, 0]);
  const placeholder = [
    'm=video 9 UDP/TLS/RTP/SAVPF 96',
    'c=IN IP4 0.0.0.0',
    'a=rtcp:9 IN IP4 0.0.0.0',
    'a=ice-ufrag:abcd',
  ];
  const { sdp: answer } = rewriteDescription(sdp('v=0', 's=-', 't=0 0', ...bundled(50_000), ...placeholder), RELAYS);
  expect(answer.endsWith(sdp(...placeholder))).toBe(true);
});

test('what a peer writes never throws', () => {
  const odd = [
    '',
    'm=',
    'm=audio',
    'm=audio x RTP/AVP 0',
    'm=audio 99999999999 RTP/AVP 0',
    'c=IN IP4',
    'a=candidate:',
    'a=rtcp:',
    '\0\xff',
    'm=audio 5 RTP/AVP',
  ];
  for (const first of odd) {
    for (const second of odd) {
      const text = `v=0\r\nc=IN IP4 127.0.0.1\r\n${first}\r\n${second}\r\na=candidate:1 1 udp 1 127.0.0.1 0 typ host\r\n`;
      expect(rewriteDescription(text, RELAYS).sections.length).toBeLessThanOrEqual(2);
    }
  }
});

test('takes time in proportion to the number of attributes', () => {
  const rewriting = (lines: number): (() => void) => {
    const candidates = new Array<string>(lines).fill('a=candidate:1 1 udp 1 x');
    const text = sdp(...SESSION, 'm=audio 5000 RTP/AVP 0', ...candidates);
    return () => rewriteDescription(text, RELAYS);
  };
  expect(growth(rewriting, 20_000)).toBeLessThan(2.5);
});
