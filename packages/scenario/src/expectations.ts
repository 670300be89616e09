import type { FederationRule } from '@plugfest/federation';
import type { Expectation, Level } from '@plugfest/model';
import { limitRow } from './limits/limit-profiles.ts';

interface Terms {
  readonly level?: Level;
  readonly limit?: number;
  /** A limit profile: see `LIMIT_PROFILES`. */
  readonly profile?: string;
  readonly cites?: string;
  readonly participants?: readonly string[];
}

function expectation(rule: string, level: Level): (terms?: Terms) => Expectation {
  return (terms = {}) => ({
    rule,
    level: terms.level ?? level,
    ...(terms.limit === undefined ? {} : { limit: terms.limit }),
    ...(terms.profile === undefined ? {} : { profile: terms.profile }),
    ...(terms.cites === undefined ? {} : { cites: terms.cites }),
    ...(terms.participants === undefined ? {} : { participants: [...terms.participants] }),
  });
}

/** Every participant's call is answered. */
export const everyoneJoins = expectation('joins', 'must');
/** Each is shown all the others: their codes are read from what it was shown. */
export const everyoneSeesEveryone = expectation('sees', 'must');
/** Each picture is in the tile where the bridge says that it is. */
export const everyTileIsRight = expectation('right-tile', 'must');
/** Each hears the speech of all the others. */
export const everyoneHearsEveryone = expectation('hears', 'must');
/** Nobody hears their own voice. */
export const nobodyHearsThemselves = expectation('own-voice', 'must');
/** New pictures of each participant a second, at least. */
export const frameRateAtLeast = (limit: number, terms: Terms = {}): Expectation =>
  expectation('frame-rate', 'must')({ ...terms, limit });
/** Share of the time in which a picture stood still, at most. */
export const nothingFreezes = expectation('freeze', 'must');
/** Glass to glass, median. */
export const picturesAreRecent = expectation('video-delay', 'must');
/** Mouth to ear. */
export const soundIsRecent = expectation('audio-delay', 'must');
/** Lips and voice belong together. */
export const lipsAndVoiceAgree = expectation('lip-sync', 'must');
/** Packets arrive. */
export const packetsArrive = expectation('packet-loss', 'must');
/** The picture looks like what was sent. */
export const picturesAreClear = expectation('picture-quality', 'should');
/** What arrives, arrives evenly: RFC 3550's jitter. */
export const packetsArriveEvenly = expectation('jitter', 'should');
/** Statistics, packets and captures do not contradict each other. */
export const witnessesAgree = expectation('corroboration', 'should');
/** The captures are whole: without it nothing else can be said. */
export const capturesAreWhole = expectation('capture', 'must');

/** RTP timestamps go with the time that passes, also over hold and resume. */
export const timestampsGoOn = expectation('rtp-timeline', 'must');
/** H.264 is packetized as was agreed, also after a new offer. */
export const picturesArePacketizedAsAgreed = expectation('h264-packetization', 'must');
/** Telephone-events run on the clock that was agreed. */
export const keysRunOnTheirClock = expectation('event-clock', 'must');

/** A captured call goes as it went: each message of the other side has its counterpart. */
export const callGoesAsThen = expectation('replay-goes-as-then', 'must');
/** And says the same, header by header, attribute by attribute. */
export const callSaysAsThen = expectation('replay-says-as-then', 'should');
export const mediaComeAsThen = expectation('replay-media-as-then', 'should');

/** Calls come through the proxy before the bridge, and it is in their route. */
export const everyCallComesThroughTheProxy = expectation('comes-through-proxy', 'must');
/** The programs that only signal end with exit code 0. */
export const peersEndWell = expectation('peer-ends-well', 'must');
/** Their requests, and ours to them, are answered as they must be, in our own trace. */
export const peersAreAnswered = expectation('peer-is-answered', 'must');

/** What is expected of any conference in which people see and hear each other. */
export function aRealConference(terms: { readonly frameRate?: number; readonly profile?: string } = {}): Expectation[] {
  return withLimits(terms.profile, [
    everyoneJoins(),
    capturesAreWhole(),
    everyoneSeesEveryone(),
    everyTileIsRight(),
    everyoneHearsEveryone(),
    nobodyHearsThemselves(),
    frameRateAtLeast(terms.frameRate ?? 12),
    nothingFreezes(),
    picturesAreRecent(),
    soundIsRecent(),
    lipsAndVoiceAgree(),
    packetsArrive(),
    picturesAreClear(),
    witnessesAgree(),
  ]);
}

/** What whoever sits at the terminal was asked is answered with yes. */
export const thePersonConfirms = expectation('person-confirms', 'must');

/** What can be expected where one is a device, whose camera and screen no program can read: its call, its packets, and what a person says of it. */
export function aDeviceConference(): Expectation[] {
  return [everyoneJoins(), thePersonConfirms(), packetsArrive()];
}

/** Holds expectations against a profile as far as it has limits for their rules; those with a limit or a profile of their own keep it. */
export function withLimits(profile: string | undefined, expectations: readonly Expectation[]): Expectation[] {
  return expectations.map((one) => {
    const isOpen = one.limit === undefined && one.profile === undefined;
    return isOpen && profile !== undefined && limitRow(one.rule, profile) ? { ...one, profile } : one;
  });
}

/** The participant's call is refused, and the refusal names this rule. */
export function refusedBy(federationRule: FederationRule, participant: string): Expectation {
  return { rule: 'refused-by-rule', level: 'must', federationRule, participants: [participant] };
}
