import type { Random } from '@plugfest/model';
import { type IceCredentials, withIce } from './ice-part.ts';
import type { FederatedProfile, PayloadRow, SdesRow } from './profile.ts';

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
  /** 1 where absent. */
  readonly sessionVersion?: number;
}

/** The session description that a profile's client offers, in its own attributes and order. */
export function formatOffer(profile: FederatedProfile, options: OfferOptions): string {
  const { address, sessionId, sessionVersion = 1 } = options;
  return lines([
    'v=0',
    `o=- ${sessionId} ${sessionVersion} IN IP4 ${address}`,
    's=session',
    `c=IN IP4 ${address}`,
    `b=CT:${profile.sessionBandwidthKbps}`,
    't=0 0',
    ...profile.sessionAttributes.map((attribute) => `a=${attribute}`),
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
    ...profile.keys.map((row, at) => keyLine(row, at + 1, media.sdesKey)),
    ...rows.flatMap(({ payloadType, rtpmap, fmtp }) => [
      `a=rtpmap:${payloadType} ${rtpmap}`,
      ...(fmtp === undefined ? [] : [`a=fmtp:${payloadType} ${fmtp}`]),
    ]),
    'a=encryption:required',
    'a=sendrecv',
  ];
}

/** @see RFC 4568 §9.1, MS-SRTP §2.2.2 */
function keyLine(row: SdesRow, tag: number, key: string): string {
  const [name, client, identifier] = {
    cryptoscale: ['cryptoscale', 'client ', '|1:1'],
    mki: ['crypto', '', '|1:1'],
    plain: ['crypto', '', ''],
  }[row];
  return `a=${name}:${tag} ${client}AES_CM_128_HMAC_SHA1_80 inline:${key}|2^31${identifier}`;
}

/** A body with its content type. */
export interface OfferBody {
  readonly contentType: string;
  readonly body: string;
}

/** What a client says beside the media of its offer. */
export interface OfferWrapping {
  readonly random: Random;
  /** Of each m-line; without candidates where empty. */
  readonly credentials: readonly IceCredentials[];
}

/** Lync says its offer twice: for clients of 2007 first, with ICE as draft 6 has it, then as it means it. The media are the same. */
export function formatOfferBody(
  profile: FederatedProfile,
  sdp: string,
  { random, credentials }: OfferWrapping,
): OfferBody {
  if (profile.body === 'plain') return { contentType: 'application/sdp', body: sdp };
  const boundary = `----=_NextPart_${random.token(8)}.${random.token(8)}`
    .toUpperCase()
    .replace('_NEXTPART_', '_NextPart_');
  const part = (disposition: string, content: string): string =>
    [
      `--${boundary}`,
      'Content-Type: application/sdp',
      'Content-Transfer-Encoding: 7bit',
      `Content-ID: <${random.token(16)}@plugfest.example>`,
      `Content-Disposition: session; handling=optional${disposition}`,
      '',
      content,
    ].join('\r\n');
  const [older, newer] = [withIce(sdp, 'draft-6', credentials), withIce(sdp, 'v19', credentials)];
  return {
    contentType: `multipart/alternative;boundary="${boundary}"`,
    body: `${part('; ms-proxy-2007fallback', older)}\r\n${part('', newer)}\r\n--${boundary}--\r\n`,
  };
}

function lines(rows: readonly string[]): string {
  return `${rows.join('\r\n')}\r\n`;
}
