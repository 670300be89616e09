import type { RoomCodec, RoomProfile } from './room-profile.ts';

export interface RoomOfferOptions {
  readonly address: string;
  readonly sessionId: number;
  readonly audioPort: number;
  readonly videoPort: number;
}

/** The session description of a room, in the product's own attributes and order. */
export function formatRoomOffer(
  profile: RoomProfile,
  { address, sessionId, audioPort, videoPort }: RoomOfferOptions,
): string {
  const lines = [
    'v=0',
    `o=${profile.originUser} ${sessionId} 1 IN IP4 ${address}`,
    's=-',
    `c=IN IP4 ${address}`,
    `b=AS:${profile.bandwidthKbps}`,
    't=0 0',
    ...section('audio', audioPort, profile.audio, profile.audioAttributes, 64_000),
    ...section('video', videoPort, profile.video, profile.videoAttributes, profile.bandwidthKbps * 1000),
    ...profile.moreMedia.flat(),
  ];
  return `${lines.join('\r\n')}\r\n`;
}

function section(
  kind: string,
  port: number,
  codecs: readonly RoomCodec[],
  attributes: readonly string[],
  bitrateBps: number,
): string[] {
  return [
    `m=${kind} ${port} RTP/AVP ${codecs.map(({ payloadType }) => payloadType).join(' ')}`,
    `b=TIAS:${bitrateBps}`,
    ...codecs.flatMap(({ payloadType, rtpmap, fmtp }) => [
      `a=rtpmap:${payloadType} ${rtpmap}`,
      ...(fmtp === undefined ? [] : [`a=fmtp:${payloadType} ${fmtp}`]),
    ]),
    ...attributes.map((attribute) => `a=${attribute}`),
    'a=sendrecv',
  ];
}
