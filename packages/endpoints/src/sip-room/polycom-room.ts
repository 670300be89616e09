import { G722, PCMA, PCMU, TELEPHONE_EVENT } from './room-codecs.ts';
import type { RoomCodec, RoomProfile } from './room-profile.ts';

/** With spaces between the parameters; the first without a mode, which means 0 (baresip/baresip#443). */
const POLYCOM_VIDEO: readonly RoomCodec[] = [
  { payloadType: 109, rtpmap: 'H264/90000', fmtp: 'profile-level-id=42800d; max-mbps=108000; max-fs=3600' },
  {
    payloadType: 110,
    rtpmap: 'H264/90000',
    fmtp: 'profile-level-id=42800d; max-mbps=108000; max-fs=3600; packetization-mode=1',
  },
  { payloadType: 34, rtpmap: 'H263/90000', fmtp: 'CIF4=2;CIF=1;QCIF=1' },
];

/** What it says otherwise. */
const HDX_LINES: Readonly<Record<string, string>> = {
  'floorctrl:c-only': 'floorctrl:c-s',
  'floorid:1 m-stream:3': 'floorid:1 mstrm:3',
};

/**
 * A Polycom room: `m-stream` where RFC 8856 has `mstrm`, client of the floor alone, spaces in `a=fmtp`. Those are read; name, numbers and limits are [M].
 */
export const POLYCOM: RoomProfile = {
  userAgent: (version) => `PolycomRealPresenceGroup500/${version}`,
  originUser: 'Polycom',
  headers: [
    ['Allow', 'INVITE,BYE,CANCEL,ACK,INFO,PRACK,COMET,OPTIONS,SUBSCRIBE,NOTIFY,REFER,REGISTER,UPDATE'],
    ['Supported', 'ms-forking,replaces,timer'],
  ],
  inviteHeaders: [['Session-Expires', '1800']],
  contactParameters: '',
  bandwidthKbps: 1920,
  videoBitrateBps: 1_000_000,
  sections: [
    {
      kind: 'audio',
      protocol: 'RTP/AVP',
      codecs: [
        { payloadType: 115, rtpmap: 'G7221/32000', fmtp: 'bitrate=48000' },
        { payloadType: 113, rtpmap: 'G7221/16000', fmtp: 'bitrate=24000' },
        G722,
        PCMU,
        PCMA,
        TELEPHONE_EVENT,
      ],
      attributes: [],
    },
    {
      kind: 'video',
      protocol: 'RTP/AVP',
      codecs: POLYCOM_VIDEO,
      bitrateBps: 1_920_000,
      attributes: ['rtcp-fb:* ccm fir', 'rtcp-fb:* nack pli', 'content:main', 'label:1'],
    },
    {
      kind: 'application',
      protocol: 'RTP/AVP',
      codecs: [{ payloadType: 100, rtpmap: 'H224/4800' }],
      attributes: [],
    },
    {
      kind: 'application',
      protocol: 'UDP/BFCP',
      codecs: [],
      attributes: ['setup:actpass', 'connection:new', 'floorctrl:c-only', 'floorid:1 m-stream:3', 'bfcpver:2'],
    },
    {
      kind: 'video',
      protocol: 'RTP/AVP',
      codecs: POLYCOM_VIDEO,
      attributes: ['content:slides', 'label:3'],
    },
  ],
};

/** An older one of the same house: H.264 without fragments alone, client and server of the floor, and the stream named as RFC 8856 has it. All but `c-s` is [M]. */
export const POLYCOM_HDX: RoomProfile = {
  ...POLYCOM,
  userAgent: (version) => `PolycomHDX8000HD/${version}`,
  sections: [
    POLYCOM.sections[0],
    { ...POLYCOM.sections[1], codecs: POLYCOM_VIDEO.filter(({ payloadType }) => payloadType !== 110) },
    ...POLYCOM.sections.slice(2).map((section) => ({
      ...section,
      codecs: section.codecs.filter(({ payloadType }) => payloadType !== 110),
      attributes: section.attributes.map((line) => HDX_LINES[line] ?? line),
    })),
  ],
};
