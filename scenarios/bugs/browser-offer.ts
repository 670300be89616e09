import type { MediaSection, Probe } from '@plugfest/probe';

export interface BrowserOfferOptions {
  readonly ufrag?: string;
  readonly password?: string;
  readonly setup?: string;
  /** Further lines of each section. */
  readonly more?: readonly string[];
}

/** SHA-256 of no certificate at all: what is offered is answered, nothing is ever connected. */
const FINGERPRINT = Array.from({ length: 32 }, (_, at) => (at * 5 + 16).toString(16).toUpperCase()).join(':');

/** Sound and pictures as a browser offers them: ICE, DTLS-SRTP, both on ports of their own. */
export function browserOffer(
  probe: Probe,
  { ufrag = 'aB3d', password = 'abcdefghijklmnopqrstuv12', setup = 'actpass', more = [] }: BrowserOfferOptions = {},
): MediaSection[] {
  const transport = (line: number): string[] => [
    ...[`a=ice-ufrag:${ufrag}`, `a=ice-pwd:${password}`, `a=fingerprint:sha-256 ${FINGERPRINT}`, `a=setup:${setup}`],
    ...[`a=mid:${line}`, 'a=rtcp-mux', 'a=sendrecv'],
    `a=candidate:1 1 UDP 2130706431 127.0.0.1 ${probe.ports[line]} typ host`,
    ...more,
  ];
  return [
    ['audio UDP/TLS/RTP/SAVPF 111', 'a=rtpmap:111 opus/48000/2', ...transport(0)],
    [
      ...(['video UDP/TLS/RTP/SAVPF 97', 'a=rtpmap:97 H264/90000'] as const),
      ...['a=fmtp:97 packetization-mode=1;profile-level-id=42e01f;level-asymmetry-allowed=1', 'a=rtcp-fb:97 nack pli'],
      ...transport(1),
    ],
  ];
}
