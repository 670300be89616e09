import { LAYOUT_TILES, type LayoutName } from '@plugfest/model';

/**
 * Seats of one viewer's view: everybody but the viewer, in order of joining. Where a layout has a place for the speaker, the one who spoke
 * last; where there are more people than seats, the last seat goes to a speaker who would not be seen. `speakers`: the last first.
 */
export function seatsOf(
  layout: LayoutName,
  viewer: string,
  participants: readonly string[],
  speakers: readonly string[],
): (string | null)[] {
  const seats = LAYOUT_TILES[layout].length;
  const others = participants.filter((id) => id !== viewer);
  const speaker = speakers.find((id) => others.includes(id));
  const ordered = layout === 'equal-2x2' ? withLastSeat(others, seats, speaker) : withFirstSeat(others, speaker);
  return Array.from({ length: seats }, (_, seat) => ordered[seat] ?? null);
}

function withFirstSeat(others: readonly string[], speaker: string | undefined): readonly string[] {
  return speaker === undefined ? others : [speaker, ...others.filter((id) => id !== speaker)];
}

function withLastSeat(others: readonly string[], seats: number, speaker: string | undefined): readonly string[] {
  if (speaker === undefined || others.indexOf(speaker) < seats) return others;
  return [...others.slice(0, seats - 1), speaker];
}
