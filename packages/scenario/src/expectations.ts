import type { FederationRule } from '@plugfest/federation';
import type { Expectation, Level } from '@plugfest/model';

interface Terms {
  readonly level?: Level;
  readonly limit?: number;
  readonly cites?: string;
  readonly participants?: readonly string[];
}

function expectation(rule: string, level: Level): (terms?: Terms) => Expectation {
  return (terms = {}) => ({
    rule,
    level: terms.level ?? level,
    ...(terms.limit === undefined ? {} : { limit: terms.limit }),
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
/** The captures are whole: without it nothing else can be said. */
export const capturesAreWhole = expectation('capture', 'must');

/** What is expected of any conference in which people see and hear each other. */
export function aRealConference(terms: { readonly frameRate?: number } = {}): Expectation[] {
  return [
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
  ];
}

/** The participant's call is refused, and the refusal names this rule. */
export function refusedBy(federationRule: FederationRule, participant: string): Expectation {
  return { rule: 'refused-by-rule', level: 'must', federationRule, participants: [participant] };
}
