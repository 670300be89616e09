import type { ExternalSpec } from '@plugfest/model';
import type { ParticipantSpec } from './definition.ts';

interface Person {
  readonly name: string;
  readonly uri: string;
  readonly version?: string;
  /** Which of the drawn people. */
  readonly look?: number;
}

/** Rooms by what they are on the wire, and the software that they say they are. */
const ROOM_VERSIONS = {
  'cisco-telepresence': 'TC7.3',
  tc7: 'TC7.3',
  ce9: 'ce9.1.4.3ae3106',
  mxp: 'F9.1 PAL',
  polycom: '6.1.0',
  'polycom-hdx': '3.1.14',
} as const;

/** A room of a named make: a row of the endpoints' table. */
interface Room extends Person {
  readonly profile?: keyof typeof ROOM_VERSIONS;
}

/** Who can come in without SIP. */
interface WebPerson extends Person {
  readonly signalling?: 'sip' | 'whip';
}

/** A row per participant that a scenario can name: which endpoint plays it, under which profile. */
const CASTING = {
  skype: { kind: 'federated', profile: 'skype-desktop', simulated: true, version: '7.0.0.102' },
  lyncDesktop: { kind: 'federated', profile: 'lync-2013-desktop', simulated: true, version: '15.0.4569.1503' },
  lyncMobile: { kind: 'federated', profile: 'lync-mobile', simulated: true, version: '5.0.0' },
  ciscoRoom: { kind: 'sip-room', profile: 'cisco-telepresence', simulated: true, version: 'TC7.3' },
  sipRoom: { kind: 'sip-room', profile: 'generic-sip-room', simulated: false, version: undefined },
  tcpRoom: { kind: 'sip-room', profile: 'tcp-sip-room', simulated: false, version: undefined },
  tlsRoom: { kind: 'sip-room', profile: 'tls-sip-room', simulated: false, version: undefined },
  chromium: { kind: 'browser', profile: 'chromium', simulated: false, version: undefined },
  chromiumByWhip: { kind: 'browser', profile: 'chromium-whip', simulated: false, version: undefined },
  wrtcByWhip: { kind: 'webrtc-node', profile: 'wrtc-whip', simulated: false, version: undefined },
  firefox: { kind: 'firefox', profile: 'firefox', simulated: false, version: undefined },
  wrtc: { kind: 'webrtc-node', profile: 'wrtc', simulated: false, version: undefined },
  gstreamer: { kind: 'gstreamer', profile: 'webrtcbin', simulated: false, version: undefined },
  baresip: { kind: 'baresip', profile: 'baresip', simulated: false, version: undefined },
} as const;

function cast(role: keyof typeof CASTING): (person: Person) => ParticipantSpec {
  const { kind, profile, simulated, version } = CASTING[role];
  return (person) => ({
    name: person.name,
    kind,
    profile,
    simulated,
    uri: person.uri,
    clientVersion: person.version ?? version,
    ...(person.look === undefined ? {} : { look: person.look }),
  });
}

/** Skype for Windows desktop, behind the public provider's edge. */
export const skype = cast('skype');
/** Lync 2013 for Windows, behind its domain's edge. */
export const lyncDesktop = cast('lyncDesktop');
/** Lync 2013 for phones: SIP as its front end speaks it for the client. */
export const lyncMobile = cast('lyncMobile');
/** A Cisco TelePresence room (`profile`: 'tc7', 'ce9', 'mxp'), or a Polycom one: SIPp signals, ffmpeg sends and receives. */
export function ciscoRoom({ profile = 'cisco-telepresence', ...person }: Room): ParticipantSpec {
  return { ...cast('ciscoRoom')({ version: ROOM_VERSIONS[profile], ...person }), profile };
}
/** A plain SIP room: SIPp signals, ffmpeg sends and receives. */
export const sipRoom = cast('sipRoom');
/** The same, over TCP. */
export const tcpRoom = cast('tcpRoom');
/** The same, over TLS. */
export const tlsRoom = cast('tlsRoom');
/** A real Chromium with JsSIP in the page; without SIP, by `signalling: 'whip'`: WHIP to be seen and heard, WHEP to look on. */
export const chromium = ({ signalling = 'sip', ...person }: WebPerson): ParticipantSpec =>
  cast(signalling === 'whip' ? 'chromiumByWhip' : 'chromium')(person);
/** A real Firefox with JsSIP in the page. */
export const firefox = cast('firefox');
/** libwebrtc in Node; `signalling` as Chromium has it. */
export const wrtc = ({ signalling = 'sip', ...person }: WebPerson): ParticipantSpec =>
  cast(signalling === 'whip' ? 'wrtcByWhip' : 'wrtc')(person);
/** baresip, a SIP user agent of others, at a desk of its own: camera, microphone, loudspeaker and a screen that is filmed. */
export const baresip = cast('baresip');
/** GStreamer's webrtcbin: a WebRTC of others, with VP8 and Opus. */
export const gstreamer = cast('gstreamer');

/** An endpoint of others: a device with a SIP address, a web page, a command or a container. @see docs/certify.md */
export function external(person: Person, spec: ExternalSpec): ParticipantSpec {
  const { name, uri, version, look } = person;
  return {
    name,
    uri,
    kind: 'external',
    profile: spec.form,
    simulated: false,
    external: spec,
    ...(version === undefined ? {} : { clientVersion: version }),
    ...(look === undefined ? {} : { look }),
  };
}
