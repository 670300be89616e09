/** A codec by its encoding name, with what is taken and said in `a=fmtp`: all values of a parameter that can be played. */
export interface DeclaredCodec {
  readonly name: string;
  readonly fmtp?: Readonly<Record<string, readonly string[]>>;
}

/** What a participant or a bridge declares that it can do: what it does not declare is not asked of it. */
export interface Capabilities {
  /** For signalling. */
  readonly transports: readonly ('UDP' | 'TCP' | 'TLS' | 'WS' | 'HTTP')[];
  readonly ipVersions: readonly ('IPv4' | 'IPv6')[];
  /** How media are keyed; `none` is RTP in the clear. */
  readonly keying: readonly ('none' | 'SDES' | 'DTLS-SRTP')[];
  /** What is offered and played here. */
  readonly audio: readonly DeclaredCodec[];
  readonly video: readonly DeclaredCodec[];
  readonly ice: boolean;
  /** `early`: in the INVITE; `late`: in the answer to one without; `renewed`: again in the call. */
  readonly offers: readonly ('early' | 'late' | 'renewed')[];
  /** Can be told which of its codecs, packetization modes and keyings to offer. */
  readonly choosesOffer: boolean;
  /** Puts a call on hold and takes it back. @see RFC 3264 §8.4 */
  readonly hold: boolean;
  readonly dtmf: readonly ('telephone-event' | 'INFO')[];
  /** A second video for slides, and who may send it. @see RFC 8855 */
  readonly content: readonly ('BFCP/UDP' | 'BFCP/TCP' | 'a=content')[];
  /** Asks again for pictures that a network lost: NACK and retransmission (RFC 4585, RFC 4588), or a new whole picture at once. */
  readonly repairsLoss: boolean;
  /** Calls through the edges of its own domain, as one of the accounts that the run's policy knows. */
  readonly isFederated: boolean;
  /** Sends in-dialog requests along the route that proxies have recorded. @see RFC 3261 §16.12 */
  readonly followsRoutes: boolean;
  /** Has a screen or a browser of its own to drive and film: two of them are more than two cores can do in time. */
  readonly needsScreen: boolean;
  /** Whose version it has: a tool of the machine, which a run's environment names, or the product that is simulated. */
  readonly version: { readonly tool: string } | { readonly simulated: string };
}

const H264_BASELINE: DeclaredCodec = {
  name: 'H264',
  fmtp: { 'packetization-mode': ['0', '1'], profile: ['baseline', 'constrained-baseline'] },
};
const G711_AND_G722: readonly DeclaredCodec[] = [{ name: 'G722' }, { name: 'PCMU' }, { name: 'PCMA' }];

const ROOM = {
  ipVersions: ['IPv4'],
  keying: ['none', 'SDES'],
  audio: G711_AND_G722,
  video: [H264_BASELINE],
  ice: false,
  offers: ['early', 'renewed'],
  choosesOffer: true,
  hold: true,
  dtmf: ['telephone-event'],
  content: [],
  repairsLoss: false,
  isFederated: false,
  followsRoutes: true,
  needsScreen: false,
  version: { tool: 'sipp' },
} as const satisfies Omit<Capabilities, 'transports'>;

const CISCO_ROOM = {
  ...ROOM,
  transports: ['UDP'],
  content: ['BFCP/UDP', 'a=content'],
} as const satisfies Capabilities;

const WEBRTC = {
  transports: ['WS'],
  ipVersions: ['IPv4'],
  keying: ['DTLS-SRTP'],
  audio: [{ name: 'opus' }, ...G711_AND_G722],
  video: [
    { name: 'VP8' },
    { name: 'H264', fmtp: { 'packetization-mode': ['0', '1'], profile: ['constrained-baseline'] } },
  ],
  ice: true,
  offers: ['early'],
  choosesOffer: false,
  hold: false,
  dtmf: [],
  content: [],
  repairsLoss: true,
  isFederated: false,
  followsRoutes: true,
} as const satisfies Partial<Capabilities>;

const FEDERATED = {
  transports: ['TLS'],
  ipVersions: ['IPv4'],
  keying: ['SDES'],
  audio: G711_AND_G722,
  video: [{ name: 'X-H264UC', fmtp: { 'packetization-mode': ['1'] } }],
  ice: true,
  offers: ['early'],
  choosesOffer: false,
  hold: false,
  dtmf: [],
  content: [],
  repairsLoss: false,
  isFederated: true,
  followsRoutes: true,
  needsScreen: false,
} as const satisfies Omit<Capabilities, 'version'>;

/** A manifest a profile: the names are those of `ParticipantSpec.profile`. */
export const CAPABILITIES = {
  'generic-sip-room': { ...ROOM, transports: ['UDP'] },
  'tcp-sip-room': { ...ROOM, transports: ['TCP'] },
  'tls-sip-room': { ...ROOM, transports: ['TLS'] },
  'opus-sip-room': {
    ...ROOM,
    transports: ['UDP'],
    audio: [{ name: 'opus' }, { name: 'G722' }, { name: 'PCMU' }],
  },
  'cisco-telepresence': { ...CISCO_ROOM, version: { simulated: 'Cisco TelePresence' } },
  tc7: { ...CISCO_ROOM, version: { simulated: 'Cisco TelePresence TC7' } },
  ce9: {
    ...CISCO_ROOM,
    audio: [{ name: 'opus' }, ...G711_AND_G722],
    version: { simulated: 'Cisco TelePresence CE9' },
  },
  mxp: {
    ...CISCO_ROOM,
    video: [{ name: 'H264', fmtp: { 'packetization-mode': ['0'], profile: ['baseline', 'constrained-baseline'] } }],
    content: [],
    version: { simulated: 'TANDBERG MXP' },
  },
  polycom: { ...CISCO_ROOM, version: { simulated: 'Polycom Group' } },
  'polycom-hdx': {
    ...CISCO_ROOM,
    video: [{ name: 'H264', fmtp: { 'packetization-mode': ['0'], profile: ['baseline', 'constrained-baseline'] } }],
    version: { simulated: 'Polycom HDX' },
  },
  baresip: {
    ...ROOM,
    transports: ['UDP'],
    keying: ['none'],
    audio: [{ name: 'opus' }, { name: 'G722' }],
    offers: ['early'],
    choosesOffer: false,
    hold: false,
    dtmf: [],
    // It does, but its signalling passes a relay of ours on its way out, which knows one next hop.
    followsRoutes: false,
    needsScreen: true,
    version: { tool: 'baresip' },
  },
  wrtc: { ...WEBRTC, needsScreen: false, version: { tool: 'plugfest' } },
  'wrtc-whip': {
    ...WEBRTC,
    transports: ['HTTP'],
    followsRoutes: false,
    needsScreen: false,
    version: { tool: 'plugfest' },
  },
  chromium: { ...WEBRTC, needsScreen: true, version: { tool: 'chromium' } },
  'chromium-whip': {
    ...WEBRTC,
    transports: ['HTTP'],
    followsRoutes: false,
    needsScreen: true,
    version: { tool: 'chromium' },
  },
  firefox: { ...WEBRTC, needsScreen: true, version: { tool: 'firefox' } },
  webrtcbin: {
    ...WEBRTC,
    audio: [{ name: 'opus' }],
    video: [{ name: 'VP8' }],
    repairsLoss: false,
    needsScreen: false,
    version: { tool: 'gstreamer' },
  },
  'lync-2013-desktop': { ...FEDERATED, version: { simulated: 'Lync 2013' } },
  'lync-mobile': { ...FEDERATED, version: { simulated: 'Lync 2013 for iPhone' } },
  'skype-desktop': { ...FEDERATED, version: { simulated: 'Skype for Windows' } },
} as const satisfies Readonly<Record<string, Capabilities>>;

/** The reference bridge. */
export const BRIDGE_CAPABILITIES: Capabilities = {
  transports: ['UDP', 'TCP', 'TLS', 'WS', 'HTTP'],
  ipVersions: ['IPv4'],
  keying: ['none', 'SDES', 'DTLS-SRTP'],
  audio: [{ name: 'opus' }, ...G711_AND_G722],
  video: [
    {
      name: 'H264',
      fmtp: { 'packetization-mode': ['0', '1'], profile: ['baseline', 'constrained-baseline', 'main', 'high'] },
    },
    { name: 'X-H264UC', fmtp: { 'packetization-mode': ['1'] } },
    { name: 'VP8' },
  ],
  ice: true,
  offers: ['early', 'late', 'renewed'],
  choosesOffer: false,
  hold: true,
  dtmf: ['telephone-event', 'INFO'],
  content: ['BFCP/UDP', 'BFCP/TCP', 'a=content'],
  repairsLoss: true,
  isFederated: false,
  followsRoutes: true,
  needsScreen: false,
  version: { tool: 'plugfest' },
};
