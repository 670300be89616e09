import { CISCO_ROOMS } from './cisco-rooms.ts';
import { POLYCOM, POLYCOM_HDX } from './polycom-room.ts';
import { G722, OPUS, PCMA, PCMU, TELEPHONE_EVENT } from './room-codecs.ts';

/** A codec as a room describes it. */
export interface RoomCodec {
  readonly payloadType: number;
  readonly rtpmap: string;
  readonly fmtp?: string;
  /** Left out of the offer where the ffmpeg at hand has no such encoder. */
  readonly needsEncoder?: string;
}

/** One m-line of a room's offer. */
export interface RoomSection {
  readonly kind: 'audio' | 'video' | 'application';
  readonly protocol: 'RTP/AVP' | 'RTP/SAVP' | 'UDP/BFCP' | 'UDP/UDT/IX';
  /** Of those without RTP none: its format is `*`. */
  readonly codecs: readonly RoomCodec[];
  readonly bitrateBps?: number;
  /** After the codecs, without `a=`. */
  readonly attributes: readonly string[];
}

/** How a room looks on the wire. A Cisco room's facts are from published traces; [M] marks a modelling choice. */
export interface RoomProfile {
  /** UDP where absent. */
  readonly transport?: 'tcp' | 'tls';
  readonly userAgent: (version: string) => string;
  readonly originUser: string;
  /** On all requests and answers. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** On INVITE and what answers one. */
  readonly inviteHeaders: readonly (readonly [name: string, value: string])[];
  readonly contactParameters: string;
  readonly bandwidthKbps: number;
  /** What it sends [M]: a picture of 640×360 looks good at that. */
  readonly videoBitrateBps: number;
  /** Keys are offered with media in the clear: who can takes them, who cannot passes them over. */
  readonly bestEffortKeys?: boolean;
  /** Sound and main picture come first; further ones are offered, and left unused where they are taken. */
  readonly sections: readonly [audio: RoomSection, video: RoomSection, ...more: RoomSection[]];
}

const GENERIC_AUDIO: Omit<RoomSection, 'codecs'> = { kind: 'audio', protocol: 'RTP/AVP', attributes: [] };

const GENERIC_VIDEO: RoomSection = {
  kind: 'video',
  protocol: 'RTP/AVP',
  codecs: [
    { payloadType: 97, rtpmap: 'H264/90000', fmtp: 'profile-level-id=42e01f;packetization-mode=1' },
    { payloadType: 98, rtpmap: 'H264/90000', fmtp: 'profile-level-id=42e01f;packetization-mode=0' },
  ],
  attributes: ['rtcp-fb:* nack pli', 'rtcp-fb:* ccm fir'],
};

const GENERIC: Omit<RoomProfile, 'sections'> = {
  userAgent: () => 'Plugfest-Room',
  originUser: '-',
  headers: [
    ['Allow', 'INVITE,ACK,CANCEL,BYE,INFO,OPTIONS,UPDATE'],
    ['Supported', 'timer'],
  ],
  inviteHeaders: [],
  contactParameters: '',
  bandwidthKbps: 2000,
  videoBitrateBps: 1_000_000,
};

export const ROOM_PROFILES: Record<string, RoomProfile> = {
  ...CISCO_ROOMS,
  polycom: POLYCOM,
  'polycom-hdx': POLYCOM_HDX,
  'generic-sip-room': {
    ...GENERIC,
    sections: [{ ...GENERIC_AUDIO, codecs: [G722, PCMU, PCMA, TELEPHONE_EVENT] }, GENERIC_VIDEO],
  },
  'tcp-sip-room': {
    ...GENERIC,
    transport: 'tcp',
    sections: [{ ...GENERIC_AUDIO, codecs: [G722, PCMU, PCMA, TELEPHONE_EVENT] }, GENERIC_VIDEO],
  },
  'tls-sip-room': {
    ...GENERIC,
    transport: 'tls',
    sections: [{ ...GENERIC_AUDIO, codecs: [G722, PCMU, PCMA, TELEPHONE_EVENT] }, GENERIC_VIDEO],
  },
  'opus-sip-room': {
    ...GENERIC,
    sections: [{ ...GENERIC_AUDIO, codecs: [OPUS, G722, PCMU, TELEPHONE_EVENT] }, GENERIC_VIDEO],
  },
};
