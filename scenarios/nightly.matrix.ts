import {
  aRealConference,
  BRIDGE_CAPABILITIES,
  baresip,
  CAPABILITIES,
  type Capabilities,
  chromium,
  ciscoRoom,
  declaredImpossible,
  defineMatrix,
  type Expectation,
  firefox,
  lyncDesktop,
  lyncMobile,
  type ParticipantSpec,
  sipRoom,
  skype,
  tcpRoom,
  wrtc,
} from '@plugfest/scenario';
import { corpAndSkype } from './federation/corp-and-skype.ts';

type Role = (person: { name: string; uri: string; look: number }) => ParticipantSpec;

const at = (user: string): string => `sip:${user}@conference.corp.example`;

/** Who can take part: how it is cast, what it declares, and its account where it is a federated one. */
const CAST: Readonly<Record<string, readonly [role: Role, profile: keyof typeof CAPABILITIES, account?: string]>> = {
  'sip-room': [sipRoom, 'generic-sip-room'],
  'tcp-room': [tcpRoom, 'tcp-sip-room'],
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
    layout: ['equal-2x2', 'one-plus-five'],
    network: ['perfect', 'wifi', 'lte'],
    view: ['as-given', 'self-view', 'own-layout', 'spotlight'],
  },
  constraints: declaredImpossible(['first', 'second'], MANIFESTS, BRIDGE_CAPABILITIES),
  heatMap: ['first', 'second'],
  secondsPerRow: 25,
  // A browser whose files are in memory starts in a third of the time.
  setup: ({ first, second }) => [first, second].filter((name) => name === 'chromium' || name === 'firefox').join('+'),
  scenario: ({ first, second, layout, network, view }) => ({
    title: `${first} and ${second}, ${layout}, ${network}, ${view}`,
    story: `${first} and ${second} in one conference with the layout ${layout}; the second one’s network is ${network}, its view ${view}.`,
    conference: { owner: 'anna@corp.example', layout },
    federation: corpAndSkype,
    participants: {
      first: cast(first, 'first', 1),
      second: { ...cast(second, 'second', 2), ...(network === 'perfect' ? {} : { network }) },
    },
    async steps({ everyone, participants, conference, measure }) {
      await everyone.joins();
      await everyone.receivesMedia();
      await everyone.isShownToEveryone();
      if (view === 'self-view') await participants.second?.switchesView({ selfView: true });
      if (view === 'own-layout') await participants.second?.switchesView({ layout: 'one-plus-seven' });
      if (view === 'spotlight') await conference.putsInSpotlight('second');
      await measure({ seconds: 4 });
      await everyone.hangsUp();
    },
    expects: onNetwork(network, second),
  }),
});
