import { LAYOUT_TILES, type LayoutName, SPEAKER_SEATS } from '@plugfest/model';

/** Who is in a conference, for one viewer's seats. */
export interface SeatingPlan {
  readonly layout: LayoutName;
  readonly viewer: string;
  /** Whom one can see, in order of joining. */
  readonly participants: readonly string[];
  /** Who spoke, the last first. */
  readonly speakers: readonly string[];
  /** Who has the first seats whoever speaks. */
  readonly spotlight?: readonly string[];
  /** The viewer sees itself too, behind all others. */
  readonly selfView?: boolean;
}

/**
 * Seats of one viewer's view: everybody but the viewer, in order of joining, behind those in the spotlight. Where a layout has places for speakers,
 * those who spoke last; where there are more people than seats, the last seat goes to a speaker who would not be seen. A self-view takes the last seat that
 * would be taken, but never the only one from somebody else.
 */
export function seatsOf({
  layout,
  viewer,
  participants,
  speakers,
  spotlight = [],
  selfView = false,
}: SeatingPlan): (string | null)[] {
  const count = LAYOUT_TILES[layout].length;
  const others = participants.filter((id) => id !== viewer);
  const seesItself = selfView && participants.includes(viewer) && (count > 1 || others.length === 0);
  const free = seesItself ? count - 1 : count;
  const here = (ids: readonly string[]): string[] => ids.filter((id) => others.includes(id));
  const first = [...new Set([...here(spotlight), ...here(speakers).slice(0, SPEAKER_SEATS[layout])])];
  const ordered = withLastSeat(foremost(first, others), free, here(speakers)[0]);
  const shown = [...ordered.slice(0, free), ...(seesItself ? [viewer] : [])];
  return Array.from({ length: count }, (_, seat) => shown[seat] ?? null);
}

function foremost(first: readonly string[], others: readonly string[]): readonly string[] {
  return [...first, ...others.filter((id) => !first.includes(id))];
}

function withLastSeat(others: readonly string[], seats: number, speaker: string | undefined): readonly string[] {
  if (speaker === undefined || seats < 2 || others.indexOf(speaker) < seats) return others;
  return [...others.slice(0, seats - 1), speaker];
}
