import { all, type Condition, is, isNot, not } from '@plugfest/covering';

/** What a participant or a bridge declares that it can do: what it does not declare is not asked of it. */
export interface Capabilities {
  /** For signalling. */
  readonly transports: readonly ('UDP' | 'TCP' | 'TLS' | 'WS')[];
  /** How media are keyed; `none` is RTP in the clear. */
  readonly keying: readonly ('none' | 'SDES' | 'DTLS-SRTP')[];
  /** Encoding names that are offered and played here. */
  readonly video: readonly string[];
  readonly ice: boolean;
  /** Asks again for pictures that a network lost: NACK and retransmission (RFC 4585, RFC 4588), or a new whole picture at once. */
  readonly repairsLoss: boolean;
  /** Calls through the edges of its own domain, as one of the accounts that the run's policy knows. */
  readonly isFederated: boolean;
  /** Has a screen or a browser of its own to drive and film: two of them are more than two cores can do in time. */
  readonly needsScreen: boolean;
}

const ROOM = {
  keying: ['none'],
  video: ['H264'],
  ice: false,
  repairsLoss: false,
  isFederated: false,
  needsScreen: false,
} as const;
const WEBRTC = {
  transports: ['WS'],
  keying: ['DTLS-SRTP'],
  video: ['VP8', 'H264'],
  ice: true,
  repairsLoss: true,
  isFederated: false,
} as const;
const FEDERATED = {
  transports: ['TLS'],
  keying: ['SDES'],
  video: ['H264'],
  ice: true,
  repairsLoss: false,
  isFederated: true,
  needsScreen: false,
} as const;

/** A manifest a profile: the names are those of `ParticipantSpec.profile`. */
export const CAPABILITIES = {
  'generic-sip-room': { ...ROOM, transports: ['UDP'] },
  'tcp-sip-room': { ...ROOM, transports: ['TCP'] },
  'cisco-telepresence': { ...ROOM, transports: ['UDP'] },
  baresip: { ...ROOM, transports: ['UDP'], needsScreen: true },
  wrtc: { ...WEBRTC, needsScreen: false },
  chromium: { ...WEBRTC, needsScreen: true },
  firefox: { ...WEBRTC, needsScreen: true },
  'lync-2013-desktop': FEDERATED,
  'lync-mobile': FEDERATED,
  'skype-desktop': FEDERATED,
} as const satisfies Readonly<Record<string, Capabilities>>;

/** The reference bridge. */
export const BRIDGE_CAPABILITIES: Capabilities = {
  transports: ['UDP', 'TCP', 'TLS', 'WS'],
  keying: ['none', 'SDES', 'DTLS-SRTP'],
  video: ['H264', 'VP8'],
  ice: true,
  repairsLoss: true,
  isFederated: false,
  needsScreen: false,
};

/** What two have not in common, though they must: nothing where they can meet. */
export function lacking(one: Capabilities, other: Capabilities): string[] {
  return (['transports', 'keying', 'video'] as const).flatMap((what) => {
    const shared = (one[what] as readonly string[]).some((each) => (other[what] as readonly string[]).includes(each));
    return shared ? [] : [`${what}: ${one[what].join(', ')} against ${other[what].join(', ')}`];
  });
}

/** A participant that a matrix can choose: the level's name, and its manifest. */
export type Cast = Readonly<Record<string, Capabilities>>;

/**
 * What the manifests make impossible for axes of participants: who shares nothing with the bridge, two of one federated account, and more than
 * one that needs a screen.
 */
export function declaredImpossible(axes: readonly string[], cast: Cast, bridge: Capabilities): Condition[] {
  const names = Object.keys(cast);
  const strangers = names.filter((name) => lacking(cast[name] as Capabilities, bridge).length > 0);
  const federated = names.filter((name) => cast[name]?.isFederated);
  const screens = names.filter((name) => cast[name]?.needsScreen);
  const pairs = axes.flatMap((axis, index) => axes.slice(index + 1).map((other) => [axis, other] as const));
  return [
    ...(strangers.length > 0 ? axes.map((axis) => isNot(axis, ...strangers)) : []),
    ...pairs.flatMap(([axis, other]) => federated.map((name) => not(all(is(axis, name), is(other, name))))),
    ...(screens.length > 0 ? pairs.map(([axis, other]) => not(all(is(axis, ...screens), is(other, ...screens)))) : []),
  ];
}
