import { request as httpRequest } from 'node:http';

/** For tests: what a browser offers, cut down; nobody answers its candidate. */
export const OFFER_LINES = {
  session: [
    'v=0',
    'o=- 4611731400430051336 2 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'a=group:BUNDLE 0 1',
    'a=extmap-allow-mixed',
    'a=msid-semantic: WMS',
  ],
  security: [
    'a=rtcp-mux',
    'a=ice-ufrag:EsAw',
    'a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1',
    'a=ice-options:trickle',
    `a=fingerprint:sha-256 ${Array(32).fill('AB').join(':')}`,
    'a=setup:actpass',
  ],
  audio: ['m=audio 9 UDP/TLS/RTP/SAVPF 111', 'c=IN IP4 0.0.0.0', 'a=rtpmap:111 opus/48000/2', 'a=mid:0'],
  video: [
    'm=video 9 UDP/TLS/RTP/SAVPF 96 97',
    'c=IN IP4 0.0.0.0',
    'a=rtpmap:96 VP8/90000',
    'a=rtcp-fb:96 nack pli',
    'a=rtpmap:97 rtx/90000',
    'a=fmtp:97 apt=96',
    'a=mid:1',
  ],
} as const;

export type Direction = 'sendonly' | 'sendrecv' | 'recvonly' | 'inactive';

export function browserOffer(direction: Direction): string {
  const { session, security, audio, video } = OFFER_LINES;
  const way = [...security, `a=${direction}`];
  return `${[...session, ...audio, ...way, ...video, ...way].join('\r\n')}\r\n`;
}

/** What a client says of candidates that it found. */
export function fragment(ufrag = 'EsAw', ...candidates: readonly string[]): string {
  const lines = [
    `a=ice-ufrag:${ufrag}`,
    'a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1',
    'm=audio 9 UDP/TLS/RTP/SAVPF 0',
    'a=mid:0',
  ];
  return `${[...lines, ...candidates.map((candidate) => `a=candidate:${candidate}`)].join('\r\n')}\r\n`;
}

/** A POST of which one byte comes, and then no more for as long as nobody ends it; the status that it is answered with. */
export function slowPost(url: string): Promise<number | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  const headers = { 'content-type': 'application/sdp', 'content-length': '500' };
  const request = httpRequest(url, { method: 'POST', headers }, ({ statusCode }) => {
    resolve(statusCode);
    request.destroy();
  });
  request.once('error', reject);
  request.write('v');
  return promise;
}
