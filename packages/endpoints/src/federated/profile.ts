/** One payload type as a client offers it. */
export interface PayloadRow {
  readonly payloadType: number;
  /** Encoding name and clock rate as in `a=rtpmap`. */
  readonly rtpmap: string;
  readonly fmtp?: string;
  /** What plays it here; rows without are offered, as the product does, and never chosen by a bridge that lacks them too. */
  readonly plays?: 'g722' | 'pcmu' | 'pcma' | 'h264' | 'telephone-event';
}

/** How a simulated client looks on the wire. Facts are FEDERATION §1.2, §1.3, §2; [M] marks a modelling choice. */
export interface FederatedProfile {
  readonly product: 'Lync' | 'Skype';
  readonly userAgent: (version: string) => string;
  /** What it speaks to its front end, where that has both. */
  readonly signsIn: 'sip' | 'https';
  /** Header lines of the INVITE beside those that SIP itself asks for. */
  readonly inviteHeaders: readonly (readonly [name: string, value: string])[];
  /** Whether the INVITE has what names the conversation and its way: `Ms-Conversation-ID`, `history-info`. */
  readonly namesConversation: boolean;
  readonly allow: string;
  /** Parameters of the Contact header field. */
  readonly contactParameters: string;
  /** `multipart/alternative` with an ICE draft-6 part first and an ICE v19 part second, as Lync sends it; or one plain SDP. */
  readonly body: 'multipart-alternative' | 'plain';
  /** Candidates in both dialects, and after the answer a second INVITE with the pair that was chosen. */
  readonly ice: boolean;
  readonly keys: readonly SdesRow[];
  readonly rtcpMux: boolean;
  readonly sessionBandwidthKbps: number;
  readonly sessionAttributes: readonly string[];
  readonly audio: readonly PayloadRow[];
  readonly video: readonly PayloadRow[];
  readonly audioAttributes: readonly string[];
  readonly videoAttributes: readonly string[];
  /** Lync reserves a hundred SSRCs for video (`a=x-ssrc-range`). */
  readonly videoSsrcs: number;
  readonly videoBitrateBps: number;
  /** Lync sends no picture before it was asked for one by a Video Source Request, and asks for what it wants to see; [M] how long it bears a far end that never asks. */
  readonly videoOnRequest: { readonly patienceMs: number } | undefined;
}

/** A line that offers the m-line's key: Microsoft's own attribute, with a key identifier in each packet, or without. One key for all of them [M]. */
export type SdesRow = 'cryptoscale' | 'mki' | 'plain';

const SILK: readonly PayloadRow[] = [
  { payloadType: 104, rtpmap: 'SILK/16000', fmtp: 'useinbandfec=1; usedtx=0' },
  { payloadType: 103, rtpmap: 'SILK/8000', fmtp: 'useinbandfec=1; usedtx=0' },
];

const PLAIN_AUDIO: readonly PayloadRow[] = [
  { payloadType: 9, rtpmap: 'G722/8000', plays: 'g722' },
  { payloadType: 0, rtpmap: 'PCMU/8000', plays: 'pcmu' },
  { payloadType: 8, rtpmap: 'PCMA/8000', plays: 'pcma' },
  { payloadType: 13, rtpmap: 'CN/8000' },
  { payloadType: 118, rtpmap: 'CN/16000' },
  { payloadType: 101, rtpmap: 'telephone-event/8000', fmtp: '0-16', plays: 'telephone-event' },
];

const LYNC_AUDIO: readonly PayloadRow[] = [
  { payloadType: 117, rtpmap: 'G722/8000/2' },
  { payloadType: 114, rtpmap: 'x-msrta/16000', fmtp: 'bitrate=29000' },
  SILK[0] as PayloadRow,
  PLAIN_AUDIO[0] as PayloadRow,
  { payloadType: 112, rtpmap: 'G7221/16000', fmtp: 'bitrate=24000' },
  { payloadType: 111, rtpmap: 'SIREN/16000', fmtp: 'bitrate=16000' },
  ...PLAIN_AUDIO.slice(1, 3),
  { payloadType: 116, rtpmap: 'AAL2-G726-32/8000' },
  { payloadType: 115, rtpmap: 'x-msrta/8000', fmtp: 'bitrate=11800' },
  SILK[1] as PayloadRow,
  { payloadType: 97, rtpmap: 'RED/8000' },
  ...PLAIN_AUDIO.slice(3),
];

const LYNC_VIDEO: readonly PayloadRow[] = [
  { payloadType: 122, rtpmap: 'X-H264UC/90000', fmtp: 'packetization-mode=1;mst-mode=NI-TC', plays: 'h264' },
  { payloadType: 121, rtpmap: 'x-rtvc1/90000' },
  { payloadType: 123, rtpmap: 'x-ulpfecuc/90000' },
];

const LYNC_CAPS = 'x-caps:121 263:1920:1080:30.0:2000000:1;4359:1280:720:30.0:1500000:1;8455:640:480:30.0:600000:1';
const LYNC_ALLOW = 'INVITE, BYE, ACK, CANCEL, INFO, UPDATE, REFER, NOTIFY, BENOTIFY, OPTIONS';
const LYNC_KEYS: readonly SdesRow[] = ['cryptoscale', 'mki', 'plain'];
/** Longer than a bridge takes to ask; a far end that never does is no Lync, and gets its picture all the same. [M] */
const VIDEO_ON_REQUEST = { patienceMs: 3000 };
const DEVICES = 'x-devicecaps:audio:send,recv;video:send,recv';
const LYNC_SUPPORTED = [
  'ms-dialog-route-set-update',
  'timer',
  'histinfo',
  'ms-safe-transfer',
  'ms-sender',
  'ms-early-media',
  'replaces',
  'ms-conf-invite',
].map((option) => ['Supported', option] as const);

export const FEDERATED_PROFILES: Record<string, FederatedProfile> = {
  'lync-2013-desktop': {
    product: 'Lync',
    userAgent: (version) => `UCCAPI/${version} OC/${version} (Microsoft Lync)`,
    signsIn: 'sip',
    inviteHeaders: [
      ...LYNC_SUPPORTED,
      ['ms-keep-alive', 'UAC;hop-hop=yes'],
      ['ms-subnet', '127.0.0.0'],
      ['ms-endpoint-location-data', 'NetworkScope;ms-media-location-type=Intranet'],
      ['Accept-Language', 'en-US'],
    ],
    namesConversation: true,
    allow: LYNC_ALLOW,
    contactParameters: '',
    body: 'multipart-alternative',
    ice: true,
    keys: LYNC_KEYS,
    rtcpMux: false,
    sessionBandwidthKbps: 99980,
    sessionAttributes: ['x-mediabw:main-video send=4000;recv=4000', DEVICES],
    audio: LYNC_AUDIO,
    video: LYNC_VIDEO,
    audioAttributes: [
      'rtcp-fb:* x-message app send:dsh recv:dsh',
      'rtcp-rsize',
      'label:main-audio',
      'x-source:main-audio',
      'maxptime:200',
      'ptime:20',
    ],
    videoAttributes: [
      'rtcp-fb:* x-message app send:src,x-pli recv:src,x-pli',
      'rtcp-rsize',
      'label:main-video',
      LYNC_CAPS,
    ],
    videoSsrcs: 100,
    videoBitrateBps: 800_000,
    videoOnRequest: VIDEO_ON_REQUEST,
  },
  // The phone speaks HTTPS to its front end; this is the SIP that the front end speaks for it. [M] but for the codes of clients.
  'lync-mobile': {
    product: 'Lync',
    userAgent: (version) => `UCWA/${version} iPhoneLync/${version} (Lync 2013 for iPhone)`,
    signsIn: 'https',
    inviteHeaders: [
      ['Supported', 'timer'],
      ['Supported', 'ms-early-media'],
      ['Supported', 'replaces'],
    ],
    allow: LYNC_ALLOW,
    contactParameters: '',
    namesConversation: false,
    body: 'plain',
    ice: false,
    keys: ['plain'],
    rtcpMux: true,
    sessionBandwidthKbps: 2000,
    sessionAttributes: [DEVICES],
    audio: [...SILK, ...PLAIN_AUDIO],
    video: [LYNC_VIDEO[0] as PayloadRow],
    audioAttributes: ['label:main-audio', 'ptime:20'],
    videoAttributes: ['rtcp-fb:* x-message app send:src,x-pli recv:src,x-pli', 'label:main-video'],
    videoSsrcs: 1,
    videoBitrateBps: 500_000,
    videoOnRequest: VIDEO_ON_REQUEST,
  },
  // What the Lync gateway at Skype's edge makes of a Skype call; the body of such an INVITE is not recorded. [M]
  'skype-desktop': {
    product: 'Skype',
    userAgent: (version) => `SkypeLyncGateway/2.0 Skype/${version} (Windows desktop)`,
    signsIn: 'sip',
    inviteHeaders: [
      ['Supported', 'timer'],
      ['Supported', 'ms-early-media'],
    ],
    allow: 'INVITE, BYE, ACK, CANCEL, INFO, UPDATE, OPTIONS',
    contactParameters: ';isGateway;text;audio;video',
    namesConversation: false,
    body: 'plain',
    ice: false,
    keys: ['plain'],
    rtcpMux: false,
    sessionBandwidthKbps: 4000,
    sessionAttributes: [DEVICES],
    audio: [...SILK, ...PLAIN_AUDIO],
    video: [LYNC_VIDEO[0] as PayloadRow],
    audioAttributes: ['label:main-audio', 'ptime:20', 'maxptime:200'],
    videoAttributes: ['rtcp-fb:* x-message app send:src,x-pli recv:src,x-pli', 'label:main-video'],
    videoSsrcs: 1,
    videoBitrateBps: 800_000,
    videoOnRequest: undefined,
  },
};
