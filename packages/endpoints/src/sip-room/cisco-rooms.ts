import { G722, OPUS, PCMA, PCMU, TELEPHONE_EVENT } from './room-codecs.ts';
import type { RoomCodec, RoomProfile, RoomSection } from './room-profile.ts';

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

export const FAR_END_CAMERA: RoomSection = {
  kind: 'application',
  protocol: 'RTP/AVP',
  codecs: [{ payloadType: 100, rtpmap: 'H224/4800' }],
  attributes: [],
};

/** What later rooms call ActiveControl. They say a fingerprint too: there is no DTLS behind it here, so none is said [M]. */
const ACTIVE_CONTROL: RoomSection = {
  kind: 'application',
  protocol: 'UDP/UDT/IX',
  codecs: [],
  attributes: ['ixmap:0 ping', 'ixmap:2 xccp', 'setup:actpass'],
};

/** Repair packets of Cisco's own, which nobody has to know. */
const REPAIR: RoomCodec = {
  payloadType: 123,
  rtpmap: 'x-ulpfecuc/8000',
  fmtp: 'multi_ssrc=1;feedback=0;max_esel=1420;m=8;max_n=42;FEC_ORDER=FEC_SRTP',
};

const TELEPRESENCE: RoomProfile = {
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
};

/** The order of the published offer: the floor comes before what it is about. */
const IN_PUBLISHED_ORDER: RoomProfile['sections'] = [
  CISCO_AUDIO,
  CISCO_MAIN,
  CISCO_FLOOR,
  CISCO_SLIDES,
  FAR_END_CAMERA,
  ACTIVE_CONTROL,
];

/** The MXP is of 2008: H.264 once, without a mode, and with a profile of five digits (DoubangoTelecom/telepresence#25). Its lists are else [M]. */
const MXP_VIDEO: RoomSection = {
  kind: 'video',
  protocol: 'RTP/AVP',
  codecs: [
    { payloadType: 97, rtpmap: 'H264/90000', fmtp: 'profile-level-id=4280D;max-mbps=108000;max-fs=3600;max-br=1520' },
    ...CISCO_MAIN.codecs.filter(({ rtpmap }) => rtpmap.startsWith('H263')),
  ],
  bitrateBps: 1_920_000,
  attributes: ['content:main', 'label:11'],
};

const MXP_AUDIO: RoomSection = {
  ...CISCO_AUDIO,
  codecs: [...CISCO_AUDIO.codecs.slice(1, 6), { payloadType: 15, rtpmap: 'G728/8000' }, TELEPHONE_EVENT],
};

export const CISCO_ROOMS = {
  'cisco-telepresence': TELEPRESENCE,
  tc7: { ...TELEPRESENCE, bestEffortKeys: true, sections: IN_PUBLISHED_ORDER },
  ce9: {
    ...TELEPRESENCE,
    userAgent: (version) => `TANDBERG/529 (${version}) Cisco-MX700ST`,
    bestEffortKeys: true,
    sections: [
      { ...CISCO_AUDIO, codecs: [OPUS, ...CISCO_AUDIO.codecs, REPAIR] },
      CISCO_MAIN,
      CISCO_FLOOR,
      CISCO_SLIDES,
      FAR_END_CAMERA,
      ACTIVE_CONTROL,
    ],
  },
  mxp: {
    ...TELEPRESENCE,
    userAgent: (version) => `TANDBERG/81 (${version})`,
    headers: [
      ['Allow', 'INVITE,ACK,CANCEL,BYE,INFO,OPTIONS,REFER,NOTIFY'],
      ['Supported', 'replaces,timer'],
    ],
    inviteHeaders: [],
    contactParameters: '',
    bandwidthKbps: 1920,
    sections: [MXP_AUDIO, MXP_VIDEO, FAR_END_CAMERA],
  },
} as const satisfies Record<string, RoomProfile>;
