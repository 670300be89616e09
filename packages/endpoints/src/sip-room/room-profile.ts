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
  readonly protocol: 'RTP/AVP' | 'RTP/SAVP' | 'UDP/BFCP';
  /** Of `UDP/BFCP` none: its format is `*`. */
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
  /** Sound and main picture come first; further ones are offered, and left unused where they are taken. */
  readonly sections: readonly [audio: RoomSection, video: RoomSection, ...more: RoomSection[]];
}

const OPUS: RoomCodec = { payloadType: 114, rtpmap: 'opus/48000/2', needsEncoder: 'libopus' };
const G722: RoomCodec = { payloadType: 9, rtpmap: 'G722/8000' };
const PCMU: RoomCodec = { payloadType: 0, rtpmap: 'PCMU/8000' };
const PCMA: RoomCodec = { payloadType: 8, rtpmap: 'PCMA/8000' };
const TELEPHONE_EVENT: RoomCodec = { payloadType: 101, rtpmap: 'telephone-event/8000', fmtp: '0-15' };

const CISCO_H264 =
  'profile-level-id=428016;max-br=5000;max-mbps=490000;max-fs=8160;max-dpb=16320;max-smbps=490000;max-fps=6000';

/** Rooms of that time list H.264 twice: without fragments for old ones, with them for the others. */
const ciscoVideo = (mode0: number, mode1: number): RoomCodec[] => [
  { payloadType: mode0, rtpmap: 'H264/90000', fmtp: `${CISCO_H264};packetization-mode=0` },
  { payloadType: mode1, rtpmap: 'H264/90000', fmtp: `${CISCO_H264};packetization-mode=1` },
];

const CISCO_FEEDBACK = ['rtcp-fb:* nack pli', 'rtcp-fb:* ccm fir', 'rtcp-fb:* ccm tmmbr'];

const CISCO_AUDIO: RoomSection = {
  kind: 'audio',
  protocol: 'RTP/AVP',
  codecs: [
    { payloadType: 107, rtpmap: 'MP4A-LATM/90000', fmtp: 'profile-level-id=25;object=23;bitrate=128000' },
    { payloadType: 112, rtpmap: 'G7221/16000', fmtp: 'bitrate=32000' },
    { payloadType: 113, rtpmap: 'G7221/16000', fmtp: 'bitrate=24000' },
    G722,
    PCMA,
    PCMU,
    { payloadType: 18, rtpmap: 'G729/8000', fmtp: 'annexb=yes' },
    TELEPHONE_EVENT,
  ],
  bitrateBps: 128_000,
  attributes: [],
};

const CISCO_MAIN: RoomSection = {
  kind: 'video',
  protocol: 'RTP/AVP',
  codecs: [
    ...ciscoVideo(97, 126),
    { payloadType: 96, rtpmap: 'H263-1998/90000', fmtp: 'custom=1280,768,3;cif4=1;cif=1;qcif=1;maxbr=20000' },
    { payloadType: 34, rtpmap: 'H263/90000', fmtp: 'cif4=1;cif=1;qcif=1;maxbr=20000' },
  ],
  bitrateBps: 6_000_000,
  attributes: [...CISCO_FEEDBACK, 'rtcp-fb:* ccm pan', 'content:main', 'label:11', 'answer:full'],
};

const CISCO_SLIDES: RoomSection = {
  kind: 'video',
  protocol: 'RTP/AVP',
  codecs: ciscoVideo(97, 126).map((codec) => ({
    ...codec,
    fmtp: codec.fmtp?.replace('max-fs=8160', 'max-fs=32400'),
  })),
  bitrateBps: 6_000_000,
  attributes: [...CISCO_FEEDBACK, 'content:slides', 'label:12'],
};

const CISCO_FLOOR: RoomSection = {
  kind: 'application',
  protocol: 'UDP/BFCP',
  codecs: [],
  attributes: [
    'setup:actpass',
    'confid:1',
    'userid:18',
    'bfcpver:2 1',
    'floorid:2 mstrm:12',
    'floorctrl:c-s',
    'connection:new',
  ],
};

const FAR_END_CAMERA: RoomSection = {
  kind: 'application',
  protocol: 'RTP/AVP',
  codecs: [{ payloadType: 100, rtpmap: 'H224/4800' }],
  attributes: [],
};

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
  'cisco-telepresence': {
    userAgent: (version) => `TANDBERG/529 (${version})`,
    originUser: 'tandberg',
    headers: [
      ['Allow', 'INVITE,ACK,CANCEL,BYE,UPDATE,INFO,OPTIONS,REFER,NOTIFY'],
      [
        'Supported',
        // The product also says 100rel: SIPp's call flow does not acknowledge provisional responses [M].
        'replaces,timer,gruu,path,outbound,X-cisco-serviceuri,X-cisco-callinfo,X-cisco-service-control,X-cisco-sis-7.1.1,norefersub,extended-refer,sdp-anat',
      ],
    ],
    inviteHeaders: [
      ['Session-Expires', '1800'],
      ['Min-SE', '90'],
      ['Recv-Info', 'x-cisco-conference'],
    ],
    contactParameters: ';sip.cisco.multistream;x-cisco-multiple-screen=2',
    bandwidthKbps: 6000,
    videoBitrateBps: 1_000_000,
    sections: [CISCO_AUDIO, CISCO_MAIN, CISCO_SLIDES, CISCO_FLOOR, FAR_END_CAMERA],
  },
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
