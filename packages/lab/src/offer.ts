import type { CellClass, Need } from './cell.ts';

/** What a worker has. */
export interface WorkerOffer {
  readonly name: string;
  /** What it can serve: `sipp`, `browser:chromium`, `tag:rack-2`. */
  readonly has: readonly Need[];
  readonly cores: number;
  /** Set-ups that it has prepared, the latest first. */
  readonly warm: readonly string[];
}

const CORES = /^cores:(\d+)$/;

export function serves(offer: Pick<WorkerOffer, 'has' | 'cores'>, needs: readonly Need[]): boolean {
  return needs.every((need) => {
    const cores = CORES.exec(need)?.[1];
    return cores === undefined ? offer.has.includes(need) : offer.cores >= Number(cores);
  });
}

/**
 * The classes that a worker may take from, in the order in which it should ask: what it has warm, the latest first; then what nobody has warm;
 * then what others have, for a worker that waits is worse than a set-up that is made twice. Those that ask for most come first within
 * each, so that a worker that can do much is not found busy with what anyone can.
 */
export function classesFor(
  offer: WorkerOffer,
  classes: readonly CellClass[],
  warmElsewhere: ReadonlySet<string>,
): CellClass[] {
  const rank = ({ setup }: CellClass): number => {
    const warmth = setup === '' ? -1 : offer.warm.indexOf(setup);
    if (warmth >= 0) return warmth - offer.warm.length;
    return setup !== '' && warmElsewhere.has(setup) ? 1 : 0;
  };
  return classes
    .filter(({ needs }) => serves(offer, needs))
    .sort((a, b) => rank(a) - rank(b) || b.needs.length - a.needs.length);
}

/** How many set-ups a worker keeps in mind. */
export const WARM_SETUPS = 4;

/** The set-up that was just used comes first. */
export function warmed(warm: readonly string[], setup: string): string[] {
  if (setup === '') return [...warm];
  return [setup, ...warm.filter((each) => each !== setup)].slice(0, WARM_SETUPS);
}
