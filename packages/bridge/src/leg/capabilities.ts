import {
  type Capabilities,
  CODECS,
  describedDirection,
  FULL_CAPABILITIES,
  type SessionDescription,
} from '@plugfest/sdp';

/** With which WebRTC peers there may be feedback about when each packet came: with those who send nothing, or with all. */
export const TRANSPORT_CC = ['none', 'viewers', 'all'] as const;
export type TransportCc = (typeof TRANSPORT_CC)[number];

/** All, and losses of Opus are restored by what packets after them tell. @see RFC 7587 §6.1 */
const CODECS_HERE = FULL_CAPABILITIES.codecs.map((codec) =>
  codec === CODECS.opus ? { ...codec, fmtp: { ...codec.fmtp, useinbandfec: '1' } } : codec,
);

/** What we can do with who offers this, or with whom we make an offer: who may then send. */
export function capabilitiesFor(option: TransportCc, offer?: SessionDescription): Capabilities {
  const isViewer = offer?.media.every((line) => ['recvonly', 'inactive'].includes(describedDirection(line, offer)));
  const transportCc = option === 'all' || (option === 'viewers' && isViewer === true);
  return { ...FULL_CAPABILITIES, codecs: CODECS_HERE, transportCc };
}
