import {
  type Actor,
  aRealConference,
  BRIDGE_CAPABILITIES,
  baresip,
  CAPABILITIES,
  type Capabilities,
  chromium,
  ciscoRoom,
  declaredImpossible,
  declaredOnly,
  defineMatrix,
  type Expectation,
  firefox,
  lyncDesktop,
  lyncMobile,
  type ParticipantSpec,
  sipRoom,
  skype,
  tcpRoom,
  tlsRoom,
  wrtc,
} from '@plugfest/scenario';
import { corpAndSkype } from './federation/corp-and-skype.ts';

type Role = (person: { name: string; uri: string; look: number }) => ParticipantSpec;

const at = (user: string): string => `sip:${user}@conference.corp.example`;

/** Who can take part: how it is cast, what it declares, and its account where it is a federated one. */
const CAST: Readonly<Record<string, readonly [role: Role, profile: keyof typeof CAPABILITIES, account?: string]>> = {
  'sip-room': [sipRoom, 'generic-sip-room'],
  'tcp-room': [tcpRoom, 'tcp-sip-room'],
  'tls-room': [tlsRoom, 'tls-sip-room'],
  'cisco-room': [ciscoRoom, 'cisco-telepresence'],
  wrtc: [wrtc, 'wrtc'],
  chromium: [chromium, 'chromium'],
  firefox: [firefox, 'firefox'],
  baresip: [baresip, 'baresip'],
  'lync-desktop': [lyncDesktop, 'lync-2013-desktop', 'sip:anna@corp.example'],
  'lync-mobile': [lyncMobile, 'lync-mobile', 'sip:marco@corp.example'],
  skype: [skype, 'skype-desktop', 'sip:sofia@skype.example'],
};
const NAMES = Object.keys(CAST);
const MANIFESTS: Readonly<Record<string, Capabilities>> = Object.fromEntries(
  Object.entries(CAST).map(([name, [, profile]]) => [name, CAPABILITIES[profile]]),
);

function cast(name: string, seat: 'first' | 'second', look: number): ParticipantSpec {
  const [role, , account] = CAST[name] as (typeof CAST)[string];
  return role({ name: `${name} (${seat})`, uri: account ?? at(`${seat}-${name}`), look });
}

const offersAudio =
  (codec: string) =>
  ({ choosesOffer, audio }: Capabilities): boolean =>
    choosesOffer && audio.some(({ name }) => name === codec);
const offersMode =
  (mode: string) =>
  ({ choosesOffer, video }: Capabilities): boolean =>
    choosesOffer && video.some(({ fmtp }) => fmtp?.['packetization-mode']?.includes(mode));

/** What each value asks of the first one's manifest; `all` is what the product offers by itself. */
const OF_THE_FIRST = {
  audio: { all: () => true, G722: offersAudio('G722'), PCMU: offersAudio('PCMU'), PCMA: offersAudio('PCMA') },
  packetization: { all: () => true, 'mode 0': offersMode('0'), 'mode 1': offersMode('1') },
  keying: {
    own: () => true,
    SDES: ({ choosesOffer, keying }: Capabilities) => choosesOffer && keying.includes('SDES'),
  },
  offer: {
    once: () => true,
    renewed: ({ offers }: Capabilities) => offers.includes('renewed'),
    'held and resumed': ({ hold }: Capabilities) => hold,
  },
} as const;
const valuesOf = <Name extends keyof typeof OF_THE_FIRST>(name: Name) =>
  Object.keys(OF_THE_FIRST[name]) as (keyof (typeof OF_THE_FIRST)[Name] & string)[];

/** All that both and the bridge declare. */
const IP_VERSIONS = ['IPv4', 'IPv6'] as const;
const speaks =
  (version: (typeof IP_VERSIONS)[number]) =>
  ({ ipVersions }: Capabilities): boolean =>
    ipVersions.includes(version) && BRIDGE_CAPABILITIES.ipVersions.includes(version);
const BY_IP = { IPv4: speaks('IPv4'), IPv6: speaks('IPv6') };

const BY_BRIDGE = { reference: () => true, 'behind-kamailio': ({ followsRoutes }: Capabilities) => followsRoutes };

async function negotiatesAnew(first: Actor, offer: string): Promise<void> {
  if (offer === 'renewed') await first.renegotiates();
  if (offer !== 'held and resumed') return;
  await first.holds({ seconds: 1 });
  await first.resumes();
}

/** What a network takes away is a warning; pictures too, of who declares no means against loss. That everybody is there and is heard must hold. */
const TAKEN_BY_NETWORKS = ['freeze', 'frame-rate', 'packet-loss', 'video-delay', 'audio-delay'];

function onNetwork(network: string, behind: string): Expectation[] {
  const expectations = aRealConference({ frameRate: 12 });
  if (network === 'perfect') return expectations;
  const taken = MANIFESTS[behind]?.repairsLoss ? TAKEN_BY_NETWORKS : [...TAKEN_BY_NETWORKS, 'sees'];
  return expectations.map((one) => (taken.includes(one.rule) ? { ...one, level: 'should' } : one));
}

export default defineMatrix({
  title: 'The nightly matrix',
  axes: {
    first: NAMES,
    second: NAMES,
    audio: valuesOf('audio'),
    packetization: valuesOf('packetization'),
    keying: valuesOf('keying'),
    offer: valuesOf('offer'),
    layout: ['equal-2x2', 'one-plus-five'],
    network: ['perfect', 'wifi', 'lte'],
    view: ['as-given', 'self-view', 'own-layout', 'spotlight'],
    ip: IP_VERSIONS,
    bridge: Object.keys(BY_BRIDGE) as (keyof typeof BY_BRIDGE)[],
  },
  constraints: [
    ...declaredImpossible(['first', 'second'], MANIFESTS, BRIDGE_CAPABILITIES),
    ...Object.entries(OF_THE_FIRST).flatMap(([axis, demands]) => declaredOnly('first', MANIFESTS, axis, demands)),
    ...['first', 'second'].flatMap((axis) => [
      ...declaredOnly(axis, MANIFESTS, 'ip', BY_IP),
      ...declaredOnly(axis, MANIFESTS, 'bridge', BY_BRIDGE),
    ]),
  ],
  heatMap: ['first', 'second'],
  secondsPerRow: 25,
  // A browser whose files are in memory starts in a third of the time.
  setup: ({ first, second }) => [first, second].filter((name) => name === 'chromium' || name === 'firefox').join('+'),
  scenario: ({ first, second, audio, packetization, keying, offer, layout, network, view, bridge }) => ({
    title: `${first} and ${second}, ${layout}, ${network}, ${view}`,
    story: `${first} and ${second} in one conference (${bridge}) with the layout ${layout}; the first offers ${audio} audio, ${packetization} of H.264, ${keying} keying, and that ${offer}; the second one’s network is ${network}, its view ${view}.`,
    conference: { owner: 'anna@corp.example', layout, ...(bridge === 'reference' ? {} : { proxy: 'kamailio' }) },
    federation: corpAndSkype,
    participants: {
      first: {
        ...cast(first, 'first', 1),
        offers: {
          ...(audio === 'all' ? {} : { audio }),
          ...(packetization === 'all' ? {} : { packetizationMode: packetization === 'mode 0' ? 0 : 1 }),
          ...(keying === 'own' ? {} : { keying }),
        },
      },
      second: { ...cast(second, 'second', 2), ...(network === 'perfect' ? {} : { network }) },
    },
    async steps({ everyone, participants, conference, measure }) {
      await everyone.joins();
      await everyone.receivesMedia();
      await everyone.isShownToEveryone();
      if (participants.first) await negotiatesAnew(participants.first, offer);
      if (view === 'self-view') await participants.second?.switchesView({ selfView: true });
      if (view === 'own-layout') await participants.second?.switchesView({ layout: 'one-plus-seven' });
      if (view === 'spotlight') await conference.putsInSpotlight('second');
      await measure({ seconds: 4 });
      await everyone.hangsUp();
    },
    expects: onNetwork(network, second),
  }),
});
