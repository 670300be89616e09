import { all, any, type Condition, is, isNot, not } from '@plugfest/covering';
import type { Capabilities, DeclaredCodec } from './capabilities.ts';

/** What two have not in common, though they must: nothing where they can meet. */
export function lacking(one: Capabilities, other: Capabilities): string[] {
  const words = (['transports', 'keying', 'ipVersions'] as const).flatMap((what) => {
    const shared = (one[what] as readonly string[]).some((each) => (other[what] as readonly string[]).includes(each));
    return shared ? [] : [`${what}: ${one[what].join(', ')} against ${other[what].join(', ')}`];
  });
  const codecs = (['audio', 'video'] as const).flatMap((what) => {
    const shared = one[what].some((each) => other[what].some((theirs) => isSameCodec(each, theirs)));
    return shared ? [] : [`${what}: ${inWords(one[what])} against ${inWords(other[what])}`];
  });
  return [...words, ...codecs];
}

/** Of one name, and with a value in common of each parameter that both name. */
function isSameCodec(one: DeclaredCodec, other: DeclaredCodec): boolean {
  if (one.name.toLowerCase() !== other.name.toLowerCase()) return false;
  return Object.entries(one.fmtp ?? {}).every(([name, values]) => {
    const theirs = other.fmtp?.[name];
    return theirs === undefined || values.some((value) => theirs.includes(value));
  });
}

function inWords(codecs: readonly DeclaredCodec[]): string {
  const named = codecs.map(({ name, fmtp = {} }) =>
    [name, ...Object.entries(fmtp).map(([parameter, values]) => `${parameter}=${values.join('|')}`)].join(' '),
  );
  return named.join(', ');
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

/** What a value of an axis asks of a manifest. */
export type Demand = (manifest: Capabilities) => boolean;

/** Which values of an axis of deeds a participant's manifest allows: nobody is asked for what it does not declare. */
export function declaredOnly(
  participants: string,
  cast: Cast,
  deeds: string,
  demands: Readonly<Record<string, Demand>>,
): Condition[] {
  return Object.entries(demands).flatMap(([deed, demand]) => {
    const unable = Object.keys(cast).filter((name) => !demand(cast[name] as Capabilities));
    return unable.length > 0 ? [any(isNot(deeds, deed), isNot(participants, ...unable))] : [];
  });
}
