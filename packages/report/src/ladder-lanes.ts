/** What is known of a participant for its place in the ladder. */
interface Person {
  readonly id: string;
  readonly uri: string;
}
interface Hop {
  readonly from: string;
  readonly to: string;
}

export const BRIDGE = 'bridge';

/**
 * The lanes of the ladder, from left to right, so that neighbours talk to neighbours: each domain's participants, then its servers, as far from
 * the bridge as their messages pass hops; those who call the bridge directly stand beside it, and the bridge is last.
 */
export function lanesOf(hops: readonly Hop[], participants: readonly Person[]): string[] {
  const names = [...new Set(hops.flatMap(({ from, to }) => [from, to]))].filter((name) => name !== BRIDGE);
  const people = new Map(participants.map(({ id, uri }) => [id, domainOf(uri)]));
  const distance = distancesFrom(BRIDGE, hops);
  const far = (name: string): number => distance.get(name) ?? Number.POSITIVE_INFINITY;
  const domain = (name: string): string => (isDirect(name) ? '' : (people.get(name) ?? serverDomain(name)));
  // Who calls the bridge directly and has no server of its domain in between.
  const isDirect = (name: string): boolean => people.has(name) && far(name) === 1;
  const farthest = new Map<string, number>();
  for (const name of names) farthest.set(domain(name), Math.max(farthest.get(domain(name)) ?? 0, far(name)));
  const byPlace = (a: string, b: string): number => {
    if (domain(a) !== domain(b)) {
      const apart = (farthest.get(domain(b)) ?? 0) - (farthest.get(domain(a)) ?? 0);
      return apart || Number(people.has(b)) - Number(people.has(a)) || (domain(a) < domain(b) ? -1 : 1);
    }
    return far(b) - far(a) || names.indexOf(a) - names.indexOf(b);
  };
  const bridge = hops.some(({ from, to }) => from === BRIDGE || to === BRIDGE) ? [BRIDGE] : [];
  return [...names.sort(byPlace), ...bridge];
}

/** `sip:anna@corp.example;x` → `corp.example`. */
function domainOf(uri: string): string {
  return /@([^;?>]+)/.exec(uri)?.[1]?.toLowerCase() ?? '';
}

/** `pool.corp.example` → `corp.example`. */
function serverDomain(name: string): string {
  return name.slice(name.indexOf('.') + 1);
}

/** Hops between `start` and every name that messages lead to, in either direction. */
function distancesFrom(start: string, hops: readonly Hop[]): ReadonlyMap<string, number> {
  const distances = new Map([[start, 0]]);
  const queue = [start];
  for (const name of queue) {
    for (const { from, to } of hops) {
      const next = from === name ? to : to === name ? from : undefined;
      if (next === undefined || distances.has(next)) continue;
      distances.set(next, (distances.get(name) ?? 0) + 1);
      queue.push(next);
    }
  }
  return distances;
}
