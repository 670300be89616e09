import type { RoomProfile, RoomSection } from './room-profile.ts';

export interface RoomOfferOptions {
  readonly address: string;
  readonly sessionId: number;
  /** A port for each section of the profile; RTCP is at the next. */
  readonly ports: readonly number[];
  /** A key for each section that is `RTP/SAVP`: key and salt in base64. @see RFC 4568 §6.1 */
  readonly keys?: readonly string[];
  /** Encoders of the ffmpeg at hand. */
  readonly encoders: ReadonlySet<string>;
}

/** The session description of a room, in the product's own attributes and order. */
export function formatRoomOffer(profile: RoomProfile, options: RoomOfferOptions): string {
  const { address, sessionId, ports, keys, encoders } = options;
  const lines = [
    'v=0',
    `o=${profile.originUser} ${sessionId} 1 IN IP4 ${address}`,
    's=-',
    `c=IN IP4 ${address}`,
    `b=AS:${profile.bandwidthKbps}`,
    't=0 0',
    ...profile.sections.flatMap((section, index) =>
      formatSection(section, ports[index] ?? 0, encoders, keyLines(profile, section, keys?.[index])),
    ),
  ];
  return `${lines.join('\r\n')}\r\n`;
}

function formatSection(
  section: RoomSection,
  port: number,
  encoders: ReadonlySet<string>,
  keys: readonly string[],
): string[] {
  const { kind, protocol, bitrateBps, attributes } = section;
  const codecs = section.codecs.filter(({ needsEncoder }) => needsEncoder === undefined || encoders.has(needsEncoder));
  const formats = codecs.length === 0 ? ['*'] : codecs.map(({ payloadType }) => payloadType);
  return [
    `m=${kind} ${port} ${protocol} ${formats.join(' ')}`,
    ...(bitrateBps === undefined ? [] : [`b=TIAS:${bitrateBps}`]),
    ...codecs.flatMap(({ payloadType, rtpmap, fmtp }) => [
      `a=rtpmap:${payloadType} ${rtpmap}`,
      ...(fmtp === undefined ? [] : [`a=fmtp:${payloadType} ${fmtp}`]),
    ]),
    ...attributes.map((attribute) => `a=${attribute}`),
    ...keys,
    ...(protocol.startsWith('RTP/') ? ['a=sendrecv'] : []),
  ];
}

/** With media in the clear a room offers its key twice, the second time for who leaves reports unencrypted. @see RFC 4568 §6.3 */
function keyLines(profile: RoomProfile, { protocol, kind }: RoomSection, key: string | undefined): string[] {
  if (key === undefined) return [];
  if (protocol === 'RTP/SAVP') return [`a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${key}|2^31`];
  if (!profile.bestEffortKeys || protocol !== 'RTP/AVP' || kind === 'application') return [];
  const suite = `AES_CM_128_HMAC_SHA1_80 inline:${key}|2^48`;
  return [`a=crypto:1 ${suite}`, `a=crypto:2 ${suite} UNENCRYPTED_SRTCP`];
}
