import type { Random } from '@plugfest/model';
import type { FederatedProfile, PayloadRow } from './profile.ts';

/** Where one m-line is received, and how. */
export interface OfferedMedia {
  readonly rtpPort: number;
  readonly rtcpPort: number;
  readonly ssrc: number;
  /** Base64 of 30 bytes: master key and salt (RFC 4568 §6.1). */
  readonly sdesKey: string;
}

export interface OfferOptions {
  readonly address: string;
  readonly audio: OfferedMedia;
  readonly video: OfferedMedia;
  /** `o=`'s session identifier. */
  readonly sessionId: number;
}

/** The session description that a profile's client offers, in its own attributes and order. */
export function formatOffer(profile: FederatedProfile, options: OfferOptions): string {
  const { address, sessionId } = options;
  return lines([
    'v=0',
    `o=- ${sessionId} 1 IN IP4 ${address}`,
    's=session',
    `c=IN IP4 ${address}`,
    `b=CT:${profile.sessionBandwidthKbps}`,
    't=0 0',
    'a=x-devicecaps:audio:send,recv;video:send,recv',
    ...section(profile, 'audio', profile.audio, profile.audioAttributes, 1, options.audio),
    ...section(profile, 'video', profile.video, profile.videoAttributes, profile.videoSsrcs, options.video),
  ]);
}

function section(
  profile: FederatedProfile,
  kind: 'audio' | 'video',
  rows: readonly PayloadRow[],
  attributes: readonly string[],
  ssrcs: number,
  media: OfferedMedia,
): string[] {
  const ssrcRange = `a=x-ssrc-range:${media.ssrc}-${media.ssrc + ssrcs - 1}`;
  return [
    `m=${kind} ${media.rtpPort} RTP/SAVP ${rows.map(({ payloadType }) => payloadType).join(' ')}`,
    ssrcRange,
    `a=rtcp:${profile.rtcpMux ? media.rtpPort : media.rtcpPort}`,
    ...(profile.rtcpMux ? ['a=rtcp-mux'] : []),
    ...attributes.map((attribute) => `a=${attribute}`),
    `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${media.sdesKey}|2^31`,
    ...rows.flatMap(({ payloadType, rtpmap, fmtp }) => [
      `a=rtpmap:${payloadType} ${rtpmap}`,
      ...(fmtp === undefined ? [] : [`a=fmtp:${payloadType} ${fmtp}`]),
    ]),
    'a=encryption:required',
    'a=sendrecv',
  ];
}

/** A body with its content type. */
export interface OfferBody {
  readonly contentType: string;
  readonly body: string;
}

/** Lync wraps its offer twice: a fallback part for old clients first, the one that it means second (both are the same media here). */
export function formatOfferBody(profile: FederatedProfile, sdp: string, random: Random): OfferBody {
  if (profile.body === 'plain') return { contentType: 'application/sdp', body: sdp };
  const boundary = `----=_NextPart_${random.token(8)}.${random.token(8)}`
    .toUpperCase()
    .replace('_NEXTPART_', '_NextPart_');
  const part = (disposition: string): string =>
    [
      `--${boundary}`,
      'Content-Type: application/sdp',
      'Content-Transfer-Encoding: 7bit',
      `Content-ID: <${random.token(16)}@plugfest.example>`,
      `Content-Disposition: session; handling=optional${disposition}`,
      '',
      sdp,
    ].join('\r\n');
  return {
    contentType: `multipart/alternative;boundary="${boundary}"`,
    body: `${part('; ms-proxy-2007fallback')}\r\n${part('')}\r\n--${boundary}--\r\n`,
  };
}

function lines(rows: readonly string[]): string {
  return `${rows.join('\r\n')}\r\n`;
}
