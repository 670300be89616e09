/** A codec of a room: its payload type, how it is described, and what ffmpeg does for it. */
export interface RoomCodec {
  readonly payloadType: number;
  readonly rtpmap: string;
  readonly fmtp?: string;
  /** What plays it here; rows without are offered, as the product does, and must not be chosen. */
  readonly ffmpeg?: { readonly encoder: string; readonly sampleRateHz?: number; readonly packetizationMode?: 0 | 1 };
}

/** How a room looks on the wire. Facts of FEDERATION §3; [M] marks a modelling choice. */
export interface RoomProfile {
  readonly userAgent: (version: string) => string;
  readonly originUser: string;
  /** On all requests and answers. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** On INVITE and what answers one. */
  readonly inviteHeaders: readonly (readonly [name: string, value: string])[];
  readonly contactParameters: string;
  readonly bandwidthKbps: number;
  readonly audio: readonly RoomCodec[];
  readonly video: readonly RoomCodec[];
  readonly audioAttributes: readonly string[];
  readonly videoAttributes: readonly string[];
  /** m-lines after audio and main video, whole, as the product offers them: second picture, floor control, far-end camera, ActiveControl. */
  readonly moreMedia: readonly (readonly string[])[];
}

const G722: RoomCodec = { payloadType: 9, rtpmap: 'G722/8000', ffmpeg: { encoder: 'g722', sampleRateHz: 16_000 } };
const PCMU: RoomCodec = { payloadType: 0, rtpmap: 'PCMU/8000', ffmpeg: { encoder: 'pcm_mulaw', sampleRateHz: 8000 } };
const PCMA: RoomCodec = { payloadType: 8, rtpmap: 'PCMA/8000', ffmpeg: { encoder: 'pcm_alaw', sampleRateHz: 8000 } };
const TELEPHONE_EVENT: RoomCodec = { payloadType: 101, rtpmap: 'telephone-event/8000', fmtp: '0-15' };

const CISCO_H264 =
  'profile-level-id=428016;max-br=5000;max-mbps=490000;max-fs=8160;max-dpb=16320;max-smbps=490000;max-fps=6000';

export const ROOM_PROFILES: Record<string, RoomProfile> = {
  'cisco-telepresence': {
    userAgent: (version) => `TANDBERG/529 (${version})`,
    originUser: 'tandberg',
    headers: [
      ['Allow', 'INVITE,ACK,CANCEL,BYE,UPDATE,INFO,OPTIONS,REFER,NOTIFY'],
      [
        'Supported',
        // 100rel is left out [M]: a provisional response that must be acknowledged is not (yet) in what SIPp does here.
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
    audio: [
      { payloadType: 107, rtpmap: 'MP4A-LATM/90000', fmtp: 'profile-level-id=25;object=23;bitrate=128000' },
      { payloadType: 112, rtpmap: 'G7221/16000', fmtp: 'bitrate=32000' },
      G722,
      PCMA,
      PCMU,
      { payloadType: 18, rtpmap: 'G729/8000', fmtp: 'annexb=yes' },
      TELEPHONE_EVENT,
    ],
    video: [
      {
        payloadType: 97,
        rtpmap: 'H264/90000',
        fmtp: `${CISCO_H264};packetization-mode=0`,
        ffmpeg: { encoder: 'libx264', packetizationMode: 0 },
      },
      {
        payloadType: 126,
        rtpmap: 'H264/90000',
        fmtp: `${CISCO_H264};packetization-mode=1`,
        ffmpeg: { encoder: 'libx264', packetizationMode: 1 },
      },
      { payloadType: 96, rtpmap: 'H263-1998/90000', fmtp: 'custom=1280,768,3;cif4=1;cif=1;qcif=1;maxbr=20000' },
      { payloadType: 34, rtpmap: 'H263/90000', fmtp: 'cif4=1;cif=1;qcif=1;maxbr=20000' },
    ],
    audioAttributes: ['label:10'],
    videoAttributes: [
      'rtcp-fb:* nack pli',
      'rtcp-fb:* ccm fir',
      'rtcp-fb:* ccm tmmbr',
      'content:main',
      'label:11',
      'answer:full',
    ],
    moreMedia: [
      [
        'm=video 0 RTP/AVP 97',
        'a=rtpmap:97 H264/90000',
        `a=fmtp:97 ${CISCO_H264};packetization-mode=0`,
        'a=content:slides',
        'a=label:12',
        'a=inactive',
      ],
      [
        'm=application 0 UDP/BFCP *',
        'a=setup:actpass',
        'a=confid:1',
        'a=userid:18',
        'a=floorid:2 mstrm:12',
        'a=floorctrl:c-s',
        'a=connection:new',
      ],
      ['m=application 0 RTP/AVP 100', 'a=rtpmap:100 H224/4800'],
    ],
  },
  'generic-sip-room': {
    userAgent: () => 'Plugfest-Room',
    originUser: '-',
    headers: [
      ['Allow', 'INVITE,ACK,CANCEL,BYE,INFO,OPTIONS'],
      ['Supported', 'timer'],
    ],
    inviteHeaders: [],
    contactParameters: '',
    bandwidthKbps: 2000,
    audio: [G722, PCMU, PCMA, TELEPHONE_EVENT],
    video: [
      {
        payloadType: 97,
        rtpmap: 'H264/90000',
        fmtp: 'profile-level-id=42e01f;packetization-mode=1',
        ffmpeg: { encoder: 'libx264', packetizationMode: 1 },
      },
    ],
    audioAttributes: [],
    videoAttributes: ['rtcp-fb:* ccm fir'],
    moreMedia: [],
  },
};
